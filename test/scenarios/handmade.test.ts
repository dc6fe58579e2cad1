import { startLoad } from "../helpers/load";
import type { TestStack } from "../helpers/stack";
import { keyOf, type Like, WholeApplication } from "../helpers/whole";

const STEADY = { unchanged: expect.any(Number) };
/** Few and slow: they are there to see every failure, not to find a limit. */
const CLIENTS = { clients: 3, pause: 30 };

/** What a hand does to which containers, and whether clients of `web` notice. */
const DONE: [what: string, does: "stop" | "remove", victims: Like[], heard: boolean][] = [
  [
    "an idle app, the worker and the holder of the records removed",
    "remove",
    [{ service: "api", of: "idle" }, { role: "worker" }, { role: "holder" }],
    false,
  ],
  [
    "the worker and the accessory stopped",
    "stop",
    [{ role: "worker" }, { role: "accessory" }],
    false,
  ],
  ["the accessory and the edge removed", "remove", [{ role: "accessory" }, { role: "edge" }], true],
  ["the edge stopped", "stop", [{ role: "edge" }], true],
  ["the one container of a live app stopped", "stop", [{ service: "web", of: "live" }], true],
  ["one of two of a live app removed", "remove", [{ service: "api", of: "live" }], false],
  ["the live router stopped", "stop", [{ role: "front", of: "live" }], true],
  ["the live router removed", "remove", [{ role: "front", of: "live" }], true],
];

describe("done by hand on a Docker host: a plain up repairs it, the next one is steady", () => {
  let application: WholeApplication;
  let stack: TestStack;

  beforeAll(async () => {
    application = await WholeApplication.create("plathand");
    stack = application.stack;
    await application.deploy("1");
    await application.deploy("2");
  });
  afterAll(() => stack.dispose());

  test.each(DONE)("%s", async (_what, does, likes, heard) => {
    const before = await stack.containers();
    const serving = application.live;
    const victims = await Promise.all(likes.map((like) => application.find(like)));
    const [like] = likes;
    const load = startLoad(stack.port, CLIENTS);
    for (const { id } of victims) {
      const container = stack.transport.docker.getContainer(id);
      if (does === "stop") await container.stop({ t: 1 });
      else await container.remove({ force: true });
    }
    await stack.deploy();
    const report = await load.stop();
    expect(await application.answers()).toEqual(["2", "api"]);
    if (!heard) expect(report.failures).toEqual([]);
    const after = await stack.containers();
    const lasting = before.filter(
      (c) =>
        !victims.some(({ id }) => id === c.id) &&
        (["edge", "accessory", "holder"].includes(c.role) ||
          // With its front door a slot has lost all that it served.
          (c.slot === serving && c.role !== "worker" && like!.role !== "front")),
    );
    expect(after.map(keyOf)).toEqual(expect.arrayContaining(lasting.map(keyOf)));
    const { deleted, updated, ...next } = (await stack.deploy()).changes;
    expect(next).toEqual(STEADY);
    // What is left of a broken slot serves until the flip, and is swept by the next run.
    if (like!.of !== "live") expect([deleted, updated]).toEqual([undefined, undefined]);
    const stopped = (await stack.containers()).filter((c) => c.state === "exited");
    expect(stopped.map((c) => c.role).filter((role) => role !== "trial")).toEqual([]);
  });
});
