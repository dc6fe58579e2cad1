import { ADOPTED, asAdopted } from "../../../spec/adopt";
import { makePlan } from "../../../spec/plan";
import type { DeployPlan, Observation } from "../../../spec/types";
import {
  complete,
  container,
  empty,
  frozen,
  moving,
  record,
  served,
  serving,
  versioned,
} from "../../helpers/observation";
import { application } from "../../helpers/spec";

const one = versioned("1");
const adopt = "c1@202601011000";

/** Release 1 serves from green; the state that knew of it is lost. */
const found = (more: Partial<Observation> = {}) =>
  serving(one, {
    claim: "c1",
    serving: "green",
    slots: { blue: empty(), green: complete("green", one) },
    records: [record(one, [served("green", 2)])],
    holders: [container({ id: "holder-id", role: "holder", resource: "records" })],
    networks: {
      "network-green": "n1",
      "network-green-db": "n2",
      "network-blue": "n3",
      "network-edge": "n4",
    },
    settled: { edge: "edge-id" },
    ...more,
  });

function plan(observation: Observation, wanted = versioned("2")): DeployPlan {
  const spec = frozen(application({ adopt, version: wanted.content.version }));
  const made = makePlan(spec, wanted, frozen(asAdopted(spec, observation)));
  if (made.kind === "refused") throw new Error(JSON.stringify(made.faults));
  return made;
}

test("nothing that is there counts as known to the new state", () => {
  const adopted = asAdopted(application({ adopt }), found());
  expect(adopted).toMatchObject({ adopting: true, settled: {} });
});

test.each([
  ["another claim holds", { claim: "c2" }],
  ["nothing is there", { claim: undefined }],
  ["it is done already", { settled: { [ADOPTED]: adopt } }],
])("not when %s", (_what, more) => {
  const observation = found(more);
  expect(asAdopted(application({ adopt }), observation)).toBe(observation);
});

test("again after a later loss", () => {
  const observation = found({ settled: { [ADOPTED]: "c1@202501010000" } });
  expect(asAdopted(application({ adopt }), observation).adopting).toBe(true);
});

test("it deploys beside the slot that serves, and keeps no slot that the state does not know", () => {
  expect(plan(found())).toMatchObject({ kind: "deploy", target: "blue", serving: "green" });
  expect(plan(found()).kept).toBeUndefined();
});

test("it deploys the release that serves, too: its slot is not the state's", () => {
  expect(plan(found(), one)).toMatchObject({ kind: "deploy", target: "blue" });
});

test("shared parts are made anew", () => {
  expect(plan(found()).edge.action).toBe("create");
});

test("what the lost state had made is left behind: slot, its networks, the holder", () => {
  const containers = found().slots.green.containers.map((c) => c.id);
  expect(plan(found()).leaves).toEqual([...containers, "holder-id", "n1", "n2"]);
});

test("with nothing serving it begins beside the slot that served last", () => {
  const records = [record(one, [served("blue", 1), moving("green", 2), served("green", 3)])];
  const dead = found({ serving: undefined, records });
  expect(plan(dead)).toMatchObject({ kind: "deploy", target: "blue" });
});

test("once done, the setting is told to have done its work", () => {
  const done = found({ settled: { [ADOPTED]: adopt, edge: "edge-id" } });
  expect(plan(done).warnings).toEqual(["slipway:adopt has done its work: pulumi config rm adopt"]);
});
