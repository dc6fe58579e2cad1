import { makePlan } from "../../../spec/plan";
import type { ApplicationSpec, Fault, Observation, Release, Slot } from "../../../spec/types";
import {
  complete,
  container,
  empty,
  frozen,
  moving,
  observation,
  passed,
  record,
  rolledBack,
  served,
  serving,
  versioned,
} from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const [one, two, three] = [versioned("1"), versioned("2"), versioned("3")];
const otherTwo = versioned("2", { services: [service({ command: ["other"] })] });

/** Release 2 serves from green, 1 is beside it in blue; both have served. */
function history(overrides: Partial<Observation> = {}): Observation {
  return observation({
    serving: "green",
    slots: { blue: complete("blue", one), green: complete("green", two) },
    records: [
      record(one, [passed("blue", 1), served("blue", 2)]),
      record(two, [passed("green", 3), served("green", 4)]),
    ],
    ...overrides,
  });
}

const plan = (
  config: Partial<ApplicationSpec>,
  found: Observation,
  wanted: Release = versioned(config.version ?? "3"),
) => makePlan(frozen(application({ version: "3", ...config })), frozen(wanted), frozen(found));

function deployed(...args: Parameters<typeof plan>) {
  const made = plan(...args);
  if (made.kind === "refused") throw new Error(JSON.stringify(made.faults));
  return made;
}

function refused(...args: Parameters<typeof plan>): Fault[] {
  const made = plan(...args);
  if (made.kind !== "refused") throw new Error(`not refused: ${made.summary.join("\n")}`);
  return made.faults;
}

describe("slipway:release", () => {
  test("by id: that release, and not what the description asks for", () => {
    expect(deployed({ release: one.id }, history()).release.id).toBe(one.id);
  });

  test("by the version that one served record bears", () => {
    expect(deployed({ release: "1" }, history()).release.id).toBe(one.id);
  });

  test("back to what is complete beside it: a flip", () => {
    const { kind, target, kept } = deployed({ release: one.id }, history());
    expect({ kind, target, kept }).toEqual({ kind: "flip", target: "blue", kept: "green" });
  });

  test("back to what is in no slot: a deploy", () => {
    const found = history({ slots: { blue: empty(), green: complete("green", two) } });
    expect(deployed({ release: one.id }, found)).toMatchObject({ kind: "deploy", target: "blue" });
  });

  test("what serves already: steady", () => {
    expect(deployed({ release: two.id }, history()).kind).toBe("steady");
  });

  test("unknown: refused, with those that are possible", () => {
    expect(refused({ release: "9" }, history())).toEqual([
      {
        path: "slipway:release",
        what: "no retained release has this id or version",
        given: "9",
        allowed: `${one.id} (1), ${two.id} (2)`,
        cure: "pulumi config set release <id>, or pulumi config rm release",
      },
    ]);
  });

  test("the version of a release that never served is unknown", () => {
    const found = history({ records: [...history().records, record(three)] });
    expect(refused({ release: "3" }, found)[0]!.what).toContain("no retained release");
  });

  test("nothing is retained: the refusal says so", () => {
    const found = observation({ serving: undefined, records: [] });
    expect(refused({ release: "1" }, found)[0]!.allowed).toBe("none is retained");
  });

  test("a version that two served records bear: refused, with both ids", () => {
    const records = [...history().records, record(otherTwo, [served("blue", 5)])];
    const [fault] = refused({ release: "2" }, history({ records }));
    expect(fault!.what).toBe(`2 releases bear this version: ${two.id} (2), ${otherTwo.id} (2)`);
  });

  test("the id chooses between two that bear one version", () => {
    const records = [...history().records, record(otherTwo, [served("blue", 5)])];
    expect(deployed({ release: otherTwo.id }, history({ records })).release.id).toBe(otherTwo.id);
  });

  test("another version that is given meanwhile is named as not deployed", () => {
    expect(deployed({ release: one.id, version: "3" }, history()).warnings).toEqual([
      "slipway:release pins 1; version 3 is not deployed while it is set (pulumi config rm release)",
    ]);
  });
});

