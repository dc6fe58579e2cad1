import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { stringify } from "yaml";
import { probe } from "../test/helpers/probe";
import { ensureProbeImage } from "../test/helpers/probeImage";
import { freePort, TestStack } from "../test/helpers/stack";
import { engineHost } from "../toolchain/engine";
import { toolchainEnv } from "../toolchain/env";
import { measure, type Measured } from "./measure";
import { atEnd } from "./progress";

/** What is measured of both programs. */
export interface Bench {
  readonly port: number;
  /** Every container with another version. */
  deploy(version: string): Promise<Measured>;
  /** With nothing to do. */
  steady(): Promise<Measured>;
  preview(): Promise<Measured>;
  dispose(): Promise<void>;
}

export const UP = ["up", "--yes", "--skip-preview", "--non-interactive", "--color=never"];
const PREVIEW = ["preview", "--non-interactive", "--color=never"];

/** The name differs in each run: what a killed one left is in nobody's way. */
const unique = (name: string) => `bench-${name}-${process.pid}`;

/**
 * Seconds between health checks. Each check is a process of the engine's: with one a second, forty idle
 * containers alone keep two cores busy, and nothing else would be measured.
 */
export const healthInterval = (services: number) => Math.max(1, Math.round(services / 4));

const serviceNames = (count: number) => Array.from({ length: count }, (_, i) => `s${i + 1}`);

export class SlipwayBench implements Bench {
  private constructor(
    readonly stack: TestStack,
    private readonly services: number,
    private readonly routed: boolean,
  ) {}

  /** `routed`: a second service takes a path, so that the slot gets a router. */
  static async create(name: string, services: number, routed = false): Promise<SlipwayBench> {
    const stack = await TestStack.create(unique(name));
    atEnd(() => stack.dispose());
    stack.set("strategy", { drainTimeout: 5, deployTimeout: 120 });
    return new SlipwayBench(stack, services, routed);
  }

  get port(): number {
    return this.stack.port;
  }

  async deploy(version: string): Promise<Measured> {
    this.stack.set("release", undefined);
    this.stack.compose(await this.description(version));
    return this.run(UP);
  }

  /** To the release that the other slot still runs. */
  rollback(): Promise<Measured> {
    const { release, records } = this.stack.outputs();
    const others = (records as { release: string }[]).filter((one) => one.release !== release);
    this.stack.set("release", others[others.length - 1]!.release);
    return this.run(UP);
  }

  steady = () => this.run(UP);
  preview = () => this.run(PREVIEW);
  dispose = () => this.stack.dispose();

  private run(args: string[]): Promise<Measured> {
    return measure(this.stack.pulumi(args, false));
  }

  private async description(version: string) {
    const published = this.routed ? 2 : 1;
    const entries = serviceNames(this.services).map(async (name, index) => {
      const service = await probe(version, index < published ? { port: this.port } : {});
      const healthcheck = {
        ...(service.healthcheck as object),
        interval: `${healthInterval(this.services)}s`,
      };
      const path = index === 0 ? "/" : "/second";
      const ingress = this.routed ? { "x-slipway": { ingress: { path } } } : {};
      return [name, { ...service, healthcheck, ...ingress }] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }
}

/** bench/bare: the same containers in a program without anything of ours. */
export class BareBench implements Bench {
  private readonly folder = mkdtempSync(join(tmpdir(), "slipway-bare-"));
  private readonly program = join(__dirname, "bare");

  private constructor(
    private readonly name: string,
    private readonly services: number,
    private readonly idle: boolean,
    readonly port: number,
  ) {}

  /** `idle`: with as many containers again that stay as they are. */
  static async create(name: string, services: number, idle = false): Promise<BareBench> {
    const bench = new BareBench(unique(`${name}-bare`), services, idle, await freePort());
    atEnd(() => bench.dispose());
    mkdirSync(join(bench.folder, "state"));
    await bench.pulumi(["stack", "init", bench.name]);
    rmSync(join(bench.program, `Pulumi.${bench.name}.yaml`), { force: true });
    return bench;
  }

  async deploy(version: string): Promise<Measured> {
    const values = {
      name: this.name,
      services: this.services,
      idle: this.idle,
      version,
      port: this.port,
      interval: healthInterval(this.services),
      host: engineHost(),
      image: await ensureProbeImage(),
    };
    const config = Object.entries(values).map(([key, value]) => [
      `slipway-bench-bare:${key}`,
      value,
    ]);
    writeFileSync(this.configFile, stringify({ config: Object.fromEntries(config) }));
    return this.run(UP);
  }

  steady = () => this.run(UP);
  preview = () => this.run(PREVIEW);

  async dispose(): Promise<void> {
    const env = toolchainEnv();
    const label = `label=slipway.bench=${this.name}`;
    const { stdout } = await execa("docker", ["ps", "-aq", "--filter", label], { env });
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await execa("docker", ["rm", "-f", ...ids], { env });
    await execa("docker", ["network", "rm", this.name], { env, reject: false });
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get configFile(): string {
    return join(this.folder, "config.yaml");
  }

  private run(args: string[]): Promise<Measured> {
    const own = ["--stack", this.name, "--config-file", this.configFile];
    return measure(this.pulumi([...args, ...own], false));
  }

  private pulumi(args: string[], reject = true) {
    return execa("pulumi", [...args, "--cwd", this.program], {
      env: {
        ...toolchainEnv(),
        PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "bench",
      },
      all: true,
      reject,
      stdin: "ignore",
    });
  }
}
