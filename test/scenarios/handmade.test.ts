import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { type Container, freePort, TestStack } from "../helpers/stack";

const STEADY = { unchanged: expect.any(Number) };
/** Few and slow: they are there to see every failure, not to find a limit. */
const CLIENTS = { clients: 3, pause: 30 };
const keyOf = ({ id, startedAt }: Container) => `${id} ${startedAt}`;

type Victim = Partial<Container> & { of?: "live" | "idle" };

/** What a hand does to which containers, and whether clients of `web` notice. */
const DONE: [what: string, does: "stop" | "remove", victims: Victim[], heard: boolean][] = [
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
  let stack: TestStack;
  let apiPort: number;
  const compose = async (version: string) =>
    stack.compose(
      {
        web: await probe(version, { port: stack.port, environment: { SERVICE: "web" } }),
        api: await probe(version, { port: apiPort, environment: { SERVICE: "api" } }),
        jobs: {
          ...(await probe(version)),
          healthcheck: undefined,
          command: ["worker"],
          "x-slipway": { role: "worker" },
        },
        db: await probe("db", { "x-slipway": { role: "accessory" }, volumes: ["db:/data"] }),
      },
      { volumes: { db: {} } },
    );
  const live = () => stack.outputs().active as string;
  const idle = () => (live() === "blue" ? "green" : "blue");
  const find = async ({ of, ...like }: Victim): Promise<Container> => {
    const wanted = { ...like, ...(of ? { slot: of === "live" ? live() : idle() } : {}) };
    const all = await stack.containers();
    const found = all.find((c) =>
      Object.entries(wanted).every(([key, value]) => c[key as keyof Container] === value),
    );
    if (!found) throw new Error(`nothing like ${JSON.stringify(wanted)}`);
    return found;
  };
  const container = (id: string) => stack.transport.docker.getContainer(id);
  /** The two that serve, by what a client sees. */
  const answers = async () => {
    const api = await stack.get("/", apiPort, `localhost:${apiPort}`);
    return [await stack.version(), api.status === 200 ? JSON.parse(api.body).service : api.status];
  };

  beforeAll(async () => {
    stack = await TestStack.create("plathand");
    apiPort = await freePort();
    stack.set("services", { api: { replicas: 2 } });
    await compose("1");
    await stack.deploy();
    await compose("2");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test.each(DONE)("%s", async (_what, does, likes, heard) => {
    const before = await stack.containers();
    const serving = live();
    const victims = await Promise.all(likes.map(find));
    const [like] = likes;
    const load = startLoad(stack.port, CLIENTS);
    for (const { id } of victims) {
      if (does === "stop") await container(id).stop({ t: 1 });
      else await container(id).remove({ force: true });
    }
    await stack.deploy();
    const report = await load.stop();
    expect(await answers()).toEqual(["2", "api"]);
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
    const { deleted, ...next } = (await stack.deploy()).changes;
    expect(next).toEqual(STEADY);
    // What is left of a broken slot serves until the flip, and goes with the next run.
    if (like!.of !== "live") expect(deleted).toBeUndefined();
    const stopped = (await stack.containers()).filter((c) => c.state === "exited");
    expect(stopped.map((c) => c.role).filter((role) => role !== "trial")).toEqual([]);
  });
});
