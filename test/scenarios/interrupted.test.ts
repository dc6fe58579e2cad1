import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { interruptUp, processesOf, startUp } from "../helpers/processes";
import { TestStack } from "../helpers/stack";
import { until } from "../helpers/until";

const STEADY = { unchanged: expect.any(Number) };

describe("several runs, and runs that are interrupted", () => {
  let stack: TestStack;
  const web = async (version: string, environment: Record<string, string> = {}) =>
    stack.compose({ web: await probe(version, { port: stack.port, environment }) });
  const ids = async () => (await stack.containers()).map((c) => `${c.id} ${c.startedAt}`);
  const newRuns = async (before: string[]) =>
    (await stack.containers()).some(
      (c) => c.state === "running" && !before.includes(`${c.id} ${c.startedAt}`),
    );

  beforeAll(async () => {
    stack = await TestStack.create("interrupted");
    stack.set("strategy", { drainTimeout: 8, deployTimeout: 20 });
    await web("1");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test("a stack of another backend is refused by the claim, which names the cure", async () => {
    const other = await TestStack.create("interrupter");
    try {
      const before = await ids();
      other.compose({ web: await probe("other", { port: stack.port }) }, { name: stack.name });
      const run = await other.up();
      expect(run.ok).toBe(false);
      expect(run.output).toContain(`"${stack.name}" on`);
      expect(run.output).toContain("belongs to another stack");
      expect(run.output).toMatch(/another slipway:name; or, .*pulumi config set adopt \S+/);
      expect(await ids()).toEqual(before);
      expect(await stack.version()).toBe("1");
    } finally {
      await other.dispose();
    }
  });

  test("two first deploys at once, from two backends: one goes through, the other is refused", async () => {
    const [one, two] = [await TestStack.create("atonce"), await TestStack.create("atonce2")];
    try {
      one.compose({ web: await probe("1", { port: one.port }) });
      two.compose({ web: await probe("2", { port: one.port }) }, { name: one.name });
      const runs = await Promise.all([one.up(), two.up()]);
      const [won, lost] = runs[0]!.ok ? [one, two] : [two, one];
      expect(runs.map((run) => run.ok).sort()).toEqual([false, true]);
      expect(runs.find((run) => !run.ok)!.output).toContain("belongs to another stack");
      expect(await one.version()).toBe(won === one ? "1" : "2");
      expect((await one.containers()).filter((c) => c.role === "edge")).toHaveLength(1);
      expect((await won.deploy()).changes).toEqual(STEADY);
      expect((await lost.up()).output).toContain("belongs to another stack");
    } finally {
      await one.dispose();
      await two.dispose();
    }
  });

  test("a second up beside one in its gate is locked out; Ctrl-C there: the old slot serves on", async () => {
    const before = await ids();
    await web("2", { START_DELAY_MS: "60000" });
    const load = startLoad(stack.port);
    const first = startUp(stack);
    await until(() => newRuns(before), 120);
    expect((await stack.up()).output).toContain("pulumi cancel");
    process.kill(-first.pid!, "SIGINT");
    const { exitCode, all } = await first;
    expect(exitCode).not.toBe(0);
    expect(processesOf(stack)).toEqual([]);
    expect(all).not.toContain("the traffic has moved");
    expect(lastWords(all)).toMatch(/traffic was not moved|still serves/);
    expect(await stack.version()).toBe("1");

    await web("3");
    await stack.deploy();
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["1", "3"]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("Ctrl-C in the drain: it is said that the traffic has moved; the next up converges", async () => {
    await web("4");
    const load = startLoad(stack.port);
    // Some of their requests are under way at the flip: these make the drain last.
    const slow = startLoad(stack.port, { clients: 2, path: "/slow?ms=5000" });
    const run = await interruptUp(stack, async () => (await stack.version()) === "4");
    expect(run.left).toEqual([]);
    expect(run.output).toContain("the traffic has moved: ");
    expect(run.output).not.toContain("was not moved");
    expect(await stack.version()).toBe("4");

    await web("5");
    await stack.deploy();
    const report = await load.stop();
    expect([...report.failures, ...(await slow.stop()).failures]).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["3", "4", "5"]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  /** What stands below the last table. */
  const lastWords = (output = "") => output.slice(output.indexOf("Diagnostics:"));
});
