import { LABEL, PROXY_STATE_PATH, proxyVolume, recordsVolume } from "../../spec/names";
import { startLoad } from "../helpers/load";
import type { TestStack } from "../helpers/stack";
import { keyOf, WholeApplication } from "../helpers/whole";

const STEADY = { unchanged: expect.any(Number) };
const CLIENTS = { clients: 3, pause: 30 };

describe("what Slipway keeps on a Docker host is changed or lost: a plain up repairs it, or says the cure", () => {
  let application: WholeApplication;
  let stack: TestStack;

  beforeAll(async () => {
    application = await WholeApplication.create("platlost");
    stack = application.stack;
    await application.deploy("1");
    await application.deploy("2");
  });
  afterAll(() => stack.dispose());

  describe("the traffic", () => {
    const kamal = async (...command: string[]) => {
      const { id } = await application.find({ role: "edge" });
      const { exitCode, output } = await stack.transport.exec(id, ["kamal-proxy", ...command]);
      if (exitCode !== 0) throw new Error(output);
    };
    const repaired = async () => {
      const slots = (await stack.containers())
        .filter((c) => c.slot && c.role !== "trial")
        .map(keyOf);
      const run = await stack.deploy();
      expect(await application.answers()).toEqual(["2", "api"]);
      expect(
        (await stack.containers()).filter((c) => c.slot && c.role !== "trial").map(keyOf),
      ).toEqual(slots);
      expect((await stack.deploy()).changes).toEqual(STEADY);
      return run;
    };

    test("set back to the other slot: a flip, and no request fails", async () => {
      const { name } = await application.find({ role: "front", of: "idle" });
      const load = startLoad(stack.port, CLIENTS);
      const health = ["--health-check-path", "/slipway/health"];
      await kamal("deploy", stack.name, "--target", `${name}:80`, ...health);
      expect(await stack.version()).toBe("1");
      expect((await repaired()).output).toContain("flip:");
      expect((await load.stop()).failures).toEqual([]);
    });

    test("its entry removed: the slot that served last gets it back", async () => {
      await kamal("remove", stack.name);
      expect((await repaired()).output).toContain("restore:");
    });

    test("its table not written to its end: the proxy is asked; after a restart it is lost", async () => {
      const { id } = await application.find({ role: "edge" });
      await stack.transport.writeArchive(id, PROXY_STATE_PATH, { "kamal-proxy.state": "" });
      expect((await stack.deploy()).changes).toEqual(STEADY);
      await stack.transport.docker.getContainer(id).restart({ t: 1 });
      expect((await repaired()).output).toContain("restore:");
    });

    test("the edge and its table removed: the slot that served last gets it back", async () => {
      await (await application.container({ role: "edge" })).remove({ force: true });
      await stack.transport.docker.getVolume(proxyVolume(stack.name)).remove();
      expect((await repaired()).output).toContain("restore:");
    });
  });

  test("a live app taken out of its slot's network: the release gets another slot", async () => {
    const before = application.live;
    const web = await application.find({ service: "web", of: "live" });
    const [network] = await stack.transport.docker.listNetworks({
      filters: {
        label: [`${LABEL.application}=${stack.name}`, `${LABEL.resource}=network-${before}`],
      },
    });
    await stack.transport.docker.getNetwork(network!.Id).disconnect({ Container: web.id });
    await stack.deploy();
    expect(await application.answers()).toEqual(["2", "api"]);
    expect(application.live).not.toBe(before);
    // What is left of the other slot is swept, and forgotten.
    const { deleted, updated, ...next } = (await stack.deploy()).changes;
    expect(next).toEqual(STEADY);
    expect({ deleted, updated }).toEqual({ deleted: expect.any(Number), updated: 1 });
  });

  test("the volume of the records lost: refused with a cure, which keeps the data and what serves", async () => {
    const { docker } = stack.transport;
    const db = (await application.find({ role: "accessory" })).id;
    await stack.transport.writeArchive(db, "/data", { note: "kept" });
    await (await application.container({ role: "holder" })).remove();
    await docker.getVolume(recordsVolume(stack.name)).remove();
    const before = (await stack.containers()).map(keyOf);
    const load = startLoad(stack.port, CLIENTS);
    const refused = await stack.up();
    expect((await load.stop()).failures).toEqual([]);
    expect(refused.ok).toBe(false);
    expect(refused.output).toContain(`volume ${recordsVolume(stack.name)}: it is gone`);
    expect((await stack.containers()).map(keyOf)).toEqual(before);

    const cure = /docker volume create (.*?) (\S+), then run again/.exec(refused.output)!;
    const labels = [...cure[1]!.matchAll(/--label (\S+)=(\S+)/g)].map(([, name, value]) => [
      name,
      value,
    ]);
    await docker.createVolume({ Name: cure[2]!, Labels: Object.fromEntries(labels) });
    const serving = (await stack.slot(application.live)).map(keyOf);
    await stack.deploy();
    expect(await application.answers()).toEqual(["2", "api"]);
    expect((await stack.slot(application.live)).map(keyOf)).toEqual(serving);
    const files = await stack.transport.readArchive(
      (await application.find({ role: "accessory" })).id,
      "/data/note",
    );
    expect(files.get("note")).toBe("kept");
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });
});
