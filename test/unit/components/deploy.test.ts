import { environment, labelsOf, type Made } from "../../helpers/mocks";
import {
  complete,
  container,
  empty,
  incomplete,
  observation,
  passed,
  record,
  served,
  versioned,
} from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const two = { services: [service(), service({ name: "web", ports: [], expose: [] })] };
const old = versioned("1", two);
const wanted = versioned("2");
const spec = application({ version: "2" });
const found = observation({
  serving: "blue",
  slots: { blue: complete("blue", old), green: incomplete("green", versioned("0")) },
  records: [record(old, [passed("blue", 1), served("blue", 2)]), record(versioned("0"))],
  networks: { "network-blue": "n1", "network-edge": "n2", "network-shared": "n3" },
  holders: [container({ resource: "records", role: "holder" })],
});

describe("a deploy beside a slot that serves", () => {
  let made: Made;
  beforeAll(async () => {
    made = await environment(spec, found);
  });

  test("sweeps what the observation finds in the slot to be filled", () => {
    expect(made.get("sweep").inputs).toMatchObject({ slot: "green", remove: ["id-green-api"] });
  });

  test("seals every resource of the slot that serves", () => {
    const kept = ["network-blue", "image-blue-api", "blue-api", "blue-web"];
    for (const name of kept) {
      const { ignoreChanges, inputs } = made.get(name);
      expect([...ignoreChanges].sort()).toEqual(["*", ...Object.keys(inputs)].sort());
    }
  });

  // A state that `--target` mixes from two runs must not have a resource before what it depends on.
  test("makes both slots wait for the same", () => {
    for (const name of ["image-blue-api", "image-green-api"]) {
      expect(made.get(name).waitsFor).toContain("sweep");
    }
  });

  test("declares the kept slot from its record, not from the description", () => {
    expect(labelsOf(made.get("blue-web"))["slipway.release"]).toBe(old.id);
    expect(made.names()).not.toContain("green-web");
  });

  test("seals what both slots stand on", () => {
    for (const name of ["edge", "records", "network-edge", "network-shared"]) {
      expect(made.get(name).ignoreChanges[0]).toBe("*");
    }
  });

  test("does not seal what it makes", () => {
    for (const name of ["network-green", "image-green-api", "green-api"]) {
      expect(made.get(name).ignoreChanges).toEqual([]);
    }
  });

  test("keeps the record of what serves, and writes the new one", () => {
    expect(made.names("slipway-platform:index:Release").sort()).toEqual(
      [`release-${old.id}`, `release-${wanted.id}`].sort(),
    );
  });

  test("moves the traffic from what the plan found", () => {
    const { inputs } = made.get("traffic");
    expect(inputs["expected"]).toEqual({ slot: "blue" });
    expect(inputs["table"]).toMatchObject({ slot: "green", release: wanted.id });
  });

  test("asks only the candidate in the gate", () => {
    const units = made.get("gate").inputs["units"] as { id: string }[];
    expect(units.map((unit) => unit.id)).toEqual(["green-api-id"]);
  });
});

test("a container of the kept slot that is gone is not declared, so nothing makes it anew", async () => {
  const blue = complete("blue", old);
  const slots = {
    blue: { ...blue, state: "incomplete" as const, containers: blue.containers.slice(0, 1) },
    green: empty(),
  };
  const made = await environment(spec, { ...found, slots });
  expect(made.names().filter((name) => name.startsWith("blue-"))).toEqual(["blue-api"]);
});

test("an idle slot that is not whole is not declared: the engine cleans it up", async () => {
  const slots = { blue: incomplete("blue", old), green: complete("green", wanted) };
  const records = [record(old), record(wanted, [passed("green", 3), served("green", 4)])];
  const made = await environment(spec, { ...found, serving: "green", slots, records });
  expect(made.plan.kind).toBe("steady");
  expect(made.names().filter((name) => /blue/.test(name))).toEqual([]);
});

describe("a steady run", () => {
  let made: Made;
  beforeAll(async () => {
    const oldSpec = application({ version: "1", ...two });
    made = await environment(oldSpec, { ...found, settled: { edge: "id-edge" } });
  });

  test("seals the slot that serves", () => {
    expect(made.plan.kind).toBe("steady");
    for (const name of ["blue-api", "blue-web", "network-blue"]) {
      expect(made.get(name).ignoreChanges[0]).toBe("*");
    }
  });

  test("sweeps what is left in the idle slot of a run that was killed: the state may not know of it", () =>
    expect(made.get("sweep").inputs).toMatchObject({ slot: "green", remove: ["id-green-api"] }));

  test("sweeps nothing of an idle slot that is whole", async () => {
    const slots = { blue: complete("blue", old), green: complete("green", wanted) };
    const records = [...found.records, record(wanted, [passed("green", 3), served("green", 0)])];
    const whole = await environment(application({ version: "1", ...two }), {
      ...found,
      slots,
      records,
    });
    expect(whole.plan.kind).toBe("steady");
    expect(whole.get("sweep").inputs["remove"]).toEqual([]);
  });

  test("with idle: empty it sweeps one that is whole, too", async () => {
    const { strategy } = spec;
    const slots = { blue: complete("blue", old), green: complete("green", wanted) };
    const records = [...found.records, record(wanted, [passed("green", 3), served("green", 0)])];
    const emptying = application({
      version: "1",
      ...two,
      strategy: { ...strategy, idle: "empty" },
    });
    const made = await environment(emptying, { ...found, slots, records });
    expect(made.get("sweep").inputs["remove"]).toHaveLength(slots.green.containers.length);
    expect(made.names().filter((name) => name.startsWith("green-"))).toEqual([]);
  });
});

test("going back says which release is left", async () => {
  const records = [
    record(old, [passed("blue", 1), served("blue", 2)]),
    record(wanted, [passed("green", 3), served("green", 4)]),
  ];
  const slots = { blue: complete("blue", old), green: complete("green", wanted) };
  const made = await environment(
    { ...spec, release: old.id },
    { ...found, serving: "green", slots, records },
  );
  expect(made.get("traffic").inputs).toMatchObject({
    rolledBackFrom: wanted.id,
    expected: { slot: "green" },
  });
});

test("orphans of shared parts are swept before what takes their place is made", async () => {
  const made = await environment(spec, { ...found, settled: {} });
  expect(made.get("sweep-shared").inputs["remove"]).toEqual(["id-edge", "id-records"]);
  expect(made.get("records").ignoreChanges).toEqual([]);
  expect(made.get("edge").waitsFor).toContain("sweep-shared");
  expect(made.get("edge").ignoreChanges).toEqual([]);
});

test("in maintenance the slot that serves is sealed, whole or not, and the traffic is closed", async () => {
  const slots = { ...found.slots, blue: incomplete("blue", old) };
  const closed = { ...spec, ...two, version: "1", maintenance: "soon" };
  const made = await environment(closed, { ...found, slots });
  for (const name of ["blue-api", "blue-web"]) expect(made.get(name).ignoreChanges[0]).toBe("*");
  expect(made.names()).not.toContain("green-api");
  expect(made.get("traffic").inputs["table"]).toMatchObject({ slot: "blue", maintenance: "soon" });
});
