import type Docker from "dockerode";
import { LABEL } from "../../spec/names";
import { whereOf } from "../../spec/place";
import type { Lock, ReleaseContent, RecordEvent } from "../../spec/types";
import {
  Refusal,
  type About,
  type Answer,
  type Asked,
  type LackingImages,
  type LogAsked,
  type LogLine,
  type Login,
  type Look,
  type Platform,
  type Session,
  type TrafficTable,
  type Visit,
} from "../platform";
import type * as registrySide from "../docker/registry";
import type * as transportSide from "../docker/transport";
import { withTimeout } from "../timeout";
import { ApiError, Client, isConflict, type KubernetesObject } from "./client";
import { asked } from "./ask";
import { evidence } from "./evidence";
import { runJob, tryImage } from "./job";
import { observe, observeServing } from "./observe";
import { limitsOf } from "./limits";
import { follow } from "./logs";
import { checkNeeds } from "./needs";
import { Records } from "./records";
import { execIn } from "./session";
import { flip, unselect, weigh } from "./traffic";
import { logsOf, unitAt } from "./unit";
import { observedPods, ownPods, pathOf, podsOf, type Pod, type Workload } from "./workload";

/** Seconds between two beats of `changes`. */
const BEAT = 1;

/** What a Docker host has and a cluster has not. */
const elsewhere = (what: string) => (): never => {
  throw new Error(`${what} on Docker hosts only, not on Kubernetes`);
};

/** The Kubernetes side of the provider: one namespace of one cluster, one application. */
export class KubernetesPlatform implements Platform {
  private readonly client: Client;
  private readonly records: Records;

  constructor(
    private readonly host: string,
    private readonly application: string,
  ) {
    this.client = new Client(host);
    this.records = new Records(this.client, application);
  }

