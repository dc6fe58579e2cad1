import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { maintenance, type MaintenanceReport } from "../../../cli/maintenance";
import { update } from "../../../cli/update";
import { platformAt } from "../../../provider/places";
import type { Observation } from "../../../spec/types";
import { surroundings } from "../../helpers/command";
import { observation, serving, untouched, versioned } from "../../helpers/observation";
import { folder } from "../../helpers/spec";

jest.mock("../../../provider/places");
jest.mock("../../../cli/update");

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
let outcome: (wanted: string | undefined) => string | undefined;
const file = () => join(cwd, "Pulumi.staging.yaml");
beforeEach(() => {
  cwd = folder(FILES);
  found = serving(release);
  outcome = (wanted) => {
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
    const error = outcome(config!["slipway:maintenance"]);
    return { ok: error === undefined, errors: error === undefined ? [] : [error] } as never;
  });
});
afterEach(() => rmSync(cwd, { recursive: true }));

const run = async (...argv: string[]) => {
  const around = surroundings(cwd);
  const { output, code } = await maintenance([...argv, "-e", "staging"], around);
  return { output, code, last: output.split("\n").pop() };
};
const json = async (...argv: string[]) =>
  JSON.parse((await run(...argv, "--json")).output) as MaintenanceReport;
const request = () => jest.mocked(update).mock.calls[0]![2];

test("on: one update of the release that serves, and nothing else", async () => {
  const { code, output } = await run("on", "--message", "Back at 14:00");
  expect(request()).toEqual({
    command: "up",
    message: "slipway maintenance on",
    config: { "slipway:maintenance": "Back at 14:00" },
    once: { "slipway:release": release.id },
  });
  expect(code).toBe(0);
  expect(output).toBe(
    "shop (stack staging) is in maintenance: every request gets 503: Back at 14:00",
  );
  expect(readFileSync(file(), "utf8")).toBe("changed\n");
});

test("on without a message: the one so far, else a usual one", async () => {
  expect(await json("on")).toMatchObject({
    ok: true,
    maintenance: "Down for maintenance. Please try again later.",
  });
  writeFileSync(file(), `${CONFIG}  slipway:maintenance: Tomorrow\n`);
  expect(await json("on")).toMatchObject({ maintenance: "Tomorrow" });
});

test("off: the key goes, and requests reach the application", async () => {
  writeFileSync(file(), `${CONFIG}  slipway:maintenance: Tomorrow\n`);
  found = serving(release, { maintenance: "Tomorrow" });
  const { code, last } = await run("off");
  expect(request().config).toEqual({ "slipway:maintenance": undefined });
  expect({ code, last }).toEqual({
    code: 0,
    last: "shop (stack staging) is not in maintenance: requests reach it",
  });
});

test("what is as wanted already needs no update", async () => {
  expect((await run("off")).code).toBe(0);
  writeFileSync(file(), `${CONFIG}  slipway:maintenance: Tomorrow\n`);
  found = serving(release, { maintenance: "Tomorrow" });
  expect((await run("on")).code).toBe(0);
  expect(update).not.toHaveBeenCalled();
});

test("reality or the file alone is not enough", async () => {
  found = serving(release, { maintenance: "by hand" });
  await run("off");
  expect(update).toHaveBeenCalledTimes(1);
});

test("an update that fails: its error, what is true now, and the file as it was", async () => {
  outcome = () => "the edge does not run";
  const { output, code, last } = await run("on");
  expect(code).toBe(1);
  expect(output).toContain("the edge does not run");
  expect(last).toBe("not as wanted: shop (stack staging) is not in maintenance: requests reach it");
  expect(readFileSync(file(), "utf8")).toBe(CONFIG);
});

test("an update that ends well and did not bring it about is a failure", async () => {
  outcome = () => undefined;
  expect(await json("on")).toMatchObject({ ok: false });
});

test("what cannot be seen afterwards is said so", async () => {
  outcome = () => {
    found = new Error("no answer within 10 s");
    return undefined;
  };
  const { output, code, last } = await run("on");
  expect(code).toBe(1);
  expect(output).toContain("no answer within 10 s");
  expect(last).toBe("whether shop (stack staging) is in maintenance is not known");
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
