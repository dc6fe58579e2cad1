import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "fs";
import { createServer } from "net";
import { tmpdir } from "os";
import { join } from "path";
import execa from "execa";
import { parse, stringify } from "yaml";
import { removeVolume } from "../../provider/docker/reader";
import { isNotFound, Transport } from "../../provider/docker/transport";
import { LABEL } from "../../spec/names";
import { engineHost } from "../../toolchain/engine";
import { toolchainEnv } from "../../toolchain/env";
import { ensureBaseImages } from "../../toolchain/images";
import { projectRoot } from "../../toolchain/paths";
import { type Load, startLoad } from "./load";
import { checkReport } from "./report";

export interface Run {
  ok: boolean;
  /** Everything that a person would have seen. */
  output: string;
  /** "3 unchanged" and the like, of the last block. */
  changes: Record<string, number>;
}

export interface Container {
  id: string;
  name: string;
  slot?: string;
  release?: string;
  service: string;
  role: string;
  state: string;
  startedAt: string;
}

type Service = Record<string, unknown>;

/** Where a stack is deployed to. */
export interface TestEngine {
  host: string;
  /** Address that the edge listens on. */
  bind: string;
  /** In front of each command. */
  command: string[];
}

const SHARED: TestEngine = { host: engineHost(), bind: "127.0.0.1", command: [] };

/** One stack with a backend, a Compose file and a configuration of its own; the program is this checkout. */
export class TestStack {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-"));
  readonly transport: Transport;
  private readonly config = new Map<string, unknown>();
  /** The folder of the program that is run: this checkout, or a changed copy. */
  program = projectRoot;
  /** Variables of the environment that the Compose file may name. */
  variables: Record<string, string> = {};
  /** What Pulumi calls it. */
  private stackName: string;

  protected constructor(
    readonly name: string,
    readonly port: number,
    readonly engine: TestEngine,
  ) {
    this.transport = new Transport(engine.host === "" ? engineHost() : engine.host);
    this.stackName = name;
  }

  static async create(name: string, engine = SHARED): Promise<TestStack> {
    const stack = new TestStack(name, await freePort(), engine);
    await stack.begin();
    stack.onHost(engine.host);
    // One registry serves all applications of a host and goes with the last: files that run side by side would meet there.
    stack.set("registry", "none");
    return stack;
  }

  protected async begin(): Promise<void> {
    mkdirSync(join(this.folder, "state"));
    await this.init();
    this.set("compose", join(this.folder, "compose.yaml"));
    this.set("mirrors", await ensureBaseImages(() => {}));
    this.set("strategy", { drainTimeout: 2, deployTimeout: 15 });
  }

  /** Begins a state. The configuration that is there stays, and its secrets with it. */
  async init(): Promise<void> {
    // The CLI looks for the salt beside the program; here it belongs to the stack's own file.
    const written = join(projectRoot, `Pulumi.${this.name}.yaml`);
    const isNew = this.config.size === 0;
    if (!isNew) copyFileSync(this.configFile, written);
    await this.pulumi(["stack", "init", this.name]);
    if (isNew) copyFileSync(written, this.configFile);
    rmSync(written);
  }

  /** Writes the Compose file: services as given, further top-level keys beside them. */
  compose(services: Record<string, Service>, more: Record<string, unknown> = {}): void {
    const text = stringify({ name: this.name, services, ...more });
    writeFileSync(join(this.folder, "compose.yaml"), text);
  }

  set(key: string, value: unknown): void {
    if (value === undefined) this.config.delete(key);
    else this.config.set(key, value);
    const file = { ...this.sealed(), config: this.allConfig() };
    writeFileSync(this.configFile, stringify(file));
  }

  onHost(host: string): void {
    this.set("docker", { host, bind: this.engine.bind });
  }

  /** A secret value, encrypted by the CLI as a user would have it. */
  async secret(path: string, value: string): Promise<void> {
    await this.pulumi(["config", "set", "--secret", "--path", `slipway:${path}`, value]);
    const written = this.read();
    for (const [key, item] of Object.entries(written.config ?? {})) {
      this.config.set(key.replace(/^slipway:/, ""), item);
    }
  }

