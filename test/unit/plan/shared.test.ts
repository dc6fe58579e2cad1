import { makePlan } from "../../../spec/plan";
import { accessoryFingerprint, edgeLabel, inTheWay } from "../../../spec/shared";
import { LABEL } from "../../../spec/names";
import type { ApplicationSpec, DockerSettings, EdgePlan, Observation } from "../../../spec/types";
import {
  complete,
  container,
  edge,
  empty,
  frozen,
  observation,
  record,
  served,
  serving,
  SETTLED_EDGE,
  untouched,
  versioned,
} from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const [one, two] = [versioned("1"), versioned("2")];
const rule = application().ingress[0]!;
const docker = (more: Partial<DockerSettings>) => ({
  docker: { ...application().docker, ...more },
});

const plan = (found: Observation, config: Partial<ApplicationSpec> = {}) => {
  const spec = application({ version: "2", ...config });
  const wanted = versioned(spec.version!, config);
  return makePlan(frozen(spec), frozen(wanted), frozen(found));
};

function deployed(found: Observation, config: Partial<ApplicationSpec> = {}) {
  const made = plan(found, config);
  if (made.kind === "refused") throw new Error(JSON.stringify(made.faults));
  return made;
}

describe("the edge", () => {
  test("absent: created with the ports of the first release", () => {
    const ingress = [{ ...rule, publishedPort: 9000 }, rule, { ...rule, path: "/api" }];
    expect(deployed(untouched(), { ingress }).edge).toEqual({
      action: "create",
      image: "basecamp/kamal-proxy:v0.9.2",
      bind: "127.0.0.1",
      ports: [8000, 9000],
    });
  });

  test("absent: created with the ports that the stack says", () => {
    expect(deployed(untouched(), docker({ ports: [8000, 443] })).edge.ports).toEqual([8000, 443]);
  });

  test("there, running and settled: kept", () => {
    expect(deployed(serving(one)).edge.action).toBe("keep");
  });

  test("stopped: made anew", () => {
    const found = serving(one, { edge: edge({ running: false }) });
    expect(deployed(found).edge.action).toBe("create");
  });

  test("the orphan of a killed run, which nothing settled: made anew", () => {
    expect(deployed(serving(one, { settled: {} })).edge.action).toBe("create");
  });

  test("its ports are kept when the stack says none, though the release needs fewer", () => {
    const found = serving(one, { edge: edge({}, [8000, 9000]) });
    expect(deployed(found).edge).toMatchObject({ action: "keep", ports: [8000, 9000] });
  });

  test.each<[string, Partial<DockerSettings>]>([
    ["ports", { ports: [8000, 9000] }],
    ["address", { bind: "0.0.0.0" }],
    ["image", { proxyImage: "basecamp/kamal-proxy:v0.9.3" }],
  ])("its %s changes in a steady run: allowed", (_what, more) => {
    const made = deployed(serving(one), { version: "1", ...docker(more) });
    expect([made.kind, made.edge.action]).toEqual(["steady", "change"]);
  });

  test("the summary of a change says what it interrupts", () => {
    const made = deployed(serving(one), { version: "1", ...docker({ ports: [8000, 9000] }) });
    expect(made.summary.at(-1)).toBe(
      "the edge is re-created with ports 8000, 9000: a short interruption",
    );
  });

  test("a change together with a deploy: refused", () => {
    expect(plan(serving(one), docker({ ports: [8000, 9000] }))).toEqual({
      kind: "refused",
      faults: [
        {
          path: "slipway:docker",
          what: "the edge (its ports, 443 for https too, address or image) changes together with a deploy",
          cure: expect.stringContaining("run of its own"),
        },
      ],
    });
  });

  test("a change together with going back to the other slot: refused", () => {
    const found = observation({
      serving: "green",
      slots: { blue: empty(), green: complete("green", two) },
      records: [record(one, [served("blue", 1)]), record(two, [served("green", 2)])],
    });
    expect(plan(found, { release: one.id, ...docker({ bind: "0.0.0.0" }) })).toMatchObject({
      kind: "refused",
      faults: [{ path: "slipway:docker" }],
    });
  });

  test("a release that needs a port more: refused, with the line to write", () => {
    const ingress = [rule, { ...rule, service: "web", publishedPort: 9000 }];
    expect(plan(serving(one), { ingress })).toEqual({
      kind: "refused",
      faults: [
        {
          path: "slipway:docker.ports",
          what: "the release needs port 9000, which the edge does not publish",
          given: "8000",
          cure: expect.stringContaining("`docker: {ports: [8000, 9000]}`"),
        },
      ],
    });
  });
});

