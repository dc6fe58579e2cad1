import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { Backend, type PastUpdate } from "../../../cli/backend";
import { abort } from "../../../cli/abort";
import { clean } from "../../../cli/clean";
import { deploy } from "../../../cli/deploy";
import type { EffectReport } from "../../../cli/effect";
import { history, type HistoryReport } from "../../../cli/history";
import { promote } from "../../../cli/promote";
import { rollback } from "../../../cli/rollback";
import type { Result, Surroundings } from "../../../cli/run";
import { update, type Update } from "../../../cli/update";
import { platformAt } from "../../../provider/places";
import { releaseOf } from "../../../spec/release";
import type { Observation, RecordEvent } from "../../../spec/types";
import { surroundings } from "../../helpers/command";
import { complete, edge, observation, record, served } from "../../helpers/observation";
import { application, folder, service } from "../../helpers/spec";

jest.mock("../../../provider/places");
jest.mock("../../../cli/backend");
jest.mock("../../../cli/update", () => ({
  ...jest.requireActual("../../../cli/update"),
  update: jest.fn(),
}));
const backend = jest.mocked(Backend).prototype;
const running = jest.mocked(update);

const STACK =
  'config:\n  slipway:name: shop\n  slipway:docker: { host: "unix:///one.sock", bind: 127.0.0.1, ports: [8000] }\n';
const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml": 'services: { api: { image: "api:1", ports: ["8000:8000"] } }\n',
  "Pulumi.staging.yaml": STACK,
  "Pulumi.production.yaml": STACK,
};
const release = (version: string) =>
  releaseOf(application({ name: "shop", version, services: [service()] }));
const [old, live] = [release("1.0"), release("1.1")];
const OK: Update = {
  ok: true,
  interrupted: false,
  errors: [],
  output: "",
  changes: { same: 3 },
  outputs: { release: live.id, url: "http://localhost/" },
  said: [],
  warnings: [],
  took: 1234,
};

const thereIs = (serving: "blue" | "green", events: { [id: string]: RecordEvent[] } = {}) =>
  observation({
    claim: "ours",
    serving,
    slots: { blue: complete("blue", old), green: complete("green", live) },
    records: [
      record(old, [served("blue", 1), ...(events[old.id] ?? [])]),
      record(live, [served("green", 5), ...(events[live.id] ?? [])]),
    ],
    edge: edge(),
  });

let cwd: string;
/** What the platform shows, look by look; the last one stays. */
let looks: Observation[];
beforeEach(() => {
  jest.resetAllMocks();
  cwd = folder(FILES);
  looks = [thereIs("green")];
  jest.mocked(platformAt).mockReturnValue({
    observe: async () => ({ observation: looks.length > 1 ? looks.shift()! : looks[0]! }),
    evidence: async () => ({}),
    logs: async () => "",
  } as never);
  running.mockResolvedValue(OK);
  backend.history.mockResolvedValue([]);
  backend.secrets.mockResolvedValue({});
});
afterEach(() => rmSync(cwd, { recursive: true }));

type Command = (argv: string[], around: Surroundings) => Promise<Result>;
const run = async (command: Command, argv: string[], more: Partial<Surroundings> = {}) => {
  const said: string[] = [];
  const result = await command([...argv, "--json"], surroundings(cwd, { said, ...more }));
  return { ...(JSON.parse(result.output) as EffectReport), code: result.code, said };
};
const request = () => running.mock.calls[0]![2];

test("deploy lets go of what a rollback pinned, and names the version", async () => {
  const report = await run(deploy, ["-e", "staging", "-v", "1.1"]);
  expect(report).toMatchObject({ code: 0, ok: true, moved: false, after: { version: "1.1" } });
  expect(request().config).toEqual({ "slipway:version": "1.1", "slipway:release": undefined });
  expect(request().message).toMatch(/^slipway deploy \(by .+, update [0-9a-f]{8}\)$/);
});

test("an update that says it succeeded is not believed: what serves is looked at", async () => {
  looks = [thereIs("green"), thereIs("blue")];
  const report = await run(deploy, ["-e", "staging"]);
  expect(report).toMatchObject({ code: 1, ok: false, after: { release: old.id } });
  expect(report.faults[0]!.what).toContain(`release ${old.id} serves, not release ${live.id}`);
});

