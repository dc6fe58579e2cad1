import { makePlan } from "../../../spec/plan";
import type { ApplicationSpec, Observation, ReleaseRecord } from "../../../spec/types";
import {
  complete,
  dirty,
  empty,
  frozen,
  incomplete,
  observation,
  passed,
  record,
  served,
  serving,
  untouched,
  versioned,
} from "../../helpers/observation";
import { application } from "../../helpers/spec";

const wanted = versioned("new");

function plan(found: Observation, config: Partial<ApplicationSpec> = {}, release = wanted) {
  const spec = application({ version: "new", ...config });
  const made = makePlan(frozen(spec), frozen(release), frozen(found));
  if (made.kind === "refused") throw new Error(JSON.stringify(made.faults));
  return made;
}

/** Releases "1" to "n", each served once, in turn from blue and green. */
function history(n: number): ReleaseRecord[] {
  return Array.from({ length: n }, (_, index) =>
    record(versioned(String(index + 1)), [served(index % 2 === 0 ? "blue" : "green", index)]),
  );
}

const strategy = (retain: number) => ({
  strategy: { deployTimeout: 30, drainTimeout: 30, retain, idle: "keep" as const },
});
const versions = (made: ReturnType<typeof plan>) =>
  made.records.map(({ content }) => content.version);

describe("the records that are kept", () => {
  const seven = (overrides: Partial<Observation> = {}) =>
    observation({
      serving: "blue",
      slots: { blue: complete("blue", versioned("7")), green: empty() },
      records: history(7),
      ...overrides,
    });

  test("the target's own alone on a first deploy", () => {
    expect(versions(plan(untouched()))).toEqual(["new"]);
  });

  test("the target and the last ones that served: `retain` in all", () => {
    expect(versions(plan(seven(), strategy(3)))).toEqual(["6", "7", "new"]);
  });

  test("the last ones by when they served last, not by their age", () => {
    const [first, ...rest] = history(7);
    const back = { ...first!, events: [...first!.events, served("green", 8)] };
    expect(versions(plan(seven({ records: [back, ...rest] }), strategy(3)))).toEqual([
      "1",
      "7",
      "new",
    ]);
  });

  test("retain 1: nothing but the target and what goes on beside it", () => {
    expect(versions(plan(seven(), strategy(1)))).toEqual(["7", "new"]);
  });

  test("retain 1 in a steady run: what serves", () => {
    const found = seven();
    expect(versions(plan(found, { ...strategy(1), version: "7" }, versioned("7")))).toEqual(["7"]);
  });

  test("a failed candidate goes when its slot is filled with another", () => {
    const failed = versioned("failed");
    const found = serving(versioned("7"), {
      slots: { blue: complete("blue", versioned("7")), green: incomplete("green", failed) },
      records: [...history(7), record(failed)],
    });
    expect(versions(plan(found, strategy(2)))).toEqual(["7", "new"]);
  });

  test("a failed candidate stays as long as its slot is kept", () => {
    const failed = versioned("failed");
    const found = serving(versioned("7"), {
      slots: { blue: complete("blue", versioned("7")), green: complete("green", failed) },
      records: [...history(7), record(failed)],
    });
    const made = plan(found, { ...strategy(1), version: "7" }, versioned("7"));
    expect(versions(made)).toEqual(["failed", "7"]);
  });

  test("the release of the slot that goes on is kept, however old it is", () => {
    const found = seven({ slots: { blue: complete("blue", versioned("1")), green: empty() } });
    expect(versions(plan(found, strategy(2)))).toEqual(["1", "7", "new"]);
  });

  test("a target that is there already is told once", () => {
    const found = seven({ slots: { blue: complete("blue", versioned("7")), green: empty() } });
    expect(versions(plan(found, { ...strategy(2), version: "6" }, versioned("6")))).toEqual([
      "7",
      "6",
    ]);
  });

  test("those of a dirty slot are not kept for its sake", () => {
    const [a, b] = [versioned("a"), versioned("b")];
    const found = seven({
      slots: { blue: complete("blue", versioned("7")), green: dirty("green", a, b) },
      records: [...history(7), record(a), record(b)],
    });
    expect(versions(plan(found, strategy(2)))).toEqual(["7", "new"]);
  });
});

describe("what is held afterwards", () => {
  const [old, now] = [versioned("1"), versioned("2")];
  const found = (events: ReleaseRecord["events"] = [served("blue", 2)]) =>
    observation({
      serving: "green",
      slots: { blue: empty(), green: complete("green", now) },
      records: [record(old, events), record(now, [passed("green", 3), served("green", 4)])],
    });
  const left = (release: string | undefined, there = found()) =>
    plan(there, release === undefined ? {} : { release }).rolledBackFrom;

  test("the release that is left by going back in time", () => {
    expect(left(old.id)).toBe(now.id);
  });

  test("nothing when a pin goes forward in time", () => {
    expect(left(old.id, found([served("blue", 9)]))).toBeUndefined();
  });

  test("nothing when a pin goes to a release that never served", () => {
    expect(left(old.id, found([]))).toBeUndefined();
  });

  test("nothing when the pinned release serves already", () => {
    expect(left(now.id)).toBeUndefined();
  });

  test("nothing on a deploy of what the description asks for", () => {
    expect(left(undefined)).toBeUndefined();
  });

  test("nothing when nothing serves", () => {
    expect(left(old.id, { ...found(), serving: undefined, records: found().records })).toBe(
      undefined,
    );
  });

  test("the summary says what is held, and that tasks are not undone", () => {
    expect(plan(found(), { release: old.id }).summary.at(-1)).toBe(
      `release ${now.id} is held from now on; tasks that it ran are not undone`,
    );
  });
});