describe("the edge with https", () => {
  const tls = { staging: false, redirect: true };
  const https = { domains: ["app.example.com"], tls };
  const withHttps = (ports: number[]) => {
    const { image, bind } = deployed(serving(one)).edge;
    const labels = { [LABEL.spec]: edgeLabel({ image, bind, ports, https: true }) };
    return serving(one, { edge: edge({ labels }) });
  };

  test("is re-created when https is added to what runs, and the summary says so", () => {
    const made = deployed(serving(one), { version: "1", ...https });
    expect(made.edge).toMatchObject({ action: "change", ports: [8000], https: true });
    expect(made.edge.opens).toEqual([80, 443]);
    expect(made.summary).toContain(
      "the edge is re-created with ports 8000, 80, 443: a short interruption",
    );
  });

  test("stays over deploys", () => {
    expect(deployed(withHttps([8000]), https).edge.action).toBe("keep");
  });

  test("stays when https goes: to close the port would interrupt", () => {
    expect(deployed(withHttps([8000])).edge).toMatchObject({ action: "keep", https: true });
  });

  test("closes the port when the stack names its ports", () => {
    const { edge: made } = deployed(withHttps([8000]), {
      version: "1",
      ...docker({ ports: [8000] }),
    });
    expect(made).toEqual(expect.objectContaining({ action: "change" }));
    expect(made.https).toBeUndefined();
  });

  test("has port 80, though no port is named so", () => {
    const ingress = [{ ...rule, publishedPort: 80 }];
    expect(deployed(withHttps([8000]), { ingress, ...https }).edge.action).toBe("keep");
  });

  test.each<[string, object, string, string]>([
    ["443 for plain HTTP", docker({ ports: [443, 8000] }), "slipway:tls", "port 443 is for https"],
    [
      "a redirect away from a second port",
      {
        ...docker({ ports: [8000, 9000] }),
        ingress: [rule, { ...rule, service: "web", publishedPort: 9000 }],
      },
      "slipway:tls.redirect",
      "requests on port 9000 would be redirected to another service",
    ],
  ])("refused: %s", (_what, more, path, what) => {
    const made = plan(untouched(), { ...https, ...more });
    expect(made).toMatchObject({ kind: "refused", faults: [{ path }] });
    expect(JSON.stringify(made)).toContain(what);
  });
});

const db = (more: object = {}) =>
  service({
    name: "db",
    role: "accessory",
    image: { kind: "reference", reference: "postgres:16" },
    ...more,
  });
const withDb = (more: object = {}) => ({ services: [service(), db(more)] });
const dbThere = (more: object = {}) =>
  container({ labels: { [LABEL.spec]: accessoryFingerprint(db()) }, ...more });
const settled = { ...SETTLED_EDGE, "accessory-db": "id-accessory-db" };
const dbAction = (found: Partial<Observation>, more: object = {}) =>
  deployed(serving(one, { settled, ...found }), withDb(more)).accessories;

describe("an accessory", () => {
  test("there, running and settled: kept", () => {
    expect(dbAction({ accessories: [dbThere()] })).toEqual({ db: "keep" });
  });

  test("absent: created", () => {
    expect(dbAction({ accessories: [] })).toEqual({ db: "create" });
  });

  test("stopped: created", () => {
    expect(dbAction({ accessories: [dbThere({ running: false })] })).toEqual({ db: "create" });
  });

  test("the orphan of a killed run: created", () => {
    expect(dbAction({ accessories: [dbThere()], settled: SETTLED_EDGE })).toEqual({ db: "create" });
  });

  test("the settled one counts when an orphan is beside it", () => {
    const accessories = [dbThere({ id: "orphan", running: false }), dbThere()];
    expect(dbAction({ accessories })).toEqual({ db: "keep" });
  });

  test("the user's own keys differ: changed", () => {
    expect(dbAction({ accessories: [dbThere()] }, { command: ["-c", "fsync=off"] })).toEqual({
      db: "change",
    });
  });

  test("why it is an accessory does not count", () => {
    expect(dbAction({ accessories: [dbThere()] }, { reason: "said by hand" })).toEqual({
      db: "keep",
    });
  });

  test("the summary of a change says what restarts", () => {
    const made = deployed(serving(one, { settled, accessories: [dbThere()] }), {
      ...withDb({ user: "999" }),
    });
    expect(made.summary).toContain('this restarts "db", which both slots use');
  });
});

describe("what stands in the way", () => {
  const keepEdge: EdgePlan = { action: "keep", image: "", bind: "", ports: [] };
  const ids = (
    found: Partial<Observation>,
    action: "keep" | "create" | "change",
    edgeAction: EdgePlan["action"] = "keep",
  ) =>
    inTheWay(
      frozen(observation({ settled, ...found })),
      { db: action },
      { ...keepEdge, action: edgeAction },
    );

  test("nothing while all that is there is settled", () => {
    expect(ids({ accessories: [dbThere()] }, "keep")).toEqual([]);
  });

  test("an unsettled orphan beside the settled accessory", () => {
    const accessories = [dbThere(), dbThere({ id: "orphan" })];
    expect(ids({ accessories }, "keep")).toEqual(["orphan"]);
  });

  test("a holder while nothing is settled: no state may know of it", () => {
    const holders = [container({ id: "holder" })];
    expect(ids({ holders }, "keep")).toEqual([]);
    expect(ids({ holders, settled: {} }, "keep")).toEqual(["holder"]);
  });

  test("a stopped accessory that is made anew", () => {
    expect(ids({ accessories: [dbThere({ running: false })] }, "create")).toEqual([
      "id-accessory-db",
    ]);
  });

  test("not the accessory that a change replaces: the engine stops it itself", () => {
    expect(ids({ accessories: [dbThere()] }, "change")).toEqual([]);
  });

  test("not an accessory that the description does not name", () => {
    const accessories = [container({ id: "other", service: "cache", resource: "accessory-cache" })];
    expect(ids({ accessories }, "keep")).toEqual([]);
  });

  test("a stopped or unsettled edge that is made anew", () => {
    expect(ids({ accessories: [dbThere()] }, "keep", "create")).toEqual(["id-edge"]);
  });

  const worker = (more: object = {}) =>
    container({ resource: "worker-jobs", service: "jobs", role: "worker", slot: "blue", ...more });

  test("the unsettled worker of a killed run, which would do the work twice", () => {
    const found = {
      workers: [worker(), worker({ id: "orphan" })],
      settled: { ...settled, "worker-jobs": "id-worker-jobs" },
    };
    expect(ids(found, "keep")).toEqual(["orphan"]);
  });

  test("not a settled worker: it works on until the traffic has moved", () => {
    const found = {
      workers: [worker()],
      settled: { ...settled, "worker-jobs": "id-worker-jobs" },
    };
    expect(ids(found, "keep")).toEqual([]);
  });
});
