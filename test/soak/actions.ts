import type { Run, TestStack } from "../helpers/stack";

/** What one round of the soak does; each ends with an `up` that must have worked. */
export interface Action {
  name: string;
  /** Requests may fail meanwhile: it takes away what serves, which no deployment can make good. */
  disruptive: boolean;
  run(soak: Soak): Promise<void>;
}

export interface Soak {
  stack: TestStack;
  random(below: number): number;
  /** A version that was never deployed. */
  nextVersion(): string;
}

export const actions: Action[] = [
  { name: "deploy", disruptive: false, run: (soak) => deploy(soak) },
  { name: "deploy again", disruptive: false, run: (soak) => deploy(soak) },
  { name: "steady up", disruptive: false, run: ({ stack }) => steady(stack) },
  { name: "roll back", disruptive: false, run: rollBack },
  { name: "kill -9 the CLI in a deploy, then another version", disruptive: false, run: killedRun },
  { name: "a release that fails its gate", disruptive: false, run: badRelease },
  { name: "stop a container of the idle slot", disruptive: false, run: stopIdle },
  { name: "kill the process of the live backend", disruptive: true, run: killLive },
  { name: "remove the proxy's entry", disruptive: true, run: removeEntry },
  { name: "restart the edge", disruptive: true, run: (soak) => restart(soak, "edge") },
  { name: "restart the database", disruptive: true, run: (soak) => restart(soak, "db") },
];

async function deploy({ stack, nextVersion }: Soak): Promise<void> {
  stack.set("version", nextVersion());
  await stack.deploy();
}

async function steady(stack: TestStack): Promise<void> {
  const { changes } = await stack.deploy();
  const touched = Object.keys(changes).filter((change) => change !== "unchanged");
  if (touched.length > 0) throw new Error(`a steady up changed something: ${touched.join(", ")}`);
}

async function rollBack({ stack, nextVersion }: Soak): Promise<void> {
  const { release, records } = stack.outputs() as {
    release: string;
    records: { release: string }[];
  };
  const older = records.find((record) => record.release !== release);
  if (!older) return;
  stack.set("release", older.release);
  await stack.deploy();
  stack.set("release", undefined);
  // What was left is held: go on with something newer.
  stack.set("version", nextVersion());
}

/** Killed somewhere in the run: before the claim is read, in the gate, in the drain. */
async function killedRun(soak: Soak): Promise<void> {
  const { stack, random, nextVersion } = soak;
  stack.set("version", nextVersion());
  const update = stack.pulumi(["up", "--yes", "--skip-preview", "--non-interactive"], false);
  await sleep(2000 + random(15_000));
  update.kill("SIGKILL");
  await update;
  await stack.pulumi(["cancel", "--yes"], false);
  await deploy(soak);
}

async function badRelease(soak: Soak): Promise<void> {
  const { stack, nextVersion } = soak;
  stack.set("version", nextVersion());
  stack.set("services", { backend: { env: { DATABASE_URL: "postgresql://nobody@db:1/none" } } });
  const run: Run = await stack.up();
  stack.set("services", {});
  if (run.ok) throw new Error("a release without a database passed its gate");
  await deploy(soak);
}

async function stopIdle(soak: Soak): Promise<void> {
  const { stack, random } = soak;
  const { active } = stack.outputs();
  const idle = (await stack.containers()).filter((c) => c.slot && c.slot !== active);
  const one = idle[random(idle.length)];
  if (one)
    await stack.transport.docker
      .getContainer(one.id)
      .kill()
      .catch(() => {});
  await deploy(soak);
}

async function killLive(soak: Soak): Promise<void> {
  const { stack } = soak;
  const { active } = stack.outputs();
  const live = (await stack.slot(active)).find((c) => c.service === "backend" && c.role === "app");
  const { State } = await stack.transport.docker.getContainer(live!.id).inspect();
  process.kill(State.Pid, "SIGKILL");
  await sleep(5000);
  await deploy(soak);
}

async function removeEntry(soak: Soak): Promise<void> {
  const { stack } = soak;
  const edge = (await stack.containers()).find((c) => c.role === "edge")!;
  await stack.transport.exec(edge.id, ["kamal-proxy", "remove", stack.name]);
  await stack.deploy();
}

async function restart(soak: Soak, service: string): Promise<void> {
  const { stack } = soak;
  const one = (await stack.containers()).find((c) => c.service === service)!;
  await stack.transport.docker.getContainer(one.id).restart();
  await sleep(3000);
  await deploy(soak);
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
