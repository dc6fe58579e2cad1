import execa from "execa";

/** What a stack's state tells to those who only read it. */
export interface StackState {
  /** Where it was deployed to. */
  places: { host: string; application: string }[];
  /** What names images that are wanted, as text: its outputs, and the inputs of releases and pushes. */
  text: string;
}

/** In a state, the mark of a value that is encrypted. */
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const CLAIM = "slipway-platform:index:Claim";

/** Others (and ids) may name what was there long ago. */
const NAMING = /^slipway-platform:index:(Release|Push)$/;

/** The Pulumi CLI's word on the stacks of a project. Nothing is changed by it. */
export class Backend {
  constructor(
    /** Folder of Pulumi.yaml. */
    private readonly directory: string,
    private readonly environment: Record<string, string | undefined>,
  ) {}

  /** Of the Pulumi CLI. */
  async version(): Promise<string> {
    return (await this.ask(["version"])).trim().replace(/^v/, "");
  }

  /** Where states are kept, and who is known there. */
  async whoami(): Promise<{ user: string; url: string }> {
    const { user, url } = JSON.parse(await this.ask(["whoami", "--json"])) as Record<
      string,
      string
    >;
    return { user: user ?? "", url: withoutPassword(url ?? "") };
  }

  /** Names of all stacks of the project. */
  async stacks(): Promise<string[]> {
    const listed = JSON.parse(await this.ask(["stack", "ls", "--json"])) as { name: string }[];
    return listed.map(({ name }) => name);
  }

  /** Past updates, the newest first. */
  async history(stack: string, count: number): Promise<PastUpdate[]> {
    const args = ["stack", "history", "--json", "--page-size", String(count), "--page", "1"];
    const listed = JSON.parse(await this.ask([...args, "--stack", stack])) as RawUpdate[];
    return listed.map(({ config: _config, resourceChanges, environment, ...rest }) => ({
      ...rest,
      environment: environment ?? {},
      changed: Object.keys(resourceChanges ?? {}).some((op) => op !== "same"),
    }));
  }

  /** Makes a stack that is not there yet. */
  async create(stack: string): Promise<void> {
    await this.ask(["stack", "init", stack]);
  }

  /** Forgets what a killed update was at, and returns how many resources that were: what they have become is looked at anyway. */
  async forgetPending(stack: string): Promise<number> {
    const state = JSON.parse(await this.ask(["stack", "export", "--stack", stack])) as {
      deployment?: { pending_operations?: unknown[] };
    };
    const pending = state.deployment?.pending_operations ?? [];
    if (pending.length === 0) return 0;
    delete state.deployment!.pending_operations;
    await this.ask(["stack", "import", "--stack", stack], JSON.stringify(state));
    return pending.length;
  }

  /** Gives up an update whose process is gone: its lock goes. */
  async cancel(stack: string): Promise<void> {
    await this.ask(["cancel", "--yes", "--stack", stack]);
  }

  /** As they are in the state: what is encrypted stays so. */
  async outputs(stack: string): Promise<Record<string, unknown>> {
    return outputsIn(await this.resources(stack));
  }

  /** What this state has claimed; absent before the first deploy. */
  async claim(stack: string): Promise<{ id: string; engine?: string } | undefined> {
    const found = (await this.resources(stack)).find(({ type }) => type === CLAIM);
    const { claim, engine } = found?.outputs ?? {};
    if (typeof claim !== "string") return undefined;
    return { id: claim, ...(typeof engine === "string" ? { engine } : {}) };
  }

  /** @throws when it cannot be read whole */
  async state(stack: string): Promise<StackState> {
    const resources = await this.resources(stack);
    const named = resources.filter(({ type }) => NAMING.test(type)).map(({ inputs }) => inputs);
    const outputs = outputsIn(resources);
    if (JSON.stringify(outputs.images ?? {}).includes(SECRET)) {
      throw new Error("its output images is encrypted");
    }
    const places = resources.flatMap(({ type, inputs }) => {
      const { host, application } = inputs ?? {};
      const isOurs = type.startsWith("slipway-platform:");
      if (!isOurs || typeof host !== "string" || typeof application !== "string") return [];
      return [{ host, application }];
    });
    return { places, text: JSON.stringify([outputs, named]) };
  }

  /** Values of `slipway:secrets`, opened with the user's passphrase or key. */
  async secrets(stack: string): Promise<Record<string, string>> {
    const args = ["config", "--show-secrets", "--json", "--stack", stack];
    const config = JSON.parse(await this.ask(args)) as Record<string, { value?: string }>;
    const value = config["slipway:secrets"]?.value;
    return value === undefined ? {} : (JSON.parse(value) as Record<string, string>);
  }

  private async resources(stack: string): Promise<Resource[]> {
    const exported = await this.ask(["stack", "export", "--stack", stack]);
    const { deployment } = JSON.parse(exported) as { deployment?: { resources?: Resource[] } };
    return deployment?.resources ?? [];
  }

  private async ask(args: string[], input?: string): Promise<string> {
    const result = await execa("pulumi", [...args, "--non-interactive", "--color=never"], {
      cwd: this.directory,
      env: this.environment as NodeJS.ProcessEnv,
      extendEnv: false,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
      reject: false,
    });
    if (result.exitCode === 0) return result.stdout;
    const error = result as Partial<NodeJS.ErrnoException>;
    if (error.code === "ENOENT") throw new Error("the Pulumi CLI is not on the PATH");
    const why = /error: (.*)/.exec(result.stderr)?.[1] ?? result.stderr.trim();
    throw new Error(`pulumi ${args.slice(0, 2).join(" ")}: ${withoutPassword(why)}`);
  }
}

/** The address of a backend may hold one. */
const withoutPassword = (text: string) => text.replace(/(:\/\/[^/@\s:]*):[^/@\s]*@/g, "$1@");

const outputsIn = (resources: Resource[]) =>
  resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};

/** One of `pulumi stack history`. */
export interface PastUpdate {
  kind: string;
  /** ISO 8601. */
  startTime: string;
  endTime: string;
  message: string;
  /** in-progress, succeeded, failed */
  result: string;
  environment: Record<string, string>;
  /** Some resource was. */
  changed: boolean;
}

interface RawUpdate extends Omit<PastUpdate, "changed"> {
  config?: unknown;
  resourceChanges?: Record<string, number>;
}

interface Resource {
  type: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}
