import { FaultyEngine } from "../helpers/faultyEngine";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { TestStack } from "../helpers/stack";
import { withSibling } from "../shared/sibling";
import { engineHost } from "../../toolchain/engine";
import { projectRoot } from "../../toolchain/paths";

const STEADY = { unchanged: expect.any(Number) };

/** A part of a run fails that comes after others had gone well. */
describe("a run that ends half-way", () => {
  let stack: TestStack;
  let engine: FaultyEngine;
  const web = async (version: string) =>
    stack.compose({ web: await probe(version, { port: stack.port }) });
  const find = async (like: { role: string; slot?: string }) =>
    (await stack.containers()).find(
      (c) => c.role === like.role && (!like.slot || c.slot === like.slot),
    )!;

  beforeAll(async () => {
    engine = new FaultyEngine(engineHost().slice("unix://".length));
    await engine.listen();
    stack = await TestStack.create("halfway", {
      host: engine.host,
      bind: "127.0.0.1",
      command: [],
    });
    stack.set("strategy", { drainTimeout: 8, deployTimeout: 20 });
    await web("1");
    await stack.deploy();
  });
  afterAll(async () => {
    await stack.dispose();
    engine.close();
  });

  test("the gate has passed and the flip fails; the candidate is killed; the same version again", async () => {
    await web("2");
    const load = startLoad(stack.port);
    const edge = await find({ role: "edge" });
    engine.break(new RegExp(`/containers/${edge.id}/exec`));
    const broken = await stack.up();
    engine.break(undefined);
    expect(broken.ok).toBe(false);
    expect(broken.output).toContain("something went wrong in the engine");
    expect(await stack.version()).toBe("1");
    const candidate = await find({ role: "app", slot: "green" });
    await stack.transport.docker.getContainer(candidate.id).remove({ force: true });

    await stack.deploy();
    expect(await stack.version()).toBe("2");
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a resource beside ours fails during the drain: the traffic has moved, and all know it", async () => {
    await web("3");
    const load = startLoad(stack.port);
    const slow = startLoad(stack.port, { clients: 2, path: "/slow?ms=6000" });
    stack.program = await withFailingSibling();
    const broken = await stack.up();
    stack.program = projectRoot;
    expect(broken.ok).toBe(false);
    expect(broken.output).toContain("docker:index:Container sibling");
    expect(await stack.version()).toBe("3");

    await web("4");
    await stack.deploy();
    const report = await load.stop();
    expect([...report.failures, ...(await slow.stop()).failures]).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["2", "3", "4"]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
    stack.set("release", stack.outputs().records.at(-2).release);
    await stack.deploy();
    expect(await stack.version()).toBe("3");
  });
});

/** A user's own container that starts as the gate has passed, and is unhealthy two seconds later. */
async function withFailingSibling(): Promise<string> {
  const never = ["CMD", "/probe", "check", "http://127.0.0.1:1/"];
  const args = {
    image: await ensureProbeImage(),
    command: ["worker"],
    healthcheck: { tests: never, interval: "1s", retries: 2 },
    wait: true,
    waitTimeout: 30,
  };
  const code = `new docker.Container("sibling", ${JSON.stringify(args)}, { dependsOn: healthy.gate })`;
  return withSibling("docker", code);
}
