import { makePlan } from "../../../spec/plan";
import type { ApplicationSpec, Observation } from "../../../spec/types";
import {
  container,
  edge,
  frozen,
  incomplete,
  empty,
  serving,
  untouched,
  versioned,
} from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const [one, two] = [versioned("1"), versioned("2")];
const lock = { who: "Ann", why: "the database moves", at: "2026-01-01T10:00:00.000Z" };

const plan = (found: Observation, config: Partial<ApplicationSpec> = {}, wanted = one) => {
  const spec = application({ version: wanted.label, ...config });
  return makePlan(frozen(spec), frozen(wanted), frozen(found));
};
const made = (...args: Parameters<typeof plan>) => {
  const result = plan(...args);
  if (result.kind === "refused") throw new Error(JSON.stringify(result.faults));
  return result;
};

describe("a lock", () => {
  const locked = serving(one, { lock });
  const refusal = {
    kind: "refused",
    faults: [
      {
        path: "lock",
        what: "deploys to test are locked by Ann, since 2026-01-01T10:00:00.000Z: the database moves",
        cure: "Nothing was changed. Ask Ann; when it may go: slipway unlock -e test",
      },
    ],
  };

  test("refuses a deploy, with who, since when, why, and the cure", () => {
    expect(plan(locked, {}, two)).toEqual(refusal);
    expect(plan({ ...untouched(), lock })).toEqual(refusal);
  });

  test("lets a run pass that deploys nothing, and is told in it", () => {
    const { kind, warnings } = made(locked);
    expect(kind).toBe("steady");
    expect(warnings).toEqual([expect.stringMatching(/^deploys are locked by Ann, since/)]);
  });

  test("lets maintenance begin and end", () => {
    expect(made(locked, { maintenance: "soon" }).kind).toBe("steady");
    expect(made({ ...locked, maintenance: "soon" }).kind).toBe("steady");
  });

  test("refuses what interrupts a shared part", () => {
    const docker = { ...application().docker, bind: "0.0.0.0" };
    expect(plan(locked, { docker })).toEqual(refusal);
    const db = service({ name: "db", role: "accessory" });
    const old = container({ labels: { "slipway.spec": "of another image" } });
    const settled = { edge: "id-edge", "accessory-db": old.id };
    const found = serving(one, { lock, accessories: [old], settled });
    expect(plan(found, { services: [service(), db] })).toEqual(refusal);
  });

  test("does not keep from making anew what is gone", () => {
    const found = serving(one, { lock, edge: edge({ running: false }) });
    expect(made(found).edge.action).toBe("create");
  });
});

describe("maintenance", () => {
  const told = (found: Partial<Observation>, maintenance?: string) =>
    made(serving(one, found), maintenance === undefined ? {} : { maintenance }).summary.slice(1);

  test("the summary says what becomes of it", () => {
    expect(told({})).toEqual([]);
    expect(told({}, "soon")).toEqual(["it goes into maintenance: every request gets 503: soon"]);
    expect(told({ maintenance: "soon" }, "soon")).toEqual([
      "it is in maintenance: every request gets 503: soon",
    ]);
    expect(told({ maintenance: "" }, "soon")).toEqual([
      "maintenance, from now on every request gets 503: soon",
    ]);
    expect(told({ maintenance: "" })).toEqual(["it leaves maintenance: requests reach it again"]);
  });

  test("a slot that is not whole is left alone in it, and mended after it", () => {
    const slots = { blue: incomplete("blue", one), green: empty() };
    const found = serving(one, { slots });
    expect(made(found).kind).toBe("deploy");
    expect(made(found, { maintenance: "soon" })).toMatchObject({
      kind: "steady",
      target: "blue",
      summary: [
        expect.any(String),
        expect.any(String),
        expect.stringContaining("not running: api"),
      ],
    });
    expect(made({ ...found, maintenance: "soon" }).kind).toBe("deploy");
  });

  test("another release is deployed as ever", () => {
    const found = serving(one, { maintenance: "soon" });
    expect(made(found, { maintenance: "soon" }, two)).toMatchObject({
      kind: "deploy",
      target: "green",
    });
  });
});
