import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { killUp } from "../helpers/processes";
import type { TestStack } from "../helpers/stack";

const STEADY = { unchanged: expect.any(Number) };

/** Where a run is killed; `moved`: it has moved the traffic by then. */
export interface Phase {
  where: string;
  moved: boolean;
  /** What is peculiar to the version that is killed. */
  service?: (stack: TestStack) => Record<string, unknown>;
  reached: (stack: TestStack, version: string, before: string[]) => Promise<boolean>;
}

const all = async (stack: TestStack) => (await stack.containers()).map((c) => c.id);
const workers = async (stack: TestStack) =>
  (await stack.containers()).filter((c) => c.role === "worker").map((c) => c.id);
const moved = async (stack: TestStack, version: string) => (await stack.version()) === version;

/** Of each platform. */
export const PHASES: Phase[] = [
  {
    where: "when the candidate's first container is made",
    moved: false,
    reached: async (stack, _version, before) =>
      (await all(stack)).some((id) => !before.includes(id)),
  },
  {
    where: "in the gate",
    moved: false,
    service: () => ({ environment: { VERSION: "slow", START_DELAY_MS: "60000" } }),
    reached: async (stack, _version, before) =>
      (await stack.containers()).some(
        (c) => c.service === "web" && c.state === "running" && !before.includes(c.id),
      ),
  },
  { where: "in the drain", moved: true, reached: moved },
  {
    where: "in the exchange of the workers",
    moved: true,
    reached: async (stack, version, before) =>
      (await moved(stack, version)) && !(await workers(stack)).some((id) => before.includes(id)),
  },
];

/** The CLI is killed in the middle of a run: nothing of that run may live on or write. */
export function killedAt(phases: Phase[], create: () => Promise<TestStack>): void {
  let stack: TestStack;
  const compose = async (version: string, service: Record<string, unknown> = {}) => {
    const image = await ensureProbeImage();
    const jobs = {
      image,
      command: ["worker"],
      environment: { VERSION: version },
      "x-slipway": { role: "worker" },
    };
    stack.compose({ web: await probe(version, { port: stack.published, ...service }), jobs });
  };

  beforeAll(async () => {
    stack = await create();
    await compose("0");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test.each(phases)("$where: the next up converges with another version", async (phase) => {
    const old = await stack.version();
    const [killed, next] = [`${phase.where}: killed`, `${phase.where}: next`];
    await compose(killed, phase.service?.(stack));
    const before = await all(stack);
    const load = stack.load();
    // Some of their requests are under way at the flip: these make the drain last.
    const slow = stack.load({ clients: 2, path: "/slow?ms=3000" });
    await killUp(stack, () => phase.reached(stack, killed, before));
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
    expect(await workers(stack)).toHaveLength(1);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });
}

/** After which part of a first deploy it is killed. */
export type FirstPart = [part: string, made: (stack: TestStack) => Promise<boolean>];

/** @param roles of all that runs once the next one is through */
export function killedInFirst(
  parts: FirstPart[],
  roles: string[],
  create: (part: string) => Promise<TestStack>,
): void {
  test.each(parts)("after the %s: what it left does not block the next one", async (part, made) => {
    const stack = await create(part);
    try {
      stack.compose({ web: await probe("1", { port: stack.published }) });
      await killUp(stack, () => made(stack));
      await stack.pulumi(["cancel", "--yes"]);
      stack.compose({ web: await probe("2", { port: stack.published }) });
      await stack.deploy();
      expect(await stack.version()).toBe("2");
      const found = (await stack.containers()).map((c) => c.role).filter((r) => r !== "trial");
      expect(found.sort()).toEqual(roles);
      expect((await stack.deploy()).changes).toEqual(STEADY);
    } finally {
      await stack.dispose();
    }
  });
}
