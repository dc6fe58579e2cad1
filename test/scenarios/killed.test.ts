import { mkdirSync, readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { DockerPlatform } from "../../provider/docker";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { killUp, processesOf } from "../helpers/processes";
import { TestStack } from "../helpers/stack";

const STEADY = { unchanged: expect.any(Number) };

/** Where a run is killed; `moved`: it has moved the traffic by then. */
interface Phase {
  where: string;
  moved: boolean;
  /** What is peculiar to the version that is killed. */
  service?: Record<string, unknown>;
  reached: (version: string, before: string[]) => Promise<boolean>;
}

/** The CLI is killed in the middle of a run: nothing of that run may live on or write. */
describe("kill -9 of the CLI", () => {
  let stack: TestStack;
  let context: string;
  const compose = async (version: string, service: Record<string, unknown> = {}) => {
    const image = await ensureProbeImage();
    const jobs = {
      image,
      command: ["worker"],
      environment: { VERSION: version },
      "x-slipway": { role: "worker" },
    };
    stack.compose({ web: { ...(await probe(version, { port: stack.port, ...service })) }, jobs });
  };
  const all = async () => (await stack.containers()).map((c) => c.id);
  const workers = async () =>
    (await stack.containers()).filter((c) => c.role === "worker").map((c) => c.id);
  const moved = async (version: string) => (await stack.version()) === version;

  beforeAll(async () => {
    stack = await TestStack.create("killed");
    stack.set("strategy", { drainTimeout: 8, deployTimeout: 15 });
    await compose("0");
    await stack.deploy();
    // It is never done, and everybody can see whose it is.
    context = join(stack.folder, "endless");
    mkdirSync(context);
    const lines = [
      `FROM ${await ensureProbeImage()}`,
      `ENV OF=${context}`,
      'RUN ["/probe", "worker"]',
    ];
    writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
  });
  afterAll(() => stack.dispose());

  const phases: Phase[] = [
    {
      where: "in a build",
      moved: false,
      get service() {
        return { image: undefined, build: context };
      },
      reached: async () => processesOf(stack).some((pid) => commandOf(pid).startsWith("/probe")),
    },
    {
      where: "when the candidate's first container is made",
      moved: false,
      reached: async (_version, before) => (await all()).some((id) => !before.includes(id)),
    },
    {
      where: "in the gate",
      moved: false,
      service: { environment: { VERSION: "slow", START_DELAY_MS: "60000" } },
      reached: async (_version, before) =>
        (await stack.containers()).some(
          (c) => c.service === "web" && c.state === "running" && !before.includes(c.id),
        ),
    },
    { where: "in the drain", moved: true, reached: moved },
    {
      where: "in the exchange of the workers",
      moved: true,
      reached: async (version, before) =>
        (await moved(version)) && !(await workers()).some((id) => before.includes(id)),
    },
  ];

  test.each(phases)("$where: the next up converges with another version", async (phase) => {
    const old = await stack.version();
    const [killed, next] = [`${phase.where}: killed`, `${phase.where}: next`];
    await compose(killed, phase.service);
    const before = await all();
    const load = startLoad(stack.port);
    // Some of their requests are under way at the flip: these make the drain last.
    const slow = startLoad(stack.port, { clients: 2, path: "/slow?ms=3000" });
    await killUp(stack, () => phase.reached(killed, before));
    expect(await stack.version()).toBe(phase.moved ? killed : old);

    await compose(next);
    expect((await stack.up()).output).toContain("pulumi cancel");
    await stack.pulumi(["cancel", "--yes"]);
    await stack.deploy();
    const report = await load.stop();
    expect([...report.failures, ...(await slow.stop()).failures]).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(
      [old, next, ...(phase.moved ? [killed] : [])].sort(),
    );
    expect(await workers()).toHaveLength(1);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });
});

describe("kill -9 of the CLI in the first deploy", () => {
  const seen = async (stack: TestStack) =>
    (await new DockerPlatform(stack.engine.host, stack.name).observe()).observation;
  const PHASES: [part: string, made: (stack: TestStack) => Promise<boolean>][] = [
    ["claim", async (stack) => (await seen(stack)).claim !== undefined],
    ["record", async (stack) => (await seen(stack)).records.length > 0],
    ["edge", async (stack) => (await stack.containers()).some((c) => c.role === "edge")],
    ["slot", async (stack) => (await stack.containers()).some((c) => c.slot === "blue")],
  ];

  test.each(PHASES)(
    "after the %s: what it left does not block the next one",
    async (part, made) => {
      const stack = await TestStack.create(`kill-${part}`);
      try {
        stack.compose({ web: await probe("1", { port: stack.port }) });
        await killUp(stack, () => made(stack));
        await stack.pulumi(["cancel", "--yes"]);
        stack.compose({ web: await probe("2", { port: stack.port }) });
        await stack.deploy();
        expect(await stack.version()).toBe("2");
        const roles = (await stack.containers()).map((c) => c.role).filter((r) => r !== "trial");
        expect(roles.sort()).toEqual(["app", "edge", "holder"]);
        expect((await stack.deploy()).changes).toEqual(STEADY);
      } finally {
        await stack.dispose();
      }
    },
  );
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
