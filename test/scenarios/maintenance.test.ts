import type { EffectReport } from "../../cli/effect";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

const MESSAGE = "Back at 14:00 <soon>";
const PAGE = { status: 503, body: expect.stringContaining("Back at 14:00 &lt;soon&gt;") };

describe("an operator closes an application, and keeps others from deploying", () => {
  let stack: TestStack;
  const web = async (version: string) =>
    stack.compose({ web: await probe(version, { port: stack.port }) });
  const keys = async () =>
    (await stack.containers()).map(({ id, state, startedAt }) => `${id} ${state} ${startedAt}`);
  const kamal = async (...command: string[]) => {
    const edge = (await stack.containers()).find(({ role }) => role === "edge")!;
    const run = await stack.transport.exec(edge.id, ["kamal-proxy", ...command]);
    if (run.exitCode !== 0) throw new Error(run.output);
  };
  const turn = async (...more: string[]) => {
    const { stdout, stderr, exitCode } = await stack.slipway("maintenance", ...more, "--json");
    if (stdout === "") throw new Error(stderr);
    return { report: JSON.parse(stdout) as EffectReport, exitCode };
  };
  /** All statuses that a client gets while the work goes on. */
  const statusesDuring = async (work: () => Promise<unknown>) => {
    const seen = new Set<number>();
    let ended = false;
    const client = (async () => {
      while (!ended) seen.add((await stack.get("/")).status);
    })();
    await work().finally(() => (ended = true));
    await client;
    return [...seen].sort();
  };

  beforeAll(async () => {
    stack = await TestStack.create("maintain");
    await web("1");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test("every request gets the message, and no container is touched", async () => {
    const before = await keys();
    // What is described by now is another release: it is no matter of this.
    await web("2");
    const { report, exitCode } = await turn("on", "--message", MESSAGE);
    expect({ report, exitCode }).toMatchObject({
      report: { ok: true, moved: false, after: { maintenance: MESSAGE }, faults: [] },
      exitCode: 0,
    });
    for (const path of ["/", "/health", "/any?thing"]) {
      expect(await stack.get(path)).toMatchObject(PAGE);
    }
    expect(await keys()).toEqual(before);
    const status = JSON.parse((await stack.slipway("status", "--json")).stdout);
    expect(status).toMatchObject({ active: "blue", maintenance: MESSAGE, drift: [] });
  });

  test("a deploy leaves it closed, without a moment between", async () => {
    let output = "";
    const seen = await statusesDuring(async () => ({ output } = await stack.deploy()));
    expect(seen).toEqual([503]);
    expect(output).toContain(`it is in maintenance: every request gets 503: ${MESSAGE}`);
    expect(stack.outputs()).toMatchObject({ active: "green" });
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("opened by hand, the next update closes it again", async () => {
    await kamal("resume", stack.name);
    expect(await stack.version()).toBe("2");
    const preview = await stack.preview();
    expect(preview.output).toContain("it goes into maintenance");
    await stack.deploy();
    expect(await stack.get("/")).toMatchObject(PAGE);
  });

  test("a lost entry comes back closed", async () => {
    const seen = await statusesDuring(async () => {
      await kamal("remove", stack.name);
      await stack.deploy();
    });
    expect(seen).toEqual([404, 503]);
    expect(await stack.get("/")).toMatchObject(PAGE);
  });

  test("what is stopped meanwhile is left alone", async () => {
    const [serving] = await stack.slot("green");
    await stack.transport.docker.getContainer(serving!.id).stop({ t: 1 });
    const before = await keys();
    expect((await turn("on", "--message", "Later")).report).toMatchObject({
      ok: true,
      after: { maintenance: "Later" },
    });
    expect(await keys()).toEqual(before);
  });

  test("off mends that first, then the new version answers", async () => {
    const { report, exitCode } = await turn("off");
    expect(report.after).not.toHaveProperty("maintenance");
    expect(exitCode).toBe(0);
    expect(await stack.version()).toBe("2");
    expect(stack.outputs()).toMatchObject({ active: "blue" });
  });

  test("closed by hand, the next update opens it", async () => {
    await kamal("stop", stack.name, "--message", "by hand");
    expect((await stack.get("/")).status).toBe(503);
    expect((await stack.deploy()).output).toContain("it leaves maintenance");
    expect(await stack.version()).toBe("2");
  });

  test("a lock refuses a deploy, and says who and why", async () => {
    const why = ["--why", "the database moves", "--who", "Ann"];
    expect((await stack.slipway("lock", ...why)).exitCode).toBe(0);
    expect((await stack.deploy()).output).toContain("deploys are locked by Ann");
    await web("3");
    for (const run of [await stack.preview(), await stack.up()]) {
      expect(run.ok).toBe(false);
      expect(run.output).toMatch(/locked by Ann, since .*: the database moves/);
      expect(run.output).toContain("slipway unlock -e maintain");
    }
    expect(await stack.version()).toBe("2");
    const again = await stack.slipway("lock", "--why", "me too");
    expect(again).toMatchObject({ exitCode: 2, stdout: expect.stringContaining("already by Ann") });
    expect((await stack.slipway("status")).stdout).toMatch(/Locked {2}by Ann/);
  });

  test("somebody else's lock goes with --yes alone, and a deploy passes", async () => {
    const refused = await stack.slipway("unlock");
    expect(refused).toMatchObject({ exitCode: 2, stdout: expect.stringContaining("not yours") });
    const gone = await stack.slipway("unlock", "--yes");
    expect(gone).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("by Ann") });
    await stack.deploy();
    expect(await stack.version()).toBe("3");
  });
});
