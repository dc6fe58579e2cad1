import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { EffectReport } from "../../../cli/effect";
import { maintenance } from "../../../cli/maintenance";
import { update, type Update } from "../../../cli/update";
import { platformAt } from "../../../provider/places";
import type { Observation } from "../../../spec/types";
import { surroundings } from "../../helpers/command";
import { observation, serving, untouched, versioned } from "../../helpers/observation";
import { folder } from "../../helpers/spec";

jest.mock("../../../provider/places");
jest.mock("../../../cli/update", () => ({
  ...jest.requireActual("../../../cli/update"),
  update: jest.fn(),
}));
jest.mock("../../../cli/diagnostics", () => ({ collectDiagnostics: async () => "/logs" }));

const CONFIG =
  'config:\n  slipway:name: shop # fixed\n  slipway:docker: { host: "unix:///one.sock" }\n';
const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml": 'services: { api: { image: "api:1", ports: ["80:80"] } }\n',
  "Pulumi.staging.yaml": CONFIG,
};
const release = versioned("1");

let cwd: string;
let found: Observation | Error;
/** What an update makes of reality; a text is its error. */
let made: (wanted: string | undefined) => string | undefined;
const file = () => join(cwd, "Pulumi.staging.yaml");
beforeEach(() => {
  cwd = folder(FILES);
  found = serving(release);
  made = (wanted) => {
    found = serving(release, wanted === undefined ? {} : { maintenance: wanted });
    return undefined;
  };
  jest.mocked(platformAt).mockReturnValue({
    observe: async () => {
      if (found instanceof Error) throw found;
      return { observation: found };
    },
  } as never);
  jest.mocked(update).mockReset();
  jest.mocked(update).mockImplementation(async (_stack, _environment, { config }) => {
    writeFileSync(file(), "changed\n");
    const error = made(config!["slipway:maintenance"]);
    const ok = error === undefined;
    const done: Partial<Update> = { ok, errors: ok ? [] : [error], warnings: [], outputs: {} };
    return { ...done, took: 1000, changes: {}, interrupted: false } as Update;
  });
});
afterEach(() => rmSync(cwd, { recursive: true }));

const run = async (...argv: string[]) => {
  const around = surroundings(cwd);
  const { output, code } = await maintenance([...argv, "-e", "staging"], around);
  return { output, code, last: output.split("\n").pop() };
};
const json = async (...argv: string[]) =>
  JSON.parse((await run(...argv, "--json")).output) as EffectReport;
const request = () => jest.mocked(update).mock.calls[0]![2];

test("on: one update of the release that serves, and nothing else", async () => {
  const { code, output } = await run("on", "--message", "Back at 14:00");
  expect(request()).toMatchObject({
    command: "up",
    message: expect.stringMatching(/^slipway maintenance \(by .*, update \w+\)$/),
    config: { "slipway:maintenance": "Back at 14:00" },
    once: { "slipway:release": release.id },
  });
  expect(code).toBe(0);
  expect(output).toMatch(
    /^In maintenance before 1 \(release \w+\) in blue, every request gets 503: Back at 14:00, as/,
  );
  expect(readFileSync(file(), "utf8")).toBe("changed\n");
});

test("on without a message: the one so far, else a usual one", async () => {
  expect(await json("on")).toMatchObject({
    ok: true,
    after: { maintenance: "Down for maintenance. Please try again later." },
  });
  writeFileSync(file(), `${CONFIG}  slipway:maintenance: Tomorrow\n`);
  expect(await json("on")).toMatchObject({ after: { maintenance: "Tomorrow" } });
});

test("off: the key goes, and requests reach the application", async () => {
  writeFileSync(file(), `${CONFIG}  slipway:maintenance: Tomorrow\n`);
  found = serving(release, { maintenance: "Tomorrow" });
  const { code, last } = await run("off");
  expect(request().config).toEqual({ "slipway:maintenance": undefined });
  expect(code).toBe(0);
  expect(last).toMatch(/^1 \(release \w+\) serves from blue/);
});

test("an update that fails: its error, what is true now, and the file as it was", async () => {
  made = () => "the edge does not run";
  const { output, code, last } = await run("on");
  expect(code).toBe(1);
  expect(output).toContain("the edge does not run");
  expect(last).toMatch(/^Failed after 1 s; the traffic was not moved: 1 \(release/);
  expect(readFileSync(file(), "utf8")).toBe(CONFIG);
});

test("an update that ends well and did not bring it about is a failure", async () => {
  made = () => undefined;
  const { ok, faults } = await json("on");
  expect(ok).toBe(false);
  expect(faults[0]!.what).toContain("but requests reach the application");
});

test("what cannot be seen afterwards is said so", async () => {
  made = () => {
    found = new Error("no answer within 10 s");
    return undefined;
  };
  const { output, code } = await run("on");
  expect(code).toBe(1);
  expect(output).toContain("what serves now is not known: no answer within 10 s");
});

describe("refused before anything is tried:", () => {
  afterEach(() => {
    expect(update).not.toHaveBeenCalled();
    expect(readFileSync(file(), "utf8")).toBe(CONFIG);
  });

  test.each([
    ["nothing is deployed", untouched()],
    ["nothing serves", observation()],
  ])("%s", async (_what, there) => {
    found = there;
    const { output, code } = await run("on");
    expect(code).toBe(2);
    expect(output).toContain("nothing of shop serves there");
  });

  test("a message that is a switch", async () => {
    const { output, code } = await run("on", "--message", "off");
    expect(code).toBe(2);
    expect(output).toContain("must be the message that clients get");
  });

  test("a message for off", async () => {
    expect((await run("off", "--message", "bye")).code).toBe(2);
  });

  test("another stack's name", async () => {
    const { output, code } = await maintenance(["on", "-e", "stagin"], surroundings(cwd));
    expect(code).toBe(2);
    expect(output).toContain("Did you mean staging?");
  });
});