  /** The cluster's: the one object that each has, and that is never made anew. Else that of the namespace. */
  async identity(): Promise<string> {
    const uidOf = async (namespace: string) =>
      (await this.client.get<KubernetesObject>(`/api/v1/namespaces/${namespace}`)).metadata!.uid!;
    return uidOf("kube-system").catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 403) return uidOf(this.client.namespace);
      throw error;
    });
  }

  async about(): Promise<About> {
    const [id, { gitVersion }] = await this.within(
      Promise.all([this.identity(), this.client.get<{ gitVersion: string }>("/version")]),
    );
    return { id, version: gitVersion.replace(/^v/, "") };
  }

  /** What lacks is told before what could not be read for want of it. */
  async observe(asked?: Asked): Promise<Look> {
    const [lack, look, limits] = await this.within(
      Promise.allSettled([
        asked?.cluster && checkNeeds(this.client, this.application, asked.cluster),
        observe(this.client, this.records, this.application, this.identity(), asked),
        asked?.cluster && limitsOf(this.client),
      ]),
    );
    if (lack.status === "rejected" && lack.reason instanceof Refusal) throw lack.reason;
    if (look.status === "rejected") throw look.reason;
    if (lack.status === "rejected") throw lack.reason;
    if (limits.status === "rejected") throw limits.reason;
    if (limits.value) look.value.observation.limits = limits.value;
    return look.value;
  }

  readClaim = () => this.within(this.records.claim());

  /** The namespace is made with it; it is never removed, for data may lie in it. */
  async putClaim(id: string): Promise<string> {
    const metadata = { name: this.client.namespace };
    await this.client
      .create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata })
      .catch((error: unknown) => {
        // Who may not make namespaces has been given one.
        const isGiven = error instanceof ApiError && error.status === 403;
        if (!isGiven && !isConflict(error)) throw error;
      });
    return this.records.putClaim(id);
  }

  removeClaim = () => this.records.removeClaim();

  readLock = () => this.within(this.records.lock());
  putLock = (lock: Lock) => this.records.putLock(lock);
  removeLock = () => this.records.removeLock();

  hostRegistry = elsewhere("there is a registry of ours");
  ensureHostRegistry = elsewhere("there is a registry of ours");
  fillHostRegistry = elsewhere("there is a registry of ours");

  putRecord = (release: string, content: ReleaseContent) => this.records.put(release, content);
  hasRecord = (release: string) => this.records.has(release);
  removeRecord = (release: string) => this.records.removeRecord(release);
  events = (release: string) => this.records.events(release);
  addEvent = (release: string, event: RecordEvent) => this.records.addEvent(release, event);
  settle = (resource: string, unit: string) => this.records.settle(resource, unit);

  /** Nodes pull by themselves, with the logins that pods carry. */
  lackingImages = async (): Promise<LackingImages> => ({ unsent: [], unpulled: [] });
  sendImages = async (): Promise<void> => {};
  pullImages = async (): Promise<void> => {};
  pushImage = (reference: string, tags: string[], logins: Login[]) =>
    onThisMachine((docker, { push }) => push(docker, reference, tags, logins));
  saveImage = (reference: string, file: string, logins: Login[]) =>
    onThisMachine((docker, { save }) => save(docker, reference, file, logins));
  stageImage = (reference: string, tag: string, logins: Login[]) =>
    onThisMachine((docker, { stage }) => stage(docker, reference, tag, logins));

  async whatRuns() {
    const [serving, pods] = await this.within(
      Promise.all([this.serving(), podsOf(this.client, this.application)]),
    );
    return { serving, units: observedPods(pods) };
  }

  async *changes(signal: AbortSignal): AsyncIterable<void> {
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, BEAT * 1000));
      yield;
    }
  }

  unit = (id: string) => unitAt(this.client, id);
  startUnit = elsewhere("a unit is started by itself");
  makeThrowaway = elsewhere("an image is tried before it is pushed (slipway:builds.verify)");

  async removeUnits(ids: string[]): Promise<string[]> {
    const removed = await Promise.all(
      [...new Set(ids)].map(async (id) => {
        const found = await this.client.find<KubernetesObject>(pathOf(this.client, id));
        if (found?.metadata?.labels?.[LABEL.application] !== this.application) return undefined;
        return (await this.client.remove(pathOf(this.client, id))) ? id : undefined;
      }),
    );
    return removed.filter((id) => id !== undefined);
  }

  logs = (id: string, lines: number) => logsOf(this.client, id, lines);
  evidence = (ids: string[]) => evidence(this.client, ids);
  openLog = (id: string, asked: LogAsked, signal: AbortSignal): Promise<AsyncIterable<LogLine>> =>
    follow(this.client, id, asked, signal);

  exec = (id: string, command: string[], session: Session) =>
    execIn(this.client, id, command, session);
  makeOneOff = elsewhere("slipway run makes a container");
  runOneOff = elsewhere("slipway run makes a container");

  run = (id: string, timeout: number) => runJob(this.client, id, timeout);
  trial = (id: string) => tryImage(this.client, id);

  async request(id: string, port: number, path: string, timeout: number): Promise<Answer> {
    return asked(this.client, await this.readyPod(id), port, path, timeout * 1000);
  }

  async visit(id: string, port: number, path?: string): Promise<Visit | undefined> {
    if (path === undefined) return undefined;
    const { status, took } = await this.request(id, port, path, 5);
    return { status, took };
  }

  backups = elsewhere("backups are made");
  backUp = elsewhere("backups are made");
  restore = elsewhere("backups are made");

  listens = async () => false;

  serving = () => this.within(observeServing(this.client, this.application));
  setTraffic = (table: TrafficTable) => flip(this.client, this.application, table);
  weigh = ({ targets: [front] }: Pick<TrafficTable, "targets">, percent: number) =>
    weigh(this.client, this.application, front!, percent);
  close = elsewhere("maintenance is");
  open = elsewhere("maintenance is");
  removeTraffic = () => unselect(this.client, this.application);
  httpsFault = elsewhere("https is at the edge");
  certificate = elsewhere("https is at the edge");
  visitEdge = elsewhere("there is an edge of ours");

  private async readyPod(id: string): Promise<string> {
    if (id.startsWith("pod/")) return id.slice("pod/".length);
    const workload = await this.client.get<Workload>(pathOf(this.client, id));
    const pods = ownPods(workload, await podsOf(this.client, this.application));
    const isReady = ({ status }: Pod) => status?.containerStatuses?.every((one) => one.ready);
    const name = (pods.find(isReady) ?? pods[0])?.metadata?.name;
    if (name === undefined) throw new Error(`${id} has no pod`);
    return name;
  }

  private within<T>(work: Promise<T>): Promise<T> {
    return withTimeout(whereOf({ platform: "kubernetes", host: this.host }), work);
  }
}

/** Images are built by, and pushed from, the Docker engine of whoever runs this. */
async function onThisMachine<T>(
  work: (docker: Docker, registry: typeof registrySide) => Promise<T>,
): Promise<T> {
  /* eslint-disable @typescript-eslint/no-require-imports -- loaded only when used */
  const { localEngine } = require("../docker/transport") as typeof transportSide;
  const registry = require("../docker/registry") as typeof registrySide;
  /* eslint-enable @typescript-eslint/no-require-imports */
  const docker = await localEngine();
  if (!docker)
    throw new Error("images are pushed by a Docker engine on this machine, and none answers");
  return work(docker, registry);
}
