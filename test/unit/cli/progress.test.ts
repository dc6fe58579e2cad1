import type { EngineEvent } from "@pulumi/pulumi/automation";
import pc from "picocolors";
import { Progress, type Step } from "../../../cli/progress";
import { drawn, stepLine } from "../../../cli/printProgress";

const CONTAINER = "docker:index/container:Container";
const plain = pc.createColors(false);

let clock: number;
let progress: Progress;
beforeEach(() => {
  clock = 0;
  progress = new Progress(() => clock);
});

const metadata = (op: string, type: string, name: string, inputs = {}) =>
  ({ op, type, urn: `urn:pulumi:s::p::a$${type}::${name}`, new: { inputs } }) as never;
const begin = (type: string, name: string, op = "create", inputs = {}) =>
  progress.add({
    resourcePreEvent: { metadata: metadata(op, type, name, inputs) },
  } as unknown as EngineEvent);
const end = (type: string, name: string) =>
  progress.add({
    resOutputsEvent: { metadata: metadata("create", type, name) },
  } as unknown as EngineEvent);
const fail = (type: string, name: string) =>
  progress.add({
    resOpFailedEvent: { metadata: metadata("create", type, name) },
  } as unknown as EngineEvent);
const named = ({ phase, subject, slot }: Step) => [phase, subject, slot].filter(Boolean).join(" ");

test.each([
  ["docker-build:index:Image", "build-api", "build api"],
  ["slipway-platform:index:Push", "push-api", "push api"],
  ["slipway-platform:index:Verify", "verify-api", "check api"],
  [CONTAINER, "accessory-db", "accessory db"],
  ["slipway-platform:index:Task", "run-task-blue-migrate", "task migrate blue"],
  [CONTAINER, "green-front-api", "service front-api green"],
  [CONTAINER, "front-green", "service front door green"],
  ["slipway-platform:index:Gate", "gate", "gate"],
  ["slipway-platform:index:Traffic", "traffic", "traffic"],
  [CONTAINER, "worker-mail.2", "worker mail"],
  [
    "github:index/actionsSecret:ActionsSecret",
    "github-repository-secret-A",
    "github repository-secret-A",
  ],
  ["slipway-platform:index:Labels", "github-labels", "github labels"],
])("%s %s is a step", (type, name, step) => {
  expect(begin(type, name).map(named)).toEqual([step]);
});

test.each([
  ["docker:index/network:Network", "network-green", "create"],
  [CONTAINER, "holder", "create"],
  [CONTAINER, "green-api", "same"],
  [CONTAINER, "green-api", "replace"],
  ["slipway-platform:index:Release", "release-0123", "create"],
])("%s %s (%s) is none", (type, name, op) => {
  expect(begin(type, name, op)).toEqual([]);
});

test("a sweep that has nothing to remove is none", () => {
  expect(begin("slipway-platform:index:Sweep", "sweep", "update", { remove: [] })).toEqual([]);
  expect(begin("slipway-platform:index:Sweep", "sweep", "update", { remove: ["a"] })).toHaveLength(
    1,
  );
});

test("the replicas of a service are one step, which the last one ends", () => {
  begin(CONTAINER, "green-api");
  clock = 100;
  expect(begin(CONTAINER, "green-api.2")).toEqual([]);
  clock = 200;
  expect(end(CONTAINER, "green-api")).toEqual([]);
  clock = 300;
  expect(end(CONTAINER, "green-api.2")).toMatchObject([{ state: "done", began: 0, ended: 300 }]);
});

test("one replica that fails is told at once, and stays told", () => {
  begin(CONTAINER, "green-api");
  begin(CONTAINER, "green-api.2");
  expect(fail(CONTAINER, "green-api")).toMatchObject([{ state: "failed" }]);
  expect(end(CONTAINER, "green-api.2")).toMatchObject([{ state: "failed" }]);
});

test("steps stand in the order of a deploy, whichever begins first", () => {
  begin("slipway-platform:index:Gate", "gate");
  begin(CONTAINER, "green-api");
  begin("docker-build:index:Image", "build-api");
  expect(progress.steps().map(named)).toEqual(["build api", "service api green", "gate"]);
});

test("what a resource says of itself stands beside it; the program's plan above", () => {
  begin("slipway-platform:index:Gate", "gate");
  const say = (message: string, more = {}) =>
    progress.add({ diagnosticEvent: { severity: "info", message, color: "", ...more } } as never);
  say("<{%reset%}>deploy: release 1\n  api: image<{%reset%}>\n");
  say("api: still starting", {
    ephemeral: true,
    urn: "urn:pulumi:s::p::a$slipway-platform:index:Gate::gate",
  });
  expect(progress.plan).toEqual(["deploy: release 1", "  api: image"]);
  clock = 1500;
  const text = drawn(
    ["staging: deploys", ...progress.plan],
    progress.steps(),
    { since: 0, now: 1500, estimate: 9000 },
    plain,
  );
  expect(text).toBe(
    [
      "staging: deploys  1.5 s of about 9.0 s",
      "  deploy: release 1",
      "    api: image",
      "  ⠴ gate      1.5 s  the candidate is examined: api: still starting",
    ].join("\n"),
  );
});

test("a line for a log says when, what, and how long it took", () => {
  begin(CONTAINER, "green-api");
  clock = 2300;
  const [done] = end(CONTAINER, "green-api");
  expect(stepLine(done!, -1000, 2300, plain)).toBe("   3.3 s  service api green: started  2.3 s");
});