  up(...more: string[]): Promise<Run> {
    return this.run(["up", "--yes", "--skip-preview", ...more]);
  }

  preview(...more: string[]): Promise<Run> {
    return this.run(["preview", ...more]);
  }

  /** `up` that must succeed. */
  async deploy(): Promise<Run> {
    const run = await this.up();
    if (!run.ok) throw new Error(`the update failed:\n${run.output}`);
    return run;
  }

  async run(args: string[]): Promise<Run> {
    const result = await this.pulumi([...args, "--non-interactive", "--color=never"], false);
    return {
      ok: result.exitCode === 0,
      output: result.all ?? "",
      changes: changesOf(result.all ?? ""),
    };
  }

  /** Of the stack only: the application keeps its name, by which its containers are found. */
  async rename(name: string): Promise<void> {
    await this.pulumi(["stack", "rename", name, "--stack", this.stackName]);
    this.stackName = name;
  }

  /** `detached`: in a process group of its own, as in a terminal of its own. */
  pulumi(args: string[], reject = true, detached = false) {
    const stack = args[0] === "stack" ? [] : ["--stack", this.stackName];
    const config = ["stack", "cancel", "state"].includes(args[0]!)
      ? []
      : ["--config-file", this.configFile];
    const [command, ...more] = [...this.engine.command, "pulumi", ...args];
    return execa(command!, [...more, "--cwd", this.program, ...stack, ...config], {
      env: { ...toolchainEnv(), ...this.environment(), ...this.variables },
      all: true,
      reject,
      detached,
      stdin: "ignore",
    });
  }

  /** A command of ours in a project of the user's own, which has Slipway as a package. What it writes into the stack's file stays. */
  async slipway(command: string, ...more: string[]) {
    const result = await this.slipwayProcess(command, ...more);
    this.adoptConfig();
    if (more.includes("--json") && result.stdout !== "") checkReport(command, result.stdout);
    return result;
  }

  /** The same as it runs, to be interrupted. */
  slipwayProcess(command: string, ...more: string[]) {
    this.project();
    const node = [...this.engine.command, "node", join(projectRoot, "bin/slipway.js"), command];
    return execa(node[0]!, [...node.slice(1), "--stack", this.stackName, ...more], {
      env: { ...this.shell(), INIT_CWD: this.folder },
      reject: false,
      all: true,
      stdin: "ignore",
    });
  }

  /** As a user's shell has it. */
  shell = () => ({ ...toolchainEnv(), ...this.environment(), ...this.variables });

  /** Makes the stack's folder a project of the user's: Pulumi.yaml and the stack's file beside the Compose file. */
  project(): void {
    copyFileSync(this.configFile, this.projectConfig);
    const own = parse(readFileSync(join(projectRoot, "Pulumi.yaml"), "utf8"));
    const installed = "node_modules/slipway";
    own.main = `${installed}/${own.main}`;
    own.plugins.providers[0].path = `./${installed}/provider`;
    writeFileSync(join(this.folder, "Pulumi.yaml"), stringify(own));
    mkdirSync(join(this.folder, "node_modules"), { recursive: true });
    const link = join(this.folder, installed);
    if (!existsSync(link)) symlinkSync(projectRoot, link);
  }

  /** Takes over what a command has written into the stack's file. */
  adoptConfig(): void {
    copyFileSync(this.projectConfig, this.configFile);
    this.config.clear();
    for (const [key, value] of Object.entries(this.read().config ?? {})) {
      this.config.set(key.replace(/^slipway:/, ""), value);
    }
  }

  private get projectConfig(): string {
    return join(this.folder, `Pulumi.${this.stackName}.yaml`);
  }