describe("a pinned release that cannot be made again", () => {
  const slots = { blue: empty(), green: complete("green", two) };
  const served1 = [served("blue", 2)];
  const served2 = record(two, [served("green", 4)]);

  test("an image is gone: refused, with those that are possible", () => {
    const records = [record(one, served1, { api: "shop-api:1" }), served2];
    const [fault] = refused({ release: one.id }, history({ slots, records }));
    expect(fault!.what).toBe(
      `release ${one.id} (1) cannot be deployed: the image of "api" is gone (shop-api:1)`,
    );
    expect(fault!.allowed).toBe(`${two.id} (2)`);
  });

  test("a release whose own image is gone is not named as possible", () => {
    const lost = record(three, [served("blue", 3)], { api: "shop-api:3" });
    const records = [record(one, served1, { api: "shop-api:1" }), lost, served2];
    const [fault] = refused({ release: one.id }, history({ slots, records }));
    expect(fault!.allowed).toBe(`${two.id} (2)`);
  });

  test("a secret is gone: refused, with its name", () => {
    const old = versioned("1", { secrets: { TOKEN: "0123456789abcdef" } });
    const [fault] = refused(
      { release: old.id },
      history({ slots, records: [record(old, served1), served2] }),
    );
    expect(fault!.what).toContain("the secret TOKEN is not in slipway:secrets any more");
  });

  test("a secret with another value is taken as it is today", () => {
    const old = versioned("1", { secrets: { TOKEN: "0123456789abcdef" } });
    const found = history({ slots, records: [record(old, served1), served2] });
    const availableSecrets = { TOKEN: "fedcba9876543210" };
    expect(deployed({ release: old.id, availableSecrets }, found).kind).toBe("deploy");
  });

  test("it still runs beside: a flip needs no image", () => {
    const records = [record(one, [passed("blue", 1), ...served1], { api: "shop-api:1" }), served2];
    expect(deployed({ release: one.id }, history({ records })).kind).toBe("flip");
  });
});

describe("a release that was rolled back from", () => {
  const held = (events = [served("green", 4), rolledBack(5)]) =>
    history({
      serving: "blue",
      records: [record(one, [served("blue", 2)]), record(two, events)],
    });

  test("is refused, with the date and the command", () => {
    expect(refused({ version: "2" }, held())).toEqual([
      {
        path: "slipway:force",
        what: `release ${two.id} (2) is held: it was rolled back from on 2026-01-01T10:05:00.000Z`,
        cure: `Deploy something newer; or, to deploy it all the same: pulumi config set force ${two.id}`,
      },
    ]);
  });

  test("is allowed by force with its id", () => {
    expect(deployed({ version: "2", force: two.id }, held()).release.id).toBe(two.id);
  });

  test("is refused by force with another id: force goes stale by itself", () => {
    expect(refused({ version: "2", force: one.id }, held())[0]!.path).toBe("slipway:force");
  });

  test("is free again once it has served later", () => {
    const found = held([served("green", 4), rolledBack(5), served("green", 6)]);
    expect(deployed({ version: "2" }, found).release.id).toBe(two.id);
  });

  const killedInDrain = (current: Slot) =>
    history({
      serving: current,
      slots: { blue: complete("blue", one), green: complete("green", two) },
      records: [
        record(one, [served("blue", 2), moving("blue", 5, two.id)]),
        record(two, [served("green", 4)]),
      ],
    });

  test("is held, too, when the rollback was killed in its drain", () => {
    expect(refused({ version: "2" }, killedInDrain("blue"))[0]!.path).toBe("slipway:force");
  });

  test("is not held when the rollback did not move the traffic", () => {
    expect(deployed({ version: "2" }, killedInDrain("green")).kind).toBe("steady");
  });

  test("does not hold another release", () => {
    expect(deployed({ version: "3" }, held()).release.id).toBe(three.id);
  });
});

describe("slipway:version", () => {
  test("a served record bears it with other content: refused, with both cures", () => {
    const [fault] = refused({ version: "2" }, history(), otherTwo);
    expect(fault).toMatchObject({
      path: "slipway:version",
      what: `release ${two.id} bears this version, with other content: api: command`,
      given: "2",
    });
    expect(fault!.cure).toContain("pulumi config set version");
    expect(fault!.cure).toContain(`pulumi config set release ${two.id}`);
  });

  test("a record that never served bears it: allowed", () => {
    const found = history({ records: [history().records[0]!, record(three)] });
    const changed = versioned("3", { services: [service({ command: ["other"] })] });
    const slots = { blue: complete("blue", one), green: empty() };
    expect(deployed({}, { ...found, serving: "blue", slots }, changed).release.id).toBe(changed.id);
  });

  test("the same content again: allowed", () => {
    expect(deployed({ version: "2" }, history(), two).kind).toBe("steady");
  });
});

describe("a slot that nobody can read", () => {
  const lost = history({ records: [history().records[1]!] });

  test("it runs a release without a record: refused, with the containers to remove", () => {
    expect(refused({}, lost)).toEqual([
      {
        path: "slot blue",
        what: `it runs release ${one.id}, whose record cannot be read`,
        cure: expect.stringContaining("docker rm -f shop-blue-api"),
      },
    ]);
  });

  test("it is told beside the other faults", () => {
    const paths = refused({ release: "9" }, lost).map((fault) => fault.path);
    expect(paths).toEqual(["slot blue", "slipway:release"]);
  });

  test("containers of several releases are no reason to refuse: they are swept", () => {
    const containers = [one, two].map(({ id }) => container({ id, release: id, slot: "green" }));
    const green = { state: "incomplete" as const, containers, lacking: [] };
    const found = serving(one, { slots: { blue: complete("blue", one), green } });
    expect(deployed({}, found).target).toBe("green");
  });
});
