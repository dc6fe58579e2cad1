import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

const ids = (containers: { id: string; startedAt: string }[]) =>
  containers.map(({ id, startedAt }) => `${id} ${startedAt}`);

describe("the life of an application on a Docker host", () => {
  let stack: TestStack;
  const web = async (version: string, more: Record<string, unknown> = {}) =>
    stack.compose({ web: await probe(version, { port: stack.port, ...more }) });

  beforeAll(async () => {
    stack = await TestStack.create("life");
  });
  afterAll(() => stack.dispose());

  test("the first deploy serves from blue", async () => {
    await web("1");
    await stack.deploy();
    expect(await stack.version()).toBe("1");
    expect(stack.outputs()).toMatchObject({
      active: "blue",
      url: `http://localhost:${stack.port}/`,
    });
  });

  test("a second up is steady: no container is touched, nothing is to be changed", async () => {
    const before = ids(await stack.containers());
    const run = await stack.deploy();
    expect(run.changes.unchanged).toBeGreaterThan(10);
    expect(run.changes).not.toHaveProperty("updated");
    expect(run.changes).not.toHaveProperty("created");
    expect(ids(await stack.containers())).toEqual(before);
    const preview = await stack.preview();
    expect(Object.keys(preview.changes)).toEqual(["unchanged"]);
  });

  test("a bad image leaves the live slot alone", async () => {
    const before = ids(await stack.slot("blue"));
    stack.compose({
      web: { ...(await probe("2", { port: stack.port })), image: "slipway.local/no-such-image:1" },
    });
    const load = startLoad(stack.port);
    const run = await stack.up();
    const report = await load.stop();
    expect(run.ok).toBe(false);
    expect(run.output).toContain("no-such-image");
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions)).toEqual(["1"]);
    expect(ids(await stack.slot("blue"))).toEqual(before);
  });

  test("a deploy goes into the other slot, and no request fails meanwhile", async () => {
    const before = ids(await stack.slot("blue"));
    await web("2");
    const load = startLoad(stack.port);
    await stack.deploy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["1", "2"]);
    expect(stack.outputs().active).toBe("green");
    expect(ids(await stack.slot("blue"))).toEqual(before);
  });

  test("back to what the idle slot still runs: only the traffic moves", async () => {
    const before = ids(await stack.containers());
    const [first] = stack.outputs().records;
    stack.set("release", first.release);
    const load = startLoad(stack.port);
    const run = await stack.deploy();
    const report = await load.stop();
    expect(run.output).toContain("flip:");
    expect(report.failures).toEqual([]);
    expect(await stack.version()).toBe("1");
    expect(ids(await stack.containers())).toEqual(before);
  });

  test("slipway status tells what serves, and what each slot runs", async () => {
    const { stdout, exitCode } = await stack.slipway("status", "--json");
    expect(exitCode).toBe(0);
    const web = { service: "web", running: 1, wanted: 1, health: "healthy" };
    expect(JSON.parse(stdout)).toMatchObject({
      active: "blue",
      slots: [
        { slot: "blue", serves: true, state: "complete", services: [web] },
        { slot: "green", serves: false, state: "complete", held: true, services: [web] },
      ],
      drift: [],
      warnings: [],
    });
  });

  test("what was rolled back from is held, and deployed again only by force", async () => {
    stack.set("release", undefined);
    const refused = await stack.up();
    expect(refused.ok).toBe(false);
    expect(refused.output).toMatch(/is held: it was rolled back from/);
    const id = /pulumi config set force (\w+)/.exec(refused.output)![1];
    stack.set("force", id);
    await stack.deploy();
    expect(await stack.version()).toBe("2");
    stack.set("force", undefined);
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("back to an older release that no slot holds any more: it is made again from its record", async () => {
    await web("3");
    await stack.deploy();
    expect(await stack.version()).toBe("3");
    const { records, release } = stack.outputs();
    const oldest = records[0].release;
    expect(oldest).not.toBe(release);
    stack.set("release", oldest);
    const run = await stack.deploy();
    expect(run.output).toContain("deploy:");
    expect(await stack.version()).toBe("1");
    stack.set("release", undefined);
  });

  test("a release that is not retained is refused, with those that are possible", async () => {
    const before = ids(await stack.containers());
    stack.set("release", "nonsense");
    const run = await stack.up();
    stack.set("release", undefined);
    expect(run.ok).toBe(false);
    expect(run.output).toContain(
      "slipway:release: no retained release has this id or version (given: nonsense; allowed: ",
    );
    expect(ids(await stack.containers())).toEqual(before);
  });

  test("destroy ends well and leaves no container or network", async () => {
    const run = await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(run).toMatchObject({ ok: true });
    expect(await stack.containers()).toEqual([]);
  });
});