test("a failed update tells whether the traffic has moved, as the platform has it", async () => {
  running.mockResolvedValue({ ...OK, ok: false, errors: ["the drain was cut"] });
  looks = [thereIs("blue"), thereIs("green")];
  const around = surroundings(cwd);
  const { output, code } = await deploy(["-e", "staging"], around);
  expect(code).toBe(1);
  expect(output).toContain("the drain was cut");
  expect(output.split("\n").pop()).toBe(
    `Failed after 1.2 s; the traffic has moved from blue: 1.1 (release ${live.id}) serves from green`,
  );
});

test("what cannot be deployed as described is refused before anything is tried", async () => {
  rmSync(`${cwd}/compose.yaml`);
  const report = await run(deploy, ["-e", "staging"]);
  expect(report).toMatchObject({ code: 2, tried: false });
  expect(running).not.toHaveBeenCalled();
});

test("a stack's name with a typo: the nearest one", async () => {
  const report = await run(deploy, ["-e", "stagin"]);
  expect(report).toMatchObject({ code: 2, faults: [{ cure: "Did you mean staging?" }] });
});

describe("deploy --clean", () => {
  test("empties the idle slot of a deploy that failed", async () => {
    running.mockResolvedValueOnce({ ...OK, ok: false, errors: ["did not pass its gate"] });
    const report = await run(deploy, ["-e", "staging", "--clean"]);
    expect(report).toMatchObject({ code: 1, faults: [{ what: "did not pass its gate" }] });
    expect(running.mock.calls[1]![2].once).toMatchObject({ "slipway:strategy.idle": "empty" });
  });

  test.each([
    ["it did well", OK, [thereIs("green")]],
    ["its traffic has moved", { ...OK, ok: false }, [thereIs("blue"), thereIs("green")]],
  ])("leaves it where %s", async (_name, done, seen) => {
    running.mockResolvedValueOnce(done);
    looks = seen;
    await run(deploy, ["-e", "staging", "--clean"]);
    expect(running).toHaveBeenCalledTimes(1);
  });
});

describe("rollback", () => {
  test("goes to the release that served before, and pins it", async () => {
    running.mockResolvedValue({ ...OK, outputs: { release: old.id } });
    looks = [thereIs("green"), thereIs("blue")];
    const report = await run(rollback, ["-e", "staging"]);
    expect(report.faults).toEqual([]);
    expect(report).toMatchObject({ code: 0, moved: true });
    expect(request().config).toEqual({ "slipway:release": old.id });
    expect(report.said[0]).toContain(`Back to 1.0 (${old.id}), which served last on `);
  });

  test("tells who has deployed it, by the update that its events name", async () => {
    const at = "2026-01-01T12:00:00.000Z";
    const moved: RecordEvent = { kind: "served", at, update: "1a2b", detail: { slot: "blue" } };
    looks = [thereIs("green", { [old.id]: [moved] })];
    backend.history.mockResolvedValue([
      { message: "slipway deploy (by ann, update 1a2b)" } as PastUpdate,
    ]);
    const { said } = await run(rollback, ["-e", "staging"]);
    expect(said[0]).toBe(`Back to 1.0 (${old.id}), which served last on ${at}, deployed by ann`);
  });

  test("tells of the tasks that are not undone", async () => {
    const at = "2026-01-01T12:00:00.000Z";
    looks = [
      thereIs("green", { [live.id]: [{ kind: "task-done", at, detail: { task: "migrate" } }] }),
    ];
    const { said } = await run(rollback, ["-e", "staging"]);
    expect(said).toContain(`Not undone: migrate, which 1.1 (${live.id}) has run`);
  });

  test.each([
    ["there are not so many", ["-r", "2"], "--steps"],
    ["it serves already", ["--to", "1.1"], "--to"],
    ["nobody knows it", ["--to", "2.0"], "--to"],
  ])("%s: refused, with what can be", async (_name, argv, path) => {
    const report = await run(rollback, ["-e", "staging", ...argv]);
    expect(report).toMatchObject({ code: 2, faults: [{ path, allowed: `1.0 (${old.id})` }] });
  });

  test("what the update would refuse is refused before: an image that is gone", async () => {
    const gone = thereIs("green");
    gone.records[0]!.missingImages = { api: "api:1" };
    gone.slots.blue = { state: "empty", containers: [], lacking: [] };
    looks = [gone];
    const report = await run(rollback, ["-e", "staging"]);
    expect(report).toMatchObject({ code: 2, tried: false });
    expect(running).not.toHaveBeenCalled();
  });

  test.each([
    ["nobody can be asked", undefined, 2],
    ["the answer is no", "n", 2],
    ["the answer is yes", "y", 0],
  ])("in production it asks: %s", async (_name, answer, code) => {
    running.mockResolvedValue({ ...OK, outputs: { release: live.id } });
    const ask = answer === undefined ? {} : { ask: async () => answer };
    const report = await run(rollback, ["-e", "production"], ask);
    expect(report.code).toBe(code);
    expect(running).toHaveBeenCalledTimes(code === 0 ? 1 : 0);
  });
});

