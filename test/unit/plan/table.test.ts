import { makePlan } from "../../../spec/plan";
import type { DeployPlan, Observation, Release } from "../../../spec/types";
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
  untouched,
  versioned,
} from "../../helpers/observation";
import { application } from "../../helpers/spec";

const [old, older, wanted] = [versioned("1"), versioned("0"), versioned("2")];
const spec = frozen(application({ version: "2" }));

/** Everything is frozen: a plan that changes its arguments throws. */
function plan(found: Observation, release: Release = wanted): DeployPlan {
  const made = makePlan(spec, frozen(release), frozen(found));
  if (made.kind === "refused") throw new Error(JSON.stringify(made.faults));
  return made;
}

const decision = (found: Observation) => {
  const { kind, target, kept } = plan(found);
  return { kind, target, kept };
};

const servedFromBlue = record(old, [passed("blue", 1), served("blue", 2)]);
const oldRecords = [record(older), servedFromBlue];
const wantedPassed = record(wanted, [passed("green", 3)]);

describe("nothing serves", () => {
  const found = (rest: Partial<Observation>) => decision(observation(rest));

  test("and nothing was ever there: the first deploy goes into blue", () => {
    expect(decision(untouched())).toEqual({ kind: "first", target: "blue", kept: undefined });
  });

  test("both slots are empty, blue served last: green is filled", () => {
    expect(found({ records: oldRecords })).toEqual({
      kind: "deploy",
      target: "green",
      kept: undefined,
    });
  });

  test("the last serving slot is complete: its traffic is restored", () => {
    expect(
      found({ slots: { blue: complete("blue", old), green: empty() }, records: oldRecords }),
    ).toEqual({ kind: "restore", target: "blue", kept: undefined });
  });

  test("both slots are complete: the last serving one is restored, the other kept", () => {
    expect(
      found({
        slots: { blue: complete("blue", old), green: complete("green", wanted) },
        records: [...oldRecords, wantedPassed],
      }),
    ).toEqual({ kind: "restore", target: "blue", kept: "green" });
  });

  test("the last serving slot is incomplete: the other one is filled", () => {
    expect(
      found({ slots: { blue: incomplete("blue", old), green: empty() }, records: oldRecords }),
    ).toEqual({ kind: "deploy", target: "green", kept: undefined });
  });

  test("the last serving slot is incomplete and the wanted release is complete beside it", () => {
    expect(
      found({
        slots: { blue: incomplete("blue", old), green: complete("green", wanted) },
        records: [...oldRecords, wantedPassed],
      }),
    ).toEqual({ kind: "flip", target: "green", kept: undefined });
  });

  test("the last serving slot runs another release by now: it is not restored, and kept", () => {
    expect(
      found({
        slots: { blue: complete("blue", older), green: empty() },
        records: oldRecords,
      }),
    ).toEqual({ kind: "deploy", target: "green", kept: "blue" });
  });

  test("the wanted release is complete, but passed no gate: it is made anew in blue", () => {
    expect(
      found({
        slots: { blue: complete("blue", wanted), green: empty() },
        records: [record(wanted)],
      }),
    ).toEqual({ kind: "first", target: "blue", kept: undefined });
  });
});

describe.each([
  ["complete", complete("blue", old)],
  ["incomplete", incomplete("blue", old)],
])("blue serves the old release and is %s", (_state, blue) => {
  const found = (green: Observation["slots"]["green"], records = [...oldRecords]) =>
    decision(observation({ serving: "blue", slots: { blue, green }, records }));

  test("green is empty: it is filled", () => {
    expect(found(empty())).toEqual({ kind: "deploy", target: "green", kept: "blue" });
  });

  test("green is complete with the wanted release and has passed a gate: only a flip", () => {
    expect(found(complete("green", wanted), [...oldRecords, wantedPassed])).toEqual({
      kind: "flip",
      target: "green",
      kept: "blue",
    });
  });

  test("green is complete with the wanted release and has passed no gate: it is filled anew", () => {
    expect(found(complete("green", wanted), [...oldRecords, record(wanted)])).toEqual({
      kind: "deploy",
      target: "green",
      kept: "blue",
    });
  });

  test("green is complete with the wanted release, which passed its gate in blue only", () => {
    const elsewhere = record(wanted, [passed("blue", 3)]);
    expect(found(complete("green", wanted), [...oldRecords, elsewhere])).toEqual({
      kind: "deploy",
      target: "green",
      kept: "blue",
    });
  });

  test("green is complete with another release: it is filled", () => {
    expect(found(complete("green", older))).toEqual({
      kind: "deploy",
      target: "green",
      kept: "blue",
    });
  });

  test("green lacks a service: it is filled", () => {
    expect(found(incomplete("green", wanted), [...oldRecords, wantedPassed])).toEqual({
      kind: "deploy",
      target: "green",
      kept: "blue",
    });
  });

  test("green holds containers of two releases: it is filled", () => {
    expect(found(dirty("green", older, wanted), [...oldRecords, wantedPassed])).toEqual({
      kind: "deploy",
      target: "green",
      kept: "blue",
    });
  });
});

describe("green serves the wanted release", () => {
  const records = [...oldRecords, record(wanted, [passed("green", 3), served("green", 4)])];
  const found = (
    green: Observation["slots"]["green"],
    blue: Observation["slots"]["blue"],
  ): ReturnType<typeof decision> =>
    decision(observation({ serving: "green", slots: { blue, green }, records }));

  test("complete, blue empty: steady", () => {
    expect(found(complete("green", wanted), empty())).toEqual({
      kind: "steady",
      target: "green",
      kept: undefined,
    });
  });

  test("complete, blue complete: steady, and blue is kept", () => {
    expect(found(complete("green", wanted), complete("blue", old))).toEqual({
      kind: "steady",
      target: "green",
      kept: "blue",
    });
  });

  test("complete, blue lacks a service: steady, and blue is cleaned up", () => {
    expect(found(complete("green", wanted), incomplete("blue", old))).toEqual({
      kind: "steady",
      target: "green",
      kept: undefined,
    });
  });

  test("complete, blue dirty: steady, and blue is cleaned up", () => {
    expect(found(complete("green", wanted), dirty("blue", old, older))).toEqual({
      kind: "steady",
      target: "green",
      kept: undefined,
    });
  });

  test("incomplete: the same release goes into blue, and green serves on until then", () => {
    expect(found(incomplete("green", wanted), empty())).toEqual({
      kind: "deploy",
      target: "blue",
      kept: "green",
    });
  });
});

describe("what the plan tells beside it", () => {
  test("which slot serves as the run begins", () => {
    const slots = { blue: complete("blue", old), green: empty() };
    expect(plan(observation({ serving: "blue", slots, records: oldRecords })).serving).toBe("blue");
  });

  test("a restore warns that the wanted release needs another run", () => {
    const slots = { blue: complete("blue", old), green: empty() };
    const made = plan(observation({ slots, records: oldRecords }));
    expect(made.release.id).toBe(old.id);
    expect(made.warnings).toEqual([
      'run "pulumi up" again for release 2: this run only restores the traffic',
    ]);
  });

  test("a restore of the wanted release itself needs no warning", () => {
    const slots = { blue: complete("blue", old), green: empty() };
    expect(plan(observation({ slots, records: oldRecords }), old).warnings).toEqual([]);
  });

  test("the warnings of the description are passed on", () => {
    const made = makePlan({ ...spec, warnings: ["take care"] }, wanted, untouched());
    expect(made).toMatchObject({ warnings: ["take care"] });
  });
});
