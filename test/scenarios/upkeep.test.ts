import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

const STEADY = { unchanged: expect.any(Number) };

/** What people do with a stack besides a plain up: nothing that runs may be touched by it. */
describe("upkeep of a stack", () => {
  let stack: TestStack;
  const application = async (version: string, worker: Record<string, string> = {}, more = {}) =>
    stack.compose({
      web: await probe(version, { port: stack.port }),
      jobs: {
        image: (await probe(version)).image,
        command: ["worker"],
        environment: { VERSION: version, ...worker },
        "x-slipway": { role: "worker" },
      },
      ...more,
    });
  const ids = async () => (await stack.containers()).map((c) => `${c.name} ${c.id} ${c.startedAt}`);

  beforeAll(async () => {
    stack = await TestStack.create("killupkeep");
    await application("1");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test.each([
    ["refresh", ["refresh", "--yes", "--skip-preview"]],
    ["refresh --run-program", ["refresh", "--yes", "--skip-preview", "--run-program"]],
    ["up --refresh", ["up", "--yes", "--skip-preview", "--refresh"]],
  ])("%s leaves what runs, and what would run, alone", async (_name, args) => {
    const before = await ids();
    const run = await stack.run(args);
    expect(run).toMatchObject({ ok: true });
    expect(await ids()).toEqual(before);
    expect(await stack.version()).toBe("1");
  });

  test("a plain up after them is steady", async () => {
    const before = await ids();
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await ids()).toEqual(before);
  });

  test("up --target of one resource with a new version does not move the traffic", async () => {
    const before = await ids();
    await application("2");
    await stack.up("--target", "**traffic");
    expect(await ids()).toEqual(expect.arrayContaining(before));
    expect(await stack.version()).toBe("1");
  });

  test("up --continue-on-error with a part that fails before the slots: what serves is left alone", async () => {
    const before = await ids();
    const serving = stack.outputs().active;
    const db = await probe("db", {
      environment: { UNHEALTHY: "1" },
      "x-slipway": { role: "accessory" },
    });
    await application("2", {}, { db });
    const load = startLoad(stack.port);
    const run = await stack.up("--continue-on-error");
    expect(run.ok).toBe(false);
    expect(run.output).toContain('"db"');
    expect(await ids()).toEqual(expect.arrayContaining(before));
    expect((await load.stop()).failures).toEqual([]);
    expect(await stack.version()).toBe("1");
    await application("1");
    await stack.deploy();
    expect(stack.outputs().active).toBe(serving);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a worker that crashes after the flip: it says that the traffic has moved; the next up converges", async () => {
    await application("3", { CRASH: "1" });
    const load = startLoad(stack.port);
    const run = await stack.up("--continue-on-error");
    expect(run.ok).toBe(false);
    expect(run.output).toMatch(/traffic has moved/);
    expect(await stack.version()).toBe("3");
    await application("4");
    await stack.deploy();
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["1", "3", "4"]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });
});
