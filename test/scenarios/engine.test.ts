import { DockerPlatform } from "../../provider/docker";
import { Transport } from "../../provider/docker/transport";
import { PROXY_IMAGE, ROUTER_IMAGE } from "../../spec/defaults";
import { LABEL } from "../../spec/names";
import { engineHost } from "../../toolchain/engine";
import { ensureBaseImages } from "../../toolchain/images";
import { FaultyEngine } from "../helpers/faultyEngine";
import { startLoad } from "../helpers/load";
import { PrivateEngine } from "../helpers/privateEngine";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { type Container, TestStack } from "../helpers/stack";
import { until } from "../helpers/until";

const STEADY = { unchanged: expect.any(Number) };
const NAME = "platengine";

// Elsewhere (no root, or the engine in a virtual machine) nobody can kill it for a test.
const onOwnEngine = PrivateEngine.possible() ? describe : describe.skip;

onOwnEngine("what happens to the engine itself", () => {
  let engine: PrivateEngine;
  let stack: TestStack;
  const compose = async (version: string, web: Record<string, unknown> = {}) =>
    stack.compose(
      {
        web: await probe(version, {
          port: stack.port,
          depends_on: { db: { condition: "service_healthy" } },
          ...web,
        }),
        db: await probe("db", { "x-slipway": { role: "accessory" }, volumes: ["db:/data"] }),
      },
      { volumes: { db: {} } },
    );
  const ids = async () => (await stack.containers()).map((c) => c.id);
  const starts = async () => (await stack.containers()).map((c) => `${c.id} ${c.startedAt}`);
  const one = async (like: Partial<Container>): Promise<Container> => {
    const same = (c: Container) =>
      Object.entries(like).every(([key, value]) => c[key as keyof Container] === value);
    return (await stack.containers()).find(same)!;
  };
  /** What the application says of itself and, through its own network, of its database. */
  const whole = async () => {
    const database = await stack.get(`/call?url=${encodeURIComponent("http://db:8080/")}`);
    return `${await stack.version()} ${/"version":"(\w+)"/.exec(database.body)?.[1]}`;
  };
  const becomesWhole = (version: string) =>
    until(async () => (await whole()) === `${version} db`, 45);
  /** What the state holds, without times. */
  const resources = () =>
    JSON.stringify(
      JSON.parse(stack.state()).checkpoint.latest.resources.map((r: any) => [r.urn, r.id]),
    );
  const note = async () => {
    const files = await stack.transport.readArchive(
      (await one({ service: "db" })).id,
      "/data/note",
    );
    return files.get("note");
  };

  beforeAll(async () => {
    engine = await PrivateEngine.start();
    const mirrors = await ensureBaseImages(() => {});
    const images = [PROXY_IMAGE, ROUTER_IMAGE].map((image) => mirrors[image] ?? image);
    await engine.load([await ensureProbeImage(), ...images]);
    stack = await TestStack.create(NAME, engine);
    await engine.open(stack.port);
    await compose("1");
    await stack.deploy();
    await compose("2");
    await stack.deploy();
    const db = await one({ service: "db" });
    await stack.transport.writeArchive(db.id, "/data", { note: "kept" });
  });
  afterAll(async () => {
    await stack?.dispose().catch(() => {});
    await engine?.dispose();
  });

  test("its daemon restarts: everything comes back by itself, and there is nothing to be done", async () => {
    const before = await ids();
    await engine.stop();
    await engine.start();
    await becomesWhole("2");
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await ids()).toEqual(before);
  });

  test("a power cut: everything comes back by itself, and there is nothing to be done", async () => {
    const before = await ids();
    await engine.cutPower();
    await expect(stack.version()).rejects.toThrow();
    await engine.start();
    await becomesWhole("2");
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await ids()).toEqual(before);
    expect(await note()).toBe("kept");
  });

  test("in whatever order they start: the edge before the app, the app before its database", async () => {
    const order = [{ role: "edge" }, { service: "web", slot: "green" }, { service: "db" }];
    const containers = (await Promise.all(order.map(one))).map(({ id }) =>
      stack.transport.docker.getContainer(id),
    );
    for (const container of containers) await container.stop({ t: 1 });
    for (const container of containers) {
      await container.start();
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    await becomesWhole("2");
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("it hangs: up and preview end with an error, the next up works", async () => {
    const before = await starts();
    const state = resources();
    engine.freeze();
    const begin = Date.now();
    const update = await stack.up();
    const took = Date.now() - begin;
    const runs = [update, await stack.preview()];
    const changed = resources() !== state;
    engine.thaw();
    for (const { ok, output } of runs) {
      expect(ok).toBe(false);
      expect(output).toMatch(/cannot be read: the Docker engine at \S+: no answer within 10 s/);
      expect(output).toContain("Nothing was changed");
    }
    expect(took).toBeLessThan(30_000);
    expect(changed).toBe(false);
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await starts()).toEqual(before);
  });

  describe("a half-readable one is an error, never an empty one", () => {
    let faulty: FaultyEngine;
    beforeAll(async () => {
      faulty = new FaultyEngine(engine.host.slice("unix://".length));
      await faulty.listen();
    });
    afterAll(() => faulty?.close());

    const PARTS: [what: string, path: RegExp][] = [
      ["its identity", /\/info$/],
      ["the claim", /\/volumes\//],
      ["containers", /\/containers\/json/],
      ["records", /\/archive\?path=%2Frecords/],
      ["the proxy's table", /\/archive\?path=%2Fhome/],
      ["images", /\/images\/json/],
      ["networks", /\/networks/],
    ];
    test.each(PARTS)("%s", async (_what, path) => {
      const look = () => new DockerPlatform(faulty.host, NAME).observe();
      faulty.break(undefined);
      const { observation } = await look();
      expect(observation.serving).toBe("green");
      faulty.break(path, "error");
      await expect(look()).rejects.toThrow("something went wrong in the engine");
    });

    test("up ends with it, and nothing is changed", async () => {
      const before = await starts();
      const state = resources();
      stack.onHost(faulty.host);
      faulty.break(/\/archive\?path=%2Frecords/, "error");
      const broken = await stack.up();
      faulty.break(/\/archive\?path=%2Frecords/, "half an answer");
      const silent = await stack.up();
      stack.onHost(engine.host);
      expect(broken.output).toContain("something went wrong in the engine");
      expect(silent.output).toContain("no answer within 10 s");
      for (const { ok, output } of [broken, silent]) {
        expect(ok).toBe(false);
        expect(output).toContain("Nothing was changed");
      }
      expect(resources()).toBe(state);
      expect(await starts()).toEqual(before);
    });
  });

  test("docker.host leads to another engine: refused with the procedure, nothing is done on either", async () => {
    const before = await starts();
    stack.onHost(engineHost());
    const runs = [await stack.preview(), await stack.up()];
    stack.onHost(engine.host);
    for (const { ok, output } of runs) {
      expect(ok).toBe(false);
      expect(output).toContain("is not the one that this stack was deployed to");
      expect(output).toContain("Point slipway:docker.host back at the old one");
    }
    expect(await starts()).toEqual(before);
    const elsewhere = new Transport(engineHost());
    const label = [`${LABEL.application}=${NAME}`];
    expect(await elsewhere.docker.listContainers({ all: true, filters: { label } })).toEqual([]);
    // Beside the address of the plugin, which is known to the state before the claim refuses.
    const { updated: _address, ...next } = (await stack.deploy()).changes;
    expect(next).toEqual(STEADY);
  });

  test("the stack is renamed: nothing changes", async () => {
    const before = await starts();
    await stack.rename("platrenamed");
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await starts()).toEqual(before);
  });

  test("its disk is full: a deploy and a flip fail, the old release serves, with room again it goes on", async () => {
    const before = await starts();
    const { records } = stack.outputs();
    const load = startLoad(stack.port, { clients: 3, pause: 30 });
    const makeRoom = engine.fillDisk();
    stack.set("release", records[0].release);
    const flip = await stack.up();
    stack.set("release", undefined);
    await compose("3");
    const deploy = await stack.up();
    makeRoom();
    expect([flip.ok, deploy.ok]).toEqual([false, false]);
    expect(flip.output).toContain("no space left on device");
    expect(deploy.output).toMatch(/disk: .* free for Docker on the host .*slipway prune/);
    const live = (await stack.containers()).filter((c) => c.slot !== "blue");
    expect(before).toEqual(expect.arrayContaining(live.map((c) => `${c.id} ${c.startedAt}`)));
    expect(await stack.version()).toBe("2");
    await stack.deploy();
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(await whole()).toBe("3 db");
    expect(await note()).toBe("kept");
    expect(stack.outputs().records.map((r: any) => r.release)).toEqual(
      expect.arrayContaining(records.map((r: any) => r.release)),
    );
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("somebody prunes it: records and data stay, and what cannot be gone back to is said", async () => {
    const { docker } = stack.transport;
    // An image that nothing else has, and that is in use no more when the prune comes.
    const web = await one({ service: "web", slot: stack.outputs().active });
    await docker.getContainer(web.id).commit({ repo: "slipway.local/plat-only", tag: "1" });
    await compose("4", { image: "slipway.local/plat-only:1" });
    await stack.deploy();
    const gone = stack.outputs().release;
    for (const version of ["5", "6"]) {
      await compose(version);
      await stack.deploy();
    }
    const { records, release } = stack.outputs();
    const running = (await stack.containers()).filter((c) => c.state === "running");
    const load = startLoad(stack.port, { clients: 3, pause: 30 });

    await docker.pruneContainers();
    await docker.pruneImages({ filters: JSON.stringify({ dangling: { false: true } }) } as object);
    await docker.pruneNetworks();
    expect((await stack.preview()).ok).toBe(true);
    await stack.deploy();
    expect(stack.outputs()).toMatchObject({ release, records });
    expect((await stack.containers()).filter((c) => c.state === "running")).toEqual(running);
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await note()).toBe("kept");

    stack.set("release", gone);
    const refused = await stack.up();
    expect(refused.ok).toBe(false);
    expect(refused.output).toContain('the image of "web" is gone (slipway.local/plat-only:1)');
    const idle = records.find((r: any) => r.version !== "6" && refused.output.includes(r.release));
    expect(idle).toBeDefined();
    stack.set("release", records.at(-2).release);
    expect((await stack.deploy()).output).toContain("flip:");
    stack.set("release", undefined);
    expect((await load.stop()).failures).toEqual([]);
    expect(await whole()).toBe("5 db");
  });
});
