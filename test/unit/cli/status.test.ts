import { rmSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";
import { Backend } from "../../../cli/backend";
import { status, type StatusReport } from "../../../cli/status";
import { platformAt } from "../../../provider/places";
import { releaseOf } from "../../../spec/release";
import type { Observation } from "../../../spec/types";
import { projectRoot } from "../../../toolchain/paths";
import { surroundings } from "../../helpers/command";
import {
  complete,
  container,
  empty,
  incomplete,
  observation,
  record,
  rolledBack,
  served,
  untouched,
} from "../../helpers/observation";
import { application, folder, service } from "../../helpers/spec";

jest.mock("../../../provider/places");
jest.mock("../../../cli/backend");
const backend = jest.mocked(Backend).prototype;

const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml": 'services: { api: { image: "api:1", ports: ["80:80"] } }\n',
  "Pulumi.staging.yaml":
    'config:\n  slipway:name: shop\n  slipway:docker: { host: "unix:///one.sock" }\n',
};
const release = (version: string) =>
  releaseOf(application({ version, services: [service(), service({ name: "web" })] }));
const [old, live] = [release("1.0"), release("1.1")];

let cwd: string;
let found: Observation | Error;
beforeEach(() => {
  cwd = folder(FILES);
  jest.useFakeTimers({ now: Date.parse("2026-01-01T10:30:00Z"), doNotFake: ["nextTick"] });
  found = observation({
    claim: "ours",
    serving: "green",
    slots: { blue: complete("blue", old), green: complete("green", live) },
    records: [record(old, [served("blue", 1)]), record(live, [served("green", 5)])],
    edge: container({ resource: "edge", service: "edge", role: "edge" }),
    accessories: [container({ health: "healthy" })],
  });
  jest.mocked(platformAt).mockReturnValue({
    observe: async () => {
      if (found instanceof Error) throw found;
      return { observation: found };
    },
  } as never);
  backend.outputs.mockResolvedValue({ active: "green", release: live.id });
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(cwd, { recursive: true });
});

const run = async (...argv: string[]) => {
  const { output, code } = await status(["--stack", "staging", ...argv], surroundings(cwd));
  return { output, code, last: output.split("\n").pop() };
};
const json = async () => JSON.parse((await run("--json")).output) as StatusReport;

test("what serves, what each slot runs, and what both share", async () => {
  const { output, code } = await run();
  expect(code).toBe(0);
  expect(output.replaceAll(old.id, "OLD").replaceAll(live.id, "LIVE")).toMatchInlineSnapshot(`
   "Application shop (stack staging) on unix:///one.sock

   Slot blue: release OLD, version 1.0
     api  app  1 of 1 running  no check
     web  app  1 of 1 running  no check

   Slot green: release LIVE, version 1.1, serves
     api  app  1 of 1 running  no check
     web  app  1 of 1 running  no check

   Shared by both slots
     edge  edge       1 of 1 running  no check
     db    accessory  1 of 1 running  healthy

   1.1 serves from green, since 25 min"
  `);
});

test("a service of which less runs than should, and its worst check", async () => {
  const blue = incomplete("blue", old);
  const [, second] = blue.containers;
  second!.health = "unhealthy";
  found = observation({
    claim: "ours",
    serving: "blue",
    slots: { blue, green: empty() },
    records: [record(old, [served("blue", 1)])],
  });
  backend.outputs.mockResolvedValue({ active: "blue", release: old.id });
  const { slots } = await json();
  expect(slots).toMatchObject([
    {
      slot: "blue",
      state: "incomplete",
      services: [
        { service: "api", running: 0, wanted: 1 },
        { service: "web", running: 1, wanted: 1, health: "unhealthy" },
      ],
    },
    { slot: "green", state: "empty", services: [] },
  ]);
  expect((await run()).last).toBe("1.0 serves from blue, since 29 min, incomplete");
});

test("a release that was rolled back from is held", async () => {
  const before = found as Observation;
  found = { ...before, serving: "blue" };
  found.records = [
    record(old, [served("blue", 1), served("blue", 9)]),
    record(live, [served("green", 5), rolledBack(9)]),
  ];
  expect((await json()).slots[1]).toMatchObject({ slot: "green", serves: false, held: true });
});

test("the state that tells something else is drift, with the way on", async () => {
  backend.outputs.mockResolvedValue({ active: "blue", release: old.id });
  const report = await json();
  expect(report.drift).toEqual([
    { output: "active", state: "blue", reality: "green" },
    { output: "release", state: old.id, reality: live.id },
  ]);
  expect((await run()).output).toContain("pulumi up takes what is there for true");
});

test("a state that cannot be read is a warning: what is there is told all the same", async () => {
  backend.outputs.mockRejectedValue(new Error("pulumi stack: no stack named 'staging' found"));
  const { output, code } = await run();
  expect(code).toBe(0);
  expect(output).toContain("whether the state tells the same is not known: pulumi stack: no stack");
});

test("who has locked it, and what clients get in maintenance", async () => {
  const lock = { who: "Ann", why: "freeze", at: "2026-01-01T10:00:00.000Z" };
  found = { ...(found as Observation), lock, maintenance: "Back soon" };
  expect(await json()).toMatchObject({ lock, maintenance: "Back soon" });
  const { output, last } = await run();
  expect(output).toContain("Locked  by Ann, since 2026-01-01T10:00:00.000Z: freeze");
  expect(output).toContain("Maintenance  every request gets 503: Back soon");
  expect(last).toBe("in maintenance; 1.1 is ready in green");
});

test("where nothing was deployed nothing serves", async () => {
  found = untouched();
  backend.outputs.mockResolvedValue({});
  const { output, last } = await run();
  expect(output).toContain("it is not deployed there");
  expect(last).toBe("nothing serves");
});

test("a platform that cannot be read is a fault", async () => {
  found = new Error("the Docker engine at unix:///one.sock: no answer within 10 s");
  const { output, code, last } = await run();
  expect(output).toContain("no answer within 10 s");
  expect({ code, last }).toEqual({ code: 1, last: "what is there is not known" });
});

test("another stack's name is told with the nearest one", async () => {
  const { output, code } = await status(["--stack", "stagin"], surroundings(cwd));
  expect(output).toContain("Did you mean staging?");
  expect(code).toBe(1);
});

describe("the command `slipway`", () => {
  // Processes of their own, on a machine that may be busy.
  jest.setTimeout(60_000);
  const slipway = (...argv: string[]) =>
    execa("node", [join(projectRoot, "bin/slipway.js"), ...argv], { cwd, reject: false });
  beforeEach(() => jest.useRealTimers());

  test("--help names each command, and none of them is loaded for it", async () => {
    const { stdout, exitCode } = await slipway("--help");
    expect(exitCode).toBe(0);
    for (const name of ["check", "config", "prune", "status"]) expect(stdout).toContain(name);
  });

  test("a command's own help, and its exit code", async () => {
    expect((await slipway("status", "--help")).stdout).toContain("--stack <name>");
    const { stdout, exitCode } = await slipway("check", "--stack", "stagin");
    expect(stdout).toContain("Did you mean staging?");
    expect(exitCode).toBe(1);
  });

  test("for a typo it names the nearest one", async () => {
    const { stderr, exitCode } = await slipway("statis");
    expect(stderr).toContain("Did you mean status?");
    expect(exitCode).toBe(1);
  });
});