  environment(): Record<string, string> {
    return {
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  /** The state file as it lies in the backend, secrets encrypted. */
  state(): string {
    return readFileSync(
      join(this.folder, "state/.pulumi/stacks/slipway", `${this.stackName}.json`),
      "utf8",
    );
  }

  outputs(): Record<string, any> {
    const { checkpoint } = JSON.parse(this.state());
    return (
      checkpoint.latest.resources.find((r: any) => r.type === "pulumi:pulumi:Stack").outputs ?? {}
    );
  }

  async containers(): Promise<Container[]> {
    const listed = await this.transport.docker.listContainers({
      all: true,
      filters: { label: [`${LABEL.application}=${this.name}`] },
    });
    const inspected = await Promise.all(
      listed.map((info) =>
        this.transport.docker
          .getContainer(info.Id)
          .inspect()
          .catch((error) => {
            // It went between the two questions: an update is under way.
            if (isNotFound(error)) return undefined;
            throw error;
          }),
      ),
    );
    return inspected
      .filter((info) => info !== undefined)
      .map((info) => ({
        id: info.Id,
        name: info.Name.slice(1),
        slot: info.Config.Labels[LABEL.slot],
        release: info.Config.Labels[LABEL.release],
        service: info.Config.Labels[LABEL.service] ?? "",
        role: info.Config.Labels[LABEL.role] ?? "",
        state: info.State.Status,
        startedAt: info.State.StartedAt,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The containers of a slot, to compare before and after. */
  async slot(slot: string): Promise<Container[]> {
    return (await this.containers()).filter((c) => c.slot === slot && c.role !== "worker");
  }

  async get(path: string, port = this.port, host?: string) {
    return this.transport.get(port, path, 5, host);
  }

  /** The Compose port that stands for `port`. */
  get published(): number {
    return this.port;
  }

  /** What a client gets that asks at this Compose port. */
  at(published: number, path = "/") {
    return this.get(path, published, `localhost:${published}`);
  }

  /** Clients of the application's port. */
  load(how: Load = {}) {
    return startLoad(this.port, how);
  }

  /** Which version answers on the application's port. */
  async version(port = this.port): Promise<string> {
    const answer = await this.get("/", port);
    return answer.status === 200
      ? (JSON.parse(answer.body).version as string)
      : `HTTP ${answer.status}`;
  }

  /** Removes everything, data too, without asking Pulumi: a test may have left it half-way. */
  async dispose(): Promise<void> {
    const label = [`${LABEL.application}=${this.name}`];
    const { docker } = this.transport;
    const containers = await docker.listContainers({ all: true, filters: { label } });
    await Promise.all(
      containers.map((c) =>
        docker
          .getContainer(c.Id)
          .remove({ force: true, v: true })
          .catch(() => {}),
      ),
    );
    const [networks, found] = await Promise.all([
      docker.listNetworks({ filters: { label } }),
      docker.listVolumes({ filters: JSON.stringify({ label }) } as object),
    ]);
    await Promise.all(
      networks.map((n) =>
        docker
          .getNetwork(n.Id)
          .remove()
          .catch(() => {}),
      ),
    );
    const volumes = [...(found?.Volumes ?? []).map((v) => v.Name), `slipway-${this.name}-edge`];
    await Promise.all(volumes.map((name) => removeVolume(docker, name).catch(() => {})));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get configFile(): string {
    return join(this.folder, "config.yaml");
  }

  private allConfig() {
    return Object.fromEntries([...this.config].map(([key, value]) => [`slipway:${key}`, value]));
  }

  private read(): Record<string, any> {
    try {
      return parse(readFileSync(this.configFile, "utf8")) ?? {};
    } catch {
      return {};
    }
  }

  /** What the CLI keeps beside the values: the salt of the passphrase. */
  private sealed(): Record<string, unknown> {
    const { config: _config, ...rest } = this.read();
    return rest;
  }
}

/** `~ 2 updated`, `21 unchanged` -> {updated: 2, unchanged: 21}. */
function changesOf(output: string): Record<string, number> {
  const block = output.slice(output.lastIndexOf("Resources:"));
  const found = [
    ...block.matchAll(
      /(\d+) (created|updated|deleted|replaced|unchanged|discarded|to create|to update|to delete|to replace)/g,
    ),
  ];
  return Object.fromEntries(
    found.map(([, count, word]) => [word!.replace("to ", ""), Number(count)]),
  );
}

/** Below those that the kernel gives to whoever connects: any of these could be taken again before it is used. */
const PORTS = { from: 15_000, to: 32_000 };

export function freePort(): Promise<number> {
  const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(freePort()))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
  });
}
