import { projectRoot } from "../../toolchain/paths";
import { probe } from "../helpers/probe";
import { changedProgram } from "../helpers/program";
import type { TestStack } from "../helpers/stack";

const STEADY = { unchanged: expect.any(Number) };

export interface Several {
  create: () => Promise<TestStack>;
  /** Compose port of the second service. */
  apiPort: () => Promise<number>;
  /** A worker that the platform finds out before the flip, and what it says of it. */
  badWorker: { keys: object; said: RegExp };
  /** A file of the program, changed so that all that runs would be rendered with other values. */
  changed: Parameters<typeof changedProgram>;
}

/** The same on each platform: an application of two services behind a router, and a worker. */
export function severalServices({ create, apiPort: port, badWorker, changed }: Several): void {
  let stack: TestStack;
  let apiPort: number;
  const ids = async () => (await stack.containers()).map((c) => `${c.id} ${c.startedAt}`);
  const services = async (version: string, names: { api: string; worker?: object }) =>
    stack.compose({
      web: await probe(version, {
        port: stack.published,
        depends_on: { [names.api]: { condition: "service_healthy" } },
      }),
      [names.api]: await probe(version, { port: apiPort, environment: { SERVICE: names.api } }),
      ...(names.worker
        ? {
            jobs: {
              image: (await probe(version)).image,
              command: ["worker"],
              environment: { VERSION: version },
              "x-slipway": { role: "worker" },
              ...names.worker,
            },
          }
        : {}),
    });
  const workers = async () => (await stack.containers()).filter((c) => c.role === "worker");
  const api = async () => JSON.parse((await stack.at(apiPort)).body) as object;

  beforeAll(async () => {
    stack = await create();
    apiPort = await port();
    await services("1", { api: "api", worker: {} });
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test("each service answers on its own Compose port, behind one front door", async () => {
    expect(await stack.version()).toBe("1");
    expect(await api()).toMatchObject({ service: "api", version: "1" });
    const fronts = (await stack.containers()).filter((c) => c.role === "front");
    expect(fronts.map((c) => c.slot)).toEqual(["blue"]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("inside a slot a service's name means that slot's own", async () => {
    const answer = await stack.get(`/call?url=${encodeURIComponent("http://api:8080/")}`);
    expect(answer.body).toContain('"service":"api"');
  });

  test("all services flip together, and the worker is exchanged after it: never two at once", async () => {
    const [before] = await workers();
    await services("2", { api: "api", worker: {} });
    const load = stack.load();
    const seen: number[] = [];
    const watch = setInterval(
      () => void workers().then((w) => seen.push(w.filter((c) => c.state === "running").length)),
      200,
    );
    await stack.deploy();
    clearInterval(watch);
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(await api()).toMatchObject({ service: "api", version: "2" });
    const [after, ...more] = await workers();
    expect(more).toEqual([]);
    expect(after!.id).not.toBe(before!.id);
    expect(after).toMatchObject({ state: "running", slot: "green" });
    expect(Math.max(...seen)).toBe(1);
  });

  test("a worker that cannot be started is found out before the flip", async () => {
    const before = await workers();
    await services("2b", { api: "api", worker: badWorker.keys });
    const run = await stack.up();
    expect(run.ok).toBe(false);
    expect(run.output).toMatch(badWorker.said);
    expect(run.output).toContain("The traffic was not moved");
    expect(await stack.version()).toBe("2");
    expect(await workers()).toEqual(before);
  });

  test("a service renamed and the worker dropped: the new one takes over its port", async () => {
    await services("3", { api: "backend" });
    const load = stack.load();
    await stack.deploy();
    expect(await load.stop()).toMatchObject({ failures: [] });
    expect(await api()).toMatchObject({ service: "backend", version: "3" });
    expect(await workers()).toEqual([]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a rollback over that: the old name and the worker are back, no app container is touched", async () => {
    const record = stack.outputs().records.at(-2);
    const green = (await stack.slot("green")).map((c) => c.id);
    stack.set("release", record.release);
    const load = stack.load();
    await stack.deploy();
    const report = await load.stop();
    stack.set("release", undefined);
    expect(report.failures).toEqual([]);
    expect(await stack.version()).toBe("2");
    expect((await stack.slot("green")).map((c) => c.id)).toEqual(green);
    expect(await workers()).toHaveLength(1);
  });

  test("a code change of ours touches nothing that runs", async () => {
    stack.set("release", stack.outputs().release);
    await stack.deploy();
    const before = await ids();
    stack.program = changedProgram(...changed);
    const run = await stack.deploy();
    stack.program = projectRoot;
    stack.set("release", undefined);
    expect(run.changes).toEqual(STEADY);
    expect(await ids()).toEqual(before);
  });
}
