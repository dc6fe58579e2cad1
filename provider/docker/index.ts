import type { KeptImage } from "../../spec/hostRegistry";
import type { Lock, Reach, RecordEvent, ReleaseContent } from "../../spec/types";
import { LABEL, recordsVolume } from "../../spec/names";
import type {
  About,
  Answer,
  Asked,
  Certificate,
  Backup,
  HostRegistrySettings,
  HttpsFault,
  LackingImages,
  LogAsked,
  Login,
  OneOff,
  Platform,
  Serving,
  Session,
  TrafficTable,
  TriedService,
} from "../platform";
import { isSsh } from "../../spec/ssh";
import { backUp, listBackups, restore } from "./backups";
import { diskOf } from "./disk";
import { evidence } from "./evidence";
import { changes } from "./events";
import {
  ensureHostRegistry,
  fillHostRegistry,
  hostRegistryOn,
  removeIfUnused,
} from "./hostRegistry";
import { send, unsent } from "./images";
import { openLog, written } from "./logs";
import { pull, push, save, stage, unpulledImages } from "./registry";
import { visitEdge } from "./edge";
import { certificateFor, httpsFault } from "./https";
import { observe, observeEdge, observeServing } from "./observe";
import { makeOneOff } from "./oneOff";
import * as proxy from "./proxy";
import { removeVolume } from "./reader";
import { Records } from "./records";
import { exec, runOneOff } from "./session";
import { makeThrowaway } from "./throwaway";
import { withTimeout } from "../timeout";
import { isNotFound, localEngine, Transport } from "./transport";
import { request, unitAt, visit } from "./unit";

/** Lines of the edge's log, a request each, in which to look for what has just happened. */
const HANDSHAKE_LOG_LINES = 1000;

/** The Docker side of the provider: one engine, one application. */
export class DockerPlatform implements Platform {
  private readonly transport: Transport;
  private readonly records: Records;

  constructor(
    host: string,
    private readonly application: string,
  ) {
    this.transport = new Transport(host);
    this.records = new Records(this.transport, application);
  }

  async identity(): Promise<string> {
    const info = await withTimeout(this.where(), this.transport.docker.info());
    return (info as { ID: string }).ID;
  }

  async about(): Promise<About> {
    const [id, { Version: version }, disk] = await Promise.all([
      this.identity(),
      withTimeout(this.where(), this.transport.docker.version()),
      diskOf(this.transport, this.application),
    ]);
    return { id, version, ...(disk ? { disk } : {}) };
  }

  async observe(asked?: Asked) {
    const work = this.readClaim().then((claim) =>
      observe(this.transport, this.records, this.application, claim, asked),
    );
    const [found, disk] = await Promise.all([
      withTimeout(this.where(), work),
      diskOf(this.transport, this.application),
    ]);
    return { ...found, observation: { ...found.observation, ...(disk ? { disk } : {}) } };
  }

