import { rmSync } from "node:fs";
import { PassThrough } from "node:stream";
import { backup } from "../../../cli/backup";
import { exec } from "../../../cli/exec";
import { logs } from "../../../cli/logs";
import { restore } from "../../../cli/restore";
import type { Result, Surroundings } from "../../../cli/run";
import { run } from "../../../cli/runOnce";
import { platformAt, type LogLine } from "../../../provider/places";
import { releaseOf } from "../../../spec/release";
import { surroundings } from "../../helpers/command";
import { FakePlatform } from "../../helpers/fakePlatform";
import {
  complete,
  container,
  edge,
  observation,
  record,
  served,
  untouched,
} from "../../helpers/observation";
import { application, folder, service } from "../../helpers/spec";

jest.mock("../../../provider/places");

const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml": `services:
  api: { image: "api:1", ports: ["80:80"] }
  db: { image: "postgres:16" }
`,
  "Pulumi.staging.yaml":
    'config:\n  slipway:name: shop\n  slipway:docker: { host: "unix:///one.sock" }\n  slipway:backup: { keep: 2 }\n',
};
const file = { path: "/run/secrets/token", content: "x", mode: "0444" };
const release = (version: string) =>
  releaseOf(application({ version, services: [service({ files: [file] })] }));
const [old, live] = [release("1.0"), release("1.1")];

let cwd: string;
let platform: FakePlatform;
let said: string[];
beforeEach(() => {
  cwd = folder(FILES);
  said = [];
  platform = new FakePlatform();
  platform.found = observation({
    claim: "ours",
    serving: "green",
    slots: { blue: complete("blue", old), green: complete("green", live) },
    records: [record(old, [served("blue", 1)]), record(live, [served("green", 5)])],
    edge: edge(),
    accessories: [container()],
  });
  platform.table = { slot: "green", release: live.id, targets: [] };
  jest.mocked(platformAt).mockReturnValue(platform);
});
afterEach(() => rmSync(cwd, { recursive: true }));

type Command = (argv: string[], around: Surroundings) => Promise<Result>;

/** Runs a command; `input` is what it reads, `written` what it wrote to the user's own streams. */
async function tried(command: Command, argv: string[], input = "", more: object = {}) {
  const streams = {
    input: new PassThrough(),
    output: new PassThrough(),
    errors: new PassThrough(),
  };
  streams.input.end(input);
  const around = surroundings(cwd, { said, streams, ...more });
  const result = await command(["-e", "staging", ...argv], around);
  const written = (streams.output.read() as Buffer | null)?.toString() ?? "";
  return { ...result, written };
}

const line = (second: number, text: string): LogLine => ({
  at: `2026-01-01T10:00:0${second}.000000000Z`,
  source: "stdout",
  text,
});

describe("logs", () => {
  const [blue, green] = ["id-blue-api", "id-green-api"];
  beforeEach(() => {
    platform.lines = {
      [blue]: [line(1, "old"), line(4, "drained")],
      [green]: [line(2, "begins"), line(3, "serves")],
      "id-accessory-db": [line(2, "ready")],
    };
  });

  test("of the slot that serves, a hundred lines of each container", async () => {
    const { written, code, output } = await tried(logs, []);
    expect(written).toBe("api.1 | begins\napi.1 | serves\n");
    expect({ code, output }).toEqual({ code: 0, output: "" });
    expect(platform.asked).toEqual([{ id: green, lines: 100, follow: false }]);
  });

  test("of both slots and more, in the order of time, each with its slot", async () => {
    const { written } = await tried(logs, ["api", "db", "--slot", "all", "--timestamps"]);
    expect(written.split("\n").map((text) => text.replace("2026-01-01T10:", ""))).toEqual([
      "blue/api.1  | 00:01.000000000Z old",
      "green/api.1 | 00:02.000000000Z begins",
      "db          | 00:02.000000000Z ready",
      "green/api.1 | 00:03.000000000Z serves",
      "blue/api.1  | 00:04.000000000Z drained",
      "",
    ]);
  });

  test("as JSON, one object a line", async () => {
    const { written } = await tried(logs, ["--json", "--lines", "1"]);
    expect(JSON.parse(written)).toEqual({
      at: line(3, "").at,
      service: "api",
      replica: 1,
      slot: "green",
      stream: "stdout",
      text: "serves",
    });
  });

  test("since a while ago, all lines", async () => {
    jest.spyOn(Date, "now").mockReturnValue(Date.parse("2026-01-01T10:10:02.500Z"));
    const { written } = await tried(logs, ["--since", "10m"]);
    jest.restoreAllMocks();
    expect(platform.asked).toEqual([
      { id: green, since: "2026-01-01T10:00:02.500Z", follow: false },
    ]);
    expect(written).toBe("api.1 | serves\n");
  });

  test("followed across a flip, which is told, and no line twice", async () => {
    platform.beat = async () => {
      // Whoever follows reads on by itself.
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (platform.table.slot === "blue") return false;
      platform.lines[green]!.push(line(5, "late"));
      platform.lines[blue]!.push(line(6, "again"));
      platform.table = { slot: "blue", release: old.id, targets: [] };
      return true;
    };
    const { written } = await tried(logs, ["--follow", "--lines", "1"]);
    expect(written.split("\n")).toEqual([
      "api.1 | serves",
      `--- the traffic moved from green to blue (release ${old.id}) ---`,
      "api.1 | again",
      "",
    ]);
  });

  test("one that cannot be read is told, and the exit code", async () => {
    delete platform.lines[green];
    const { code } = await tried(logs, []);
    expect(said).toEqual(["the log of green/api.1 cannot be read: it has no log"]);
    expect(code).toBe(1);
  });

  test.each([
    [["apy"], "Did you mean api?"],
    [["--lines", "many"], "is no whole number"],
    [["--since", "yesterday"], "is no time"],
    [["--slot", "red"], "blue, green, all"],
  ])("refused: %j", async (argv, text) => {
    const { output, code } = await tried(logs, argv);
    expect(output).toContain(text);
    expect(code).toBe(2);
    expect(platform.asked).toEqual([]);
  });
});

describe("exec", () => {
  test("hands over input, output and exit code", async () => {
    platform.runs["id-green-api"] = 7;
    const { written, code, output } = await tried(exec, ["api", "--", "cat", "-n"], "typed");
    expect(platform.writes).toEqual(["exec id-green-api cat -n"]);
    expect({ written, code, output }).toEqual({ written: "typed", code: 7, output: "" });
  });

  test("without a command: a shell, here of the other slot", async () => {
    await tried(exec, ["api", "--slot", "blue"]);
    expect(platform.writes[0]).toMatch(/^exec id-blue-api sh -c .*exec bash; else exec sh/);
  });

  test("a replica that is not there is refused", async () => {
    const { output, code } = await tried(exec, ["api", "--replica", "2", "--", "ls"]);
    expect(output).toMatch(/given: +2\n +allowed: 1/);
    expect(code).toBe(2);
  });

  test("a container that does not run is refused", async () => {
    platform.found.accessories = [container({ running: false })];
    const { output, code } = await tried(exec, ["db", "--", "psql"]);
    expect(output).toContain("it does not run");
    expect(code).toBe(2);
  });

  test("what keeps the command from starting is a fault", async () => {
    platform.runs["id-green-api"] = new Error("no such file: ls ");
    const { output, code } = await tried(exec, ["api", "--", "ls"]);
    expect(output).toContain("no such file: ls");
    expect(code).toBe(1);
  });
});

describe("run", () => {
  const words = (like: string, content = like) =>
    `makeOneOff ${like} ${content} /run/secrets/token migrate`;

  test("is like what serves, and removed at the end", async () => {
    platform.runs["one-off"] = 3;
    const { code } = await tried(run, ["api", "--", "migrate"]);
    expect(platform.writes).toEqual([
      words("id-green-api"),
      "exec one-off ",
      "removeUnits one-off",
    ]);
    expect(code).toBe(3);
  });

  test("takes another release by its version", async () => {
    await tried(run, ["api", "--release", "1.0", "--", "migrate"]);
    expect(platform.writes[0]).toBe(words("id-green-api", "id-blue-api"));
  });

  test("keeps it when told so", async () => {
    await tried(run, ["api", "--keep", "--", "migrate"]);
    expect(platform.writes).not.toContain("removeUnits one-off");
    expect(said).toEqual(["container one-off is kept"]);
  });

  test("removes it after a failure", async () => {
    platform.runs["one-off"] = new Error("it cannot be started");
    const { output, code } = await tried(run, ["api", "--", "migrate"]);
    expect(output).toContain("it cannot be started");
    expect(code).toBe(1);
    expect(platform.writes).toContain("removeUnits one-off");
  });

  test("removes it when interrupted", async () => {
    platform.runOneOff = async () => {
      process.emit("SIGINT");
      throw new Error("it is gone");
    };
    expect((await tried(run, ["api", "--", "migrate"])).code).toBe(130);
    expect(platform.writes).toContain("removeUnits one-off");
  });

  test.each([
    [["api", "--release", "0.9"], `allowed: ${old.id}, ${live.id}`],
    [["db"], "slipway exec -e staging db -- COMMAND"],
    [["apy"], "Did you mean api?"],
  ])("refused: %j", async (argv, text) => {
    const { output, code } = await tried(run, [...argv, "--", "migrate"]);
    expect(output).toContain(text);
    expect(code).toBe(2);
    expect(platform.writes).toEqual([]);
  });
});

describe("backup and restore", () => {
  const NAME = "db-20260101T100000Z.dump";
  const dump = (name = "db-20251231T100000Z.dump", accessory = "db") => ({
    ...{ name, accessory, at: "2025-12-31T10:00:00Z", bytes: 10, sha256: "b".repeat(64) },
  });

  test("a backup tells its size and hash, and what went for it", async () => {
    platform.stored = [dump("db-20251231T100000Z.dump"), dump("db-20251230T100000Z.dump")];
    const { output, code } = await tried(backup, []);
    expect(code).toBe(0);
    expect(platform.writes).toEqual(["backUp db id-accessory-db 2"]);
    expect(output).toMatch(new RegExp(`${NAME}  .* ago  2.0 kB  sha256 ${"a".repeat(64)}`));
    expect(output).toContain("Removed  db-20251230T100000Z.dump");
    expect(output).toMatch(/1 backup made$/);
  });

  test("the list of those that are there", async () => {
    platform.stored = [dump(), dump("other-20251231T100000Z.dump", "other")];
    const { output } = await tried(backup, ["db", "--list", "--json"]);
    expect(JSON.parse(output)).toMatchObject({ ok: true, backups: [{ accessory: "db" }] });
    expect(platform.writes).toEqual([]);
  });

  test("dumps are listed after the application is gone; none is made then", async () => {
    platform.found = untouched();
    platform.stored = [dump()];
    expect((await tried(backup, ["--list"])).output).toMatch(/1 backup there$/);
    const { output, code } = await tried(backup, []);
    expect(output).toContain("it is not deployed there");
    expect(code).toBe(2);
  });

  test("one that fails is a fault", async () => {
    platform.backupFault = "pg_dump: no space left";
    const { output, code } = await tried(backup, []);
    expect(output).toContain("pg_dump: no space left");
    expect(code).toBe(1);
  });

  test("a database that does not run cannot be backed up", async () => {
    platform.found.accessories = [container({ running: false })];
    const { output, code } = await tried(backup, []);
    expect(output).toContain("it does not run");
    expect({ code, writes: platform.writes }).toEqual({ code: 1, writes: [] });
  });

  test("a service that is no database is refused", async () => {
    const { output, code } = await tried(backup, ["dc"]);
    expect(output).toContain("Did you mean db?");
    expect(code).toBe(2);
  });

  test("restore says what it replaces, and asks", async () => {
    platform.stored = [dump()];
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return "yes";
    };
    const { output, code } = await tried(restore, [], "", { ask });
    expect(said.join("\n")).toContain("This replaces the data of db, of shop on unix:///one.sock");
    expect(asked).toHaveLength(1);
    expect(platform.writes).toEqual([`restore ${dump().name} id-accessory-db`]);
    expect(output).toBe(`db has the data of ${dump().name}`);
    expect(code).toBe(0);
  });

  test.each([
    ["another answer", [], { ask: async () => "y" }, "it was not agreed to"],
    ["nobody to ask", [], {}, "Run it again with --yes"],
    ["another backup", ["db", "db-20251231T100001Z.dump", "--yes"], {}, "Did you mean db-20251231"],
    ["another accessory", ["api", "--yes"], {}, "is no PostgreSQL accessory"],
  ])("nothing is restored for %s", async (_what, argv, more, text) => {
    platform.stored = [dump()];
    const { output, code } = await tried(restore, argv, "", more);
    expect(output).toContain(text);
    expect({ code, writes: platform.writes }).toEqual({ code: 2, writes: [] });
  });

  test("without a backup there is nothing to restore", async () => {
    const { output, code } = await tried(restore, ["--yes"]);
    expect(output).toContain("slipway backup -e staging db");
    expect(code).toBe(2);
  });

  test("a failure says that the data are as they were", async () => {
    platform.stored = [dump()];
    platform.backupFault = "could not read from input file";
    const { output, code } = await tried(restore, [dump().name, "--yes", "--json"]);
    expect(JSON.parse(output)).toMatchObject({ ok: false, faults: [{ path: "db" }] });
    expect(code).toBe(1);
    const text = await tried(restore, ["--yes"]);
    expect(text.output).toContain("its data are as they were: could not read from input file");
  });
});
