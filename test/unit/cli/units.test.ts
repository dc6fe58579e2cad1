import { faultsOf, namedUnits, selected, titleOf, type Asked } from "../../../cli/units";
import type { Slot } from "../../../spec/types";
import { container } from "../../helpers/observation";

const inSlot = (slot: Slot, resource: string, service: string, role: "app" | "task" | "trial") =>
  container({ resource, service, role, slot });
const units = namedUnits([
  inSlot("blue", "blue-web", "web", "app"),
  inSlot("green", "green-web.10", "web", "app"),
  inSlot("green", "green-web.2", "web", "app"),
  inSlot("green", "green-web", "web", "app"),
  inSlot("green", "task-green-web-release", "web", "task"),
  inSlot("green", "trial-green-jobs", "jobs", "trial"),
  container({ resource: "worker-jobs", service: "jobs", role: "worker", slot: "green" }),
  container(),
  container({ resource: "edge", service: "edge", role: "edge" }),
  container({ resource: "records", service: "records", role: "holder" }),
  container({ resource: "", service: "web", role: "throwaway" }),
]);
const titles = (asked: Asked, serving?: Slot) =>
  selected(units, asked, serving).map((unit) => titleOf(unit, true));

test.each<[string, Asked, Slot | undefined, string[]]>([
  [
    "apps of what serves",
    { services: [] },
    "green",
    ["green/web.1", "green/web.2", "green/web.10"],
  ],
  ["apps of a slot", { services: [], slot: "blue" }, "green", ["blue/web.1"]],
  [
    "both slots",
    { services: ["web"], slot: "all" },
    "green",
    ["blue/web.1", "green/web.1", "green/web.2", "green/web.10"],
  ],
  ["what both share", { services: ["db", "edge", "jobs"] }, undefined, ["db", "edge", "jobs.1"]],
  ["a release command", { services: ["web-release"] }, "green", ["green/web-release"]],
])("%s", (_what, asked, serving, expected) => expect(titles(asked, serving)).toEqual(expected));

describe("what cannot be meant", () => {
  const faults = (asked: Asked, serving?: Slot) =>
    faultsOf(units, asked, serving, ["web", "cache"]);

  test("a name that is nowhere, with the nearest one", () => {
    expect(faults({ services: ["wep"] }, "green")).toEqual([
      {
        path: "SERVICE",
        what: "there is no service of this name",
        given: "wep",
        allowed: "cache, db, edge, jobs, web, web-release",
        cure: "Did you mean web?",
      },
    ]);
  });

  test("one that is described and not there is no fault", () => {
    expect(faults({ services: ["cache"] }, "green")).toEqual([]);
  });

  test("another slot", () => {
    expect(faults({ services: [], slot: "read" }, "green")).toMatchObject([{ path: "--slot" }]);
  });

  test("no slot, where nothing serves; what both share needs none", () => {
    expect(faults({ services: [] })).toMatchObject([{ what: "nothing serves" }]);
    expect(faults({ services: ["web"] })).toHaveLength(1);
    expect(faults({ services: ["db"] })).toEqual([]);
    expect(faults({ services: [], slot: "blue" })).toEqual([]);
  });
});
