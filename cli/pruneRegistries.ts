import { join } from "node:path";

import { engineAt, hostRegistryOn, neededOn } from "../provider/docker/prune";
import * as registry from "../provider/registry/prune";
import { readIfFile } from "../spec/disk";
import { HOST_REGISTRY } from "../spec/hostRegistry";
import { Backend } from "./backend";
import { stacksOf } from "./project";
import type { Finding } from "./report";
import type { NamedStack } from "./subject";

export interface PrunedRegistry {
  /** As `slipway:registry.server` has it. */
  registry: string;
  /** The Docker host on whose loopback it is; absent for one that all can reach. */
  host?: string;
  applications: string[];
  images: PrunedPush[];
  /** Images that stay: named by a record, too young, not of these applications, build caches. */
  kept: registry.Unneeded["kept"];
  /** Bytes that nothing uses any more, of what was looked at; when they are free is the registry's matter. */
  frees: number;
  notes: string[];
}

export interface PrunedPush extends Omit<registry.Prunable, "parts"> {
  removed: boolean;
}

export interface RegistryOptions {
  /** Hours. */
  olderThan: number;
  caches?: boolean;
}

interface Asked {
  server: string;
  applications: Record<string, string[]>;
  /** Who has a login for it. */
  stack: NamedStack;
  /** The Docker host on whose loopback it listens. */
  host?: string;
}

export class Registries {
  readonly faults: Finding[] = [];
  private readonly asked: Asked[];
  private looks: { asked: Asked; found: registry.Unneeded }[] = [];

  constructor(
    private readonly stacks: readonly NamedStack[],
    private readonly options: RegistryOptions,
    private readonly environment: Record<string, string | undefined>,
  ) {
    this.asked = askedOf(stacks);
  }

  /** What may go; after a fault nothing may. */
  async look(): Promise<PrunedRegistry[]> {
    const running = await this.running();
    const texts = running.length > 0 ? await this.read() : undefined;
    for (const asked of texts === undefined ? [] : running) {
      await this.tried(asked.server, async () => {
        const found = await registry.unneededAt(await this.question(asked, texts!));
        this.looks.push({ asked, found });
      });
    }
    return this.asked.flatMap((asked) => {
      if (!running.includes(asked)) return [described(asked, NOTHING, undefined, [RESTS])];
      const look = this.looks.find((one) => one.asked === asked);
      return look ? [described(asked, look.found, undefined, this.notes(asked, look.found))] : [];
    });
  }

  /** One of ours that does not run is looked at another time: the next deploy makes or starts it. */
  private async running(): Promise<Asked[]> {
    const found: Asked[] = [];
    for (const asked of this.asked) {
      const { host, stack } = asked;
      if (host === undefined || !stack.spec.registry?.onHost) {
        found.push(asked);
        continue;
      }
      await this.tried(`${asked.server} on ${host}`, async () => {
        if ((await hostRegistryOn(engineAt(host))).state === "running") found.push(asked);
      });
    }
    return found;
  }

  /** Removes what `look` found, as far as all that is needed, read anew, still allows it. */
  async remove(before: PrunedRegistry[]): Promise<PrunedRegistry[]> {
    if (this.faults.length > 0) return before;
    const results: PrunedRegistry[] = before.filter(({ images }) => images.length === 0);
    for (const { asked, found } of this.looks.filter((look) => look.found.images.length > 0)) {
      let removed: readonly registry.Prunable[] = [];
      await this.tried(asked.server, async () => {
        const texts = await this.read();
        if (texts === undefined) return;
        const done = await registry.pruneAt(await this.question(asked, texts), found);
        removed = done.removed;
        for (const { reference, reason, cure } of done.refused) {
          const what = `it was not removed: ${reason}`;
          this.faults.push({ path: reference, what, ...(cure === undefined ? {} : { cure }) });
        }
      });
      results.push(described(asked, found, removed, this.notes(asked, found)));
    }
    return results;
  }

  /**
   * All that names an image: the records on every host that a stack of this project is on, the states (another stack
   * may be about to take what an output names), and the files of the stacks.
   */
  private async read(): Promise<string[] | undefined> {
    const before = this.faults.length;
    const { directory } = this.stacks[0]!.project;
    const backend = new Backend(directory, this.environment);
    const hosts = new Map(this.stacks.map(({ name, spec }) => [spec.docker.host, name]));
    const texts: string[] = [];
    await this.tried("the stacks of this project", async () => {
      const names = await backend.stacks();
      this.assertKnown(names);
      for (const name of names) {
        await this.tried(`stack ${name}`, async () => {
          const { places, text } = await backend.state(name);
          texts.push(text);
          for (const { host } of places) if (!hosts.has(host)) hosts.set(host, name);
        });
      }
    });
    const applications = [...new Set(this.stacks.map(({ spec }) => spec.name))];
    for (const [host, name] of hosts) {
      await this.tried(`stack ${name}: ${host}`, async () => {
        texts.push(...(await neededOn(engineAt(host), applications)));
      });
    }
    for (const name of stacksOf(directory)) {
      texts.push(readIfFile(join(directory, `Pulumi.${name}.yaml`)) ?? "");
    }
    return this.faults.length === before ? texts : undefined;
  }

