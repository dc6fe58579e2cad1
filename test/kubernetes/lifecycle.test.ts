import { ClusterStack } from "../helpers/clusterStack";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";

const STEADY = { unchanged: expect.any(Number) };

describe("an application's life in a cluster", () => {
  let stack: ClusterStack;
  const web = async (version: string, environment: Record<string, string> = {}) =>
    stack.compose({ web: await probe(version, { port: 80, environment }) });
  const uids = async (slot: string) => (await stack.slot(slot)).map(({ id }) => id);

  beforeAll(async () => {
    stack = await ClusterStack.createIn("k-life");
  });
  afterAll(() => stack.dispose());

  test("the first deploy serves from blue", async () => {
    await web("1");
    const run = await stack.deploy();
    expect(run.output).toContain("first deploy");
    expect(await stack.version()).toBe("1");
    expect(stack.outputs()).toMatchObject({ active: "blue" });
  });

  test("a second up is steady", async () => {
    const before = await uids("blue");
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await uids("blue")).toEqual(before);
  });

  test("a deploy goes to green under load; the pods of blue are not touched", async () => {
    const before = await uids("blue");
    await web("2");
    const load = startLoad(stack.port);
    await stack.deploy();
    expect(await load.stop()).toMatchObject({ failures: [] });
    expect(await stack.version()).toBe("2");
    expect(await uids("blue")).toEqual(before);
  });
});