test("promote takes the images of what the other stack runs", async () => {
  const report = await run(promote, ["--from", "staging", "--to", "production", "--yes"]);
  expect(report).toMatchObject({ code: 0, command: "promote", stack: "production" });
  expect(request().config).toMatchObject({
    "slipway:images.from": "staging",
    "slipway:version": "1.1",
  });
});

test("clean wants what serves and an empty slot beside it, in this run only", async () => {
  await run(clean, ["-e", "staging"]);
  expect(request().config).toBeUndefined();
  expect(request().once).toEqual({ "slipway:release": live.id, "slipway:strategy.idle": "empty" });
});

test("clean has nothing to do where nothing serves", async () => {
  looks = [observation({ claim: "ours" })];
  expect(await run(clean, ["-e", "staging"])).toMatchObject({ code: 2, tried: false });
});

describe("abort", () => {
  const lockedBy = (host: string, pid: number) => ({
    ...OK,
    ok: false,
    errors: [
      `the stack is currently locked: created by ann@${host} (pid ${pid}) at 2026-11-22T03:02:10Z`,
    ],
  });

  test("takes a lock over whose process is gone", async () => {
    running.mockResolvedValueOnce(lockedBy(hostname(), 99_999_999));
    expect(await run(abort, ["-e", "staging"])).toMatchObject({ code: 0 });
    expect(backend.cancel).toHaveBeenCalledWith("staging");
    expect(backend.forgetPending).toHaveBeenCalledWith("staging");
    expect(running).toHaveBeenCalledTimes(2);
  });

  test("leaves one of another machine alone, and says how to go on", async () => {
    running.mockResolvedValue(lockedBy("elsewhere", 12));
    const report = await run(abort, ["-e", "staging"]);
    expect(report).toMatchObject({ code: 1, stateLock: { host: "elsewhere" } });
    expect(report.faults[0]!.cure).toContain("pulumi cancel --stack staging");
    expect(backend.cancel).not.toHaveBeenCalled();
    expect(backend.forgetPending).not.toHaveBeenCalled();
  });
});

test("history joins updates and events: by the update's id, else by time", async () => {
  const past = (startTime: string, endTime: string, message: string) => ({
    kind: "update",
    startTime,
    endTime,
    message,
    result: "succeeded",
    environment: { "git.head": "0123456789abcdef", "git.author": "ann" },
    changed: true,
  });
  const at = "2026-01-01T12:00:03.500Z";
  const ran = (id: string): RecordEvent => ({
    kind: "served",
    at,
    update: id,
    detail: { slot: "green" },
  });
  looks = [thereIs("green", { [live.id]: [ran("1a2b3c4d")] })];
  backend.history.mockResolvedValue([
    past(
      "2026-01-01T12:00:00Z",
      "2026-01-01T12:00:03Z",
      "slipway deploy (by bob, update 1a2b3c4d)",
    ),
    past(
      "2026-01-01T12:00:00Z",
      "2026-01-01T12:00:03Z",
      "slipway deploy (by bob, update ffffffff)",
    ),
    past("2026-01-01T12:00:00Z", "2026-01-01T12:00:03Z", "fix the header"),
  ]);
  const { output, code } = await history(["-e", "staging", "--json"], surroundings(cwd));
  expect(code).toBe(0);
  const [byId, other, byTime] = (JSON.parse(output) as HistoryReport).updates;
  expect(byId).toMatchObject({
    command: "deploy",
    who: "bob",
    version: "1.1",
    commit: "0123456789",
  });
  expect(other).not.toHaveProperty("release");
  expect(byTime).toMatchObject({ who: "ann", release: live.id, update: "1a2b3c4d", seconds: 3 });
  expect(byTime).not.toHaveProperty("command");
});
