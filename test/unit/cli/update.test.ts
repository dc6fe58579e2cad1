import { appendFileSync, chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { eventLog } from "../../../cli/eventLog";
import { namedStack } from "../../../cli/subject";
import { update } from "../../../cli/update";
import { surroundings } from "../../helpers/command";
import { folder } from "../../helpers/spec";

/** Stands in for the CLI: writes what it is asked, and events, and ends as it is told to. */
const PULUMI = `#!/usr/bin/env node
const fs = require("fs");
const args = process.argv.slice(2);
fs.writeFileSync("asked.json", JSON.stringify({ args, update: process.env.SLIPWAY_UPDATE }));
const value = (name) => args[args.indexOf(name) + 1];
if (args.includes("--config-file")) fs.copyFileSync(value("--config-file"), "once.yaml");
const tell = (event) => fs.appendFileSync(value("--event-log"), JSON.stringify(event) + "\\n");
tell({ diagnosticEvent: { severity: "info#err", message: "<{%reset%}>plan<{%reset%}>\\n" } });
tell({ diagnosticEvent: { severity: "error", message: "it broke\\n" } });
tell({ diagnosticEvent: { severity: "error", message: "update failed" } });
tell({ resOutputsEvent: { metadata: { type: "pulumi:pulumi:Stack", new: { outputs: { release: "r1" } } } } });
tell({ summaryEvent: { resourceChanges: { create: 2 } } });
console.log("done");
process.exit(Number(process.env.EXIT ?? 0));
`;
const CONFIG = `# Why it is so.
config:
  slipway:name: shop # the shop
  slipway:docker: { host: "unix:///one.sock" }
  slipway:release: "0123456789ab"
`;

let cwd: string;
const run = (request: Partial<Parameters<typeof update>[2]> = {}, exit = 0) => {
  const around = surroundings(cwd);
  const { stack } = namedStack("staging", around);
  const environment = { PATH: `${cwd}/bin:${process.env.PATH}`, EXIT: String(exit) };
  return update(stack!, environment, { command: "up", ...request });
};
const asked = () => JSON.parse(readFileSync(join(cwd, "asked.json"), "utf8"));

beforeEach(() => {
  cwd = folder({
    "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
    "Pulumi.staging.yaml": CONFIG,
    "compose.yaml": 'services: { api: { image: "api:1", ports: ["80:80"] } }\n',
    "bin/pulumi": PULUMI,
  });
  chmodSync(join(cwd, "bin/pulumi"), 0o755);
});
afterEach(() => rmSync(cwd, { recursive: true }));

test("an update is one `pulumi up` that a user could have typed; its events are handed over", async () => {
  const seen: string[] = [];
  const done = await run({
    message: "slipway deploy",
    variables: { SLIPWAY_UPDATE: "1a2b" },
    onEvent: (event) => seen.push(Object.keys(event)[0]!),
  });
  expect(asked().update).toBe("1a2b");
  expect(asked().args).toEqual(
    expect.arrayContaining([
      "up",
      "--stack",
      "staging",
      "--yes",
      "--skip-preview",
      "slipway deploy",
    ]),
  );
  expect(seen).toHaveLength(5);
  expect(done).toMatchObject({ ok: true, changes: { create: 2 }, outputs: { release: "r1" } });
  expect(done.said).toEqual(["plan"]);
});

test("what failed is told by its errors, not by the last word on all", async () => {
  expect(await run({}, 1)).toMatchObject({ ok: false, errors: ["it broke"], output: "done" });
});

test("config that stays is written into the stack's file, whose comments stay too", async () => {
  await run({
    config: {
      "slipway:version": "1.0",
      "slipway:release": undefined,
      "slipway:images.from": "dev",
    },
  });
  const text = readFileSync(join(cwd, "Pulumi.staging.yaml"), "utf8");
  expect(text).toContain("# Why it is so.");
  expect(text).toContain("slipway:name: shop # the shop");
  expect(text).toContain('slipway:version: "1.0"');
  expect(text).toMatch(/slipway:images:\n +from: dev/);
  expect(text).not.toContain("release");
});

test("config of one run only is in a file of its own, which goes again", async () => {
  await run({ once: { "slipway:strategy.idle": "empty" } });
  expect(readFileSync(join(cwd, "once.yaml"), "utf8")).toMatch(/slipway:strategy:\n +idle: empty/);
  expect(readFileSync(join(cwd, "Pulumi.staging.yaml"), "utf8")).toBe(CONFIG);
  const { args } = asked();
  expect(existsSync(args[args.indexOf("--config-file") + 1])).toBe(false);
});

test("a preview changes nothing, so it is asked for neither a message nor a yes", async () => {
  await run({ command: "preview", message: "slipway preview" });
  expect(asked().args).not.toEqual(expect.arrayContaining(["--yes"]));
  expect(asked().args).not.toEqual(expect.arrayContaining(["--message"]));
});

test("without the CLI it is said", async () => {
  const { stack } = namedStack("staging", surroundings(cwd));
  await expect(update(stack!, { PATH: "/nowhere" }, { command: "up" })).rejects.toThrow(
    "the Pulumi CLI is not on the PATH",
  );
});

test("an event that is written by halves is read when it is whole", () => {
  const file = join(cwd, "events");
  const read = eventLog(file);
  expect(read()).toEqual([]);
  appendFileSync(file, '{"sequence":1}\n{"sequ');
  expect(read()).toEqual([{ sequence: 1 }]);
  appendFileSync(file, 'ence":2}\n');
  expect(read()).toEqual([{ sequence: 2 }]);
  expect(read()).toEqual([]);
});