  async readClaim(): Promise<string | undefined> {
    try {
      const asked = this.transport.docker.getVolume(recordsVolume(this.application)).inspect();
      const volume = await withTimeout(this.where(), asked);
      return volume.Labels?.[LABEL.claim] ?? "";
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Creating a volume that exists returns the existing one, so who comes first holds the claim. */
  async putClaim(id: string): Promise<string> {
    await this.transport.docker.createVolume({
      Name: recordsVolume(this.application),
      Labels: { [LABEL.application]: this.application, [LABEL.claim]: id },
    });
    return (await this.readClaim()) ?? "";
  }

  async removeClaim(): Promise<void> {
    await removeVolume(this.transport.docker, recordsVolume(this.application));
    await removeIfUnused(this.transport);
  }

  readLock = () => withTimeout(this.where(), this.records.lock());
  putLock = (lock: Lock) => this.records.putLock(lock);
  removeLock = () => this.records.removeLock();

  hostRegistry = () => hostRegistryOn(this.transport);
  ensureHostRegistry = (settings: HostRegistrySettings, logins: Login[]) =>
    ensureHostRegistry(this.transport, settings, logins);
  fillHostRegistry = (images: KeptImage[]) => fillHostRegistry(this.transport, images);

  putRecord = (release: string, content: ReleaseContent) => this.records.put(release, content);
  hasRecord = (release: string) => this.records.has(release);
  removeRecord = (release: string) => this.records.remove(release);
  events = (release: string) => this.records.events(release);
  addEvent = (release: string, event: RecordEvent) => this.records.addEvent(release, event);
  settle = (resource: string, unit: string) => this.records.settle(resource, unit);

  async lackingImages(references: string[], logins: Login[]): Promise<LackingImages> {
    if (references.length === 0) return { unsent: [], unpulled: [] };
    const { docker, host } = this.transport;
    const unpulled = await unpulledImages(docker, references, logins);
    const others = references.filter((reference) => !unpulled.includes(reference));
    // A machine without an engine of its own has nothing to send.
    const here = isSsh(host) ? await localEngine() : undefined;
    return { unpulled, unsent: here ? await unsent(here, docker, others, logins) : [] };
  }

  pushImage = (reference: string, tags: string[], logins: Login[]) =>
    push(this.transport.docker, reference, tags, logins);

  saveImage = (reference: string, file: string, logins: Login[]) =>
    save(this.transport.docker, reference, file, logins);

  stageImage = (reference: string, tag: string, logins: Login[]) =>
    stage(this.transport.docker, reference, tag, logins);

  pullImages = (references: string[], logins: Login[]) =>
    pull(this.transport.docker, references, logins);

  async sendImages(
    references: string[],
    logins: Login[],
    say: (line: string) => void,
  ): Promise<void> {
    const here = await localEngine();
    if (here) await send(here, this.transport.docker, references, logins, say);
  }

  unit = (id: string) => unitAt(this.transport, id);

  async removeUnits(ids: string[]): Promise<string[]> {
    const removed = await Promise.all(
      ids.map(async (id) => {
        const container = this.transport.docker.getContainer(id);
        try {
          const info = await container.inspect();
          if (info.Config.Labels[LABEL.application] !== this.application) return undefined;
          // A database is asked to stop first; what is only a server may be killed.
          if (info.Config.Labels[LABEL.role] === "accessory")
            await container.stop().catch(() => {});
          // Its volumes have no name, and are its own.
          const v = info.Config.Labels[LABEL.role] === "throwaway";
          await container.remove({ force: true, v });
          return info.Name.replace(/^\//, "");
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        }
      }),
    );
    const networks = await Promise.all(ids.map((id) => this.removeNetwork(id)));
    return [...removed, ...networks].filter((name) => name !== undefined);
  }

  private async removeNetwork(id: string): Promise<string | undefined> {
    const network = this.transport.docker.getNetwork(id);
    try {
      const { Name, Labels } = await network.inspect();
      if (Labels?.[LABEL.application] !== this.application) return undefined;
      await network.remove();
      return Name;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async logs(id: string, lines: number): Promise<string> {
    try {
      const raw = (await this.transport.docker
        .getContainer(id)
        .logs({ stdout: true, stderr: true, tail: lines, follow: false })) as Buffer;
      return (await written(raw)).trimEnd();
    } catch (error) {
      return `(its log cannot be read: ${(error as Error).message})`;
    }
  }

  evidence = (ids: string[], since: Date, withEnvironment: boolean) =>
    evidence(this.transport, this.application, ids, since, withEnvironment);
  openLog = (id: string, asked: LogAsked, signal: AbortSignal) =>
    openLog(this.transport, id, asked, signal);
  changes = (signal: AbortSignal) => changes(this.transport, this.application, signal);

  exec = (id: string, command: string[], session: Session) =>
    exec(this.transport, id, command, session);
  makeOneOff = (oneOff: OneOff) => makeOneOff(this.transport.docker, this.application, oneOff);
  runOneOff = (id: string, session: Session) => runOneOff(this.transport, id, session);

  backups = () => listBackups(this.transport, this.application);
  backUp = (accessory: string, unit: string, keep: number, signal?: AbortSignal) =>
    backUp(this.transport, this.application, { accessory, unit, keep }, signal);
  restore = (backup: Backup, unit: string, signal?: AbortSignal) =>
    restore(this.transport, this.application, backup, unit, signal);

  async run(id: string, timeout: number): Promise<{ exitCode: number }> {
    const container = this.transport.docker.getContainer(id);
    await container.start();
    const ended = container.wait() as Promise<{ StatusCode: number }>;
    try {
      const { StatusCode } = await withTimeout("it did not end", ended, timeout);
      return { exitCode: StatusCode };
    } catch (error) {
      await container.stop({ t: 2 }).catch(() => {});
      throw error;
    }
  }

  makeThrowaway = (image: string, service: TriedService) =>
    makeThrowaway(this.transport.docker, this.application, image, service);

  async trial(id: string): Promise<void> {
    await this.startUnit(id);
    // One that has ended by itself cannot be killed.
    await this.transport.docker
      .getContainer(id)
      .kill()
      .catch(() => {});
  }

  async startUnit(id: string): Promise<void> {
    try {
      await this.transport.docker.getContainer(id).start();
    } catch (error) {
      const { json, message } = error as { json?: { message?: string }; message: string };
      // What stands before and behind is the engine's way through runc.
      const reason = (json?.message ?? message).replace(/^.*container process(?: caused)?: /s, "");
      throw new Error(reason.replace(/: unknown$/, "").trim());
    }
  }

  request = (id: string, port: number, path: string, timeout: number) =>
    request(this.transport, id, port, path, timeout);
  visit = (id: string, port: number, path?: string) =>
    withTimeout(this.where(), visit(this.transport, id, port, path));

  listens = (address: string, port: number) => this.transport.listens(port, address);

  whatRuns() {
    return withTimeout(
      this.where(),
      observeServing(this.transport, this.records, this.application),
    );
  }

  serving = async (): Promise<Serving> => (await this.whatRuns()).serving;

  async setTraffic(table: TrafficTable, left: Reach | undefined = table.reach): Promise<void> {
    const { id } = await this.edge();
    const [before, after] = [left, table.reach].map((reach) => reach?.tls?.certificate);
    if (after && table.pem) await proxy.putCertificate(this.transport, id, after, table.pem);
    await proxy.deploy(this.transport, id, this.application, table);
    // The archive API cannot delete. Not before: without it the proxy could not read its table again.
    if (before && before !== after) await proxy.putCertificate(this.transport, id, before);
  }

  // Spec has refused it: kamal-proxy's own share follows a cookie.
  weigh = async (): Promise<void> => {};

  async close(table: TrafficTable): Promise<void> {
    const { id } = await this.edge();
    await proxy.close(this.transport, id, this.application, table);
  }

  async open(): Promise<void> {
    const { id } = await this.edge();
    await proxy.open(this.transport, id, this.application);
  }

  async removeTraffic(): Promise<void> {
    const edge = await this.edge().catch(() => undefined);
    if (edge) await proxy.remove(this.transport, edge.id, this.application).catch(() => {});
  }

  async httpsFault(host: string): Promise<HttpsFault | undefined> {
    const { id } = await this.edge();
    return httpsFault(this.transport, id, host, () => this.logs(id, HANDSHAKE_LOG_LINES));
  }

  async certificate(host: string): Promise<Certificate> {
    const { id } = await this.edge();
    return certificateFor(this.transport, id, host, () => this.logs(id, HANDSHAKE_LOG_LINES));
  }

  async visitEdge(url: string, timeout: number): Promise<Answer> {
    const { id } = await this.edge();
    return visitEdge(this.transport, id, url, timeout);
  }

  private async edge(): Promise<{ id: string }> {
    const work = observeEdge(this.transport, this.records, this.application);
    const { edge } = await withTimeout(this.where(), work);
    if (edge?.running) return edge;
    throw new Error(
      `the edge proxy of "${this.application}" ${edge ? "does not run" : "is gone"}. Run "pulumi up" again`,
    );
  }

  private where(): string {
    return `the Docker engine at ${this.transport.host}`;
  }
}