  /** A stack that has a file here and is not in this backend may be deployed from another one. */
  private assertKnown(names: readonly string[]): void {
    const known = new Set(names.map((name) => name.split("/").pop()));
    const { directory } = this.stacks[0]!.project;
    for (const name of stacksOf(directory).filter((one) => !known.has(one))) {
      const text = readIfFile(join(directory, `Pulumi.${name}.yaml`)) ?? "";
      const shared = this.asked.find(({ server }) => text.includes(server));
      if (shared === undefined) continue;
      this.faults.push({
        path: `stack ${name}`,
        what: `Pulumi.${name}.yaml names ${shared.server}, and there is no such stack in this backend: what it needs there is not known`,
        cure: `pulumi login to the backend that has it; or, when it was never deployed or is gone: pulumi stack init ${name}, or remove the file`,
      });
    }
  }

  private async question({ server, applications, stack, host }: Asked, texts: string[]) {
    const at = registry.serverOf(server);
    const login = stack.spec.logins.find(({ address }) => address === at.address);
    const { directory } = stack.project;
    const password =
      login && (await new Backend(directory, this.environment).secrets(stack.name))[login.password];
    return {
      server: at,
      ...(login && password !== undefined ? { login: { username: login.username, password } } : {}),
      ...(host === undefined ? {} : { send: registry.sendBy(engineAt(host)) }),
      applications,
      texts,
      before: Date.now() - this.options.olderThan * 3_600_000,
      caches: this.options.caches === true,
    };
  }

  private notes({ server, stack }: Asked, { images }: registry.Unneeded): string[] {
    if (images.length === 0) return [];
    return [stack.spec.registry?.onHost ? COLLECT : registry.spaceOf(registry.serverOf(server))];
  }

  private async tried(path: string, work: () => Promise<void>): Promise<void> {
    await work().catch(({ message }: Error) => {
      const what = `what is needed there cannot be read, so nothing goes from the registry: ${message}`;
      this.faults.push({ path, what });
    });
  }
}

const NOTHING: registry.Unneeded = {
  images: [],
  frees: 0,
  kept: { needed: 0, young: 0, foreign: 0, caches: 0 },
};
const RESTS = "it does not run: there is nothing to look at before the next deploy";
const COLLECT = `What goes is free on the disk after, on the host and while nothing is deployed: docker exec ${HOST_REGISTRY.name} registry garbage-collect ${HOST_REGISTRY.config}`;

/** One question for each registry, of all the stacks that name it. */
function askedOf(stacks: readonly NamedStack[]): Asked[] {
  const all = new Map<string, Asked>();
  for (const stack of stacks) {
    const { spec } = stack;
    const server = spec.registry?.server;
    if (server === undefined) continue;
    const { address } = registry.serverOf(server);
    const host = registry.isLoopback(address) ? spec.docker.host : undefined;
    const key = `${host} ${server}`;
    const built = spec.services.filter(({ image }) => image.kind === "build");
    const asked = all.get(key) ?? {
      server,
      applications: {},
      stack,
      ...(host === undefined ? {} : { host }),
    };
    const names = [...(asked.applications[spec.name] ?? []), ...built.map(({ name }) => name)];
    asked.applications[spec.name] = [...new Set(names)];
    if (!asked.stack.spec.logins.some((login) => login.address === address)) asked.stack = stack;
    all.set(key, asked);
  }
  return [...all.values()];
}

function described(
  { server, host, applications }: Asked,
  { images, kept, frees }: registry.Unneeded,
  /** Absent: only looked. */
  removed: readonly registry.Prunable[] | undefined,
  notes: string[],
): PrunedRegistry {
  const gone = new Set(removed?.map(({ repository, digest }) => `${repository}@${digest}`));
  const isWhole = removed === undefined || removed.length === images.length;
  const freed = removed?.reduce((sum, { own }) => sum + own, 0) ?? 0;
  return {
    registry: server,
    ...(host === undefined ? {} : { host }),
    applications: Object.keys(applications),
    images: images.map(({ parts: _parts, ...image }) => ({
      ...image,
      removed: gone.has(`${image.repository}@${image.digest}`),
    })),
    kept,
    frees: isWhole ? frees : Math.min(frees, freed),
    notes,
  };
}
