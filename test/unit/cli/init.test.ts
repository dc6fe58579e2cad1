import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { Backend } from "../../../cli/backend";
import { completion } from "../../../cli/completion";
import { init, type InitReport } from "../../../cli/init";
import { schema } from "../../../cli/schema";
import type { Surroundings } from "../../../cli/run";
import { projectRoot } from "../../../toolchain/paths";
import { surroundings } from "../../helpers/command";
import { folder } from "../../helpers/spec";

jest.mock("../../../cli/backend");
const create = jest.mocked(Backend).prototype.create;

let cwd: string;
beforeEach(() => {
  create.mockReset().mockResolvedValue();
  cwd = folder({ "compose.yaml": 'services: { web: { image: "web:1", ports: ["80:80"] } }\n' });
  mkdirSync(join(cwd, "node_modules"));
  symlinkSync(projectRoot, join(cwd, "node_modules/slipway"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const run = async (argv: string[] = [], more: Partial<Surroundings> = {}) => {
  const { output, code } = await init([...argv, "--json"], surroundings(cwd, more));
  return { ...(JSON.parse(output) as InitReport), code };
};
const read = (file: string) => readFileSync(join(cwd, file), "utf8");

test("without a question it takes what is usual, and says what the Compose file comes to", async () => {
  const report = await run(["--name", "shop"]);
  expect(report).toMatchObject({ code: 0, name: "shop", stacks: ["staging", "production"] });
  expect(report.files).toEqual(["Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.production.yaml"]);
  expect(report.check!.services).toMatchObject([{ name: "web", role: "app" }]);
  expect(parse(read("Pulumi.yaml"))).toMatchObject({
    main: "node_modules/slipway/program.js",
    plugins: { providers: [{ path: "./node_modules/slipway/provider" }] },
  });
  expect(parse(read("Pulumi.staging.yaml"))).toEqual({ config: { "slipway:name": "shop" } });
  expect(create.mock.calls).toEqual([["staging"], ["production"]]);
});

test("flags answer what would be asked", async () => {
  await run([
    "--name",
    "shop",
    "--stack",
    "test",
    "--host",
    "ssh://me@host",
    "--backend",
    "s3://states",
  ]);
  expect(parse(read("Pulumi.yaml")).backend).toEqual({ url: "s3://states" });
  expect(parse(read("Pulumi.test.yaml")).config["slipway:docker"]).toEqual({
    host: "ssh://me@host",
  });
});

test("on a terminal it asks, and an empty answer is the usual one", async () => {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return /Stacks/.test(question) ? "one, two" : /Name/.test(question) ? "shop" : "";
  };
  expect(await run([], { ask })).toMatchObject({ name: "shop", stacks: ["one", "two"] });
  expect(asked).toHaveLength(4);
});

test("what is there already stays as it is", async () => {
  await run(["--name", "shop"]);
  create.mockRejectedValue(new Error("pulumi stack init: stack 'staging' already exists"));
  const again = await run(["--name", "other"]);
  expect(again).toMatchObject({ code: 0, files: [] });
  expect(again.warnings).toHaveLength(3);
  expect(read("Pulumi.staging.yaml")).toContain("shop");
});

test.each([
  [
    "a Compose file with faults",
    ["--name", "shop"],
    () => rmSync(join(cwd, "compose.yaml")),
    "FILE",
  ],
  ["a name that cannot be", ["--name", "My Shop"], () => {}, "--name"],
  ["Slipway is elsewhere", [], () => rmSync(join(cwd, "node_modules/slipway")), "slipway"],
])("%s: nothing is written", async (_name, argv, spoil, path) => {
  spoil();
  const report = await run(argv);
  expect(report.code).toBe(2);
  expect(report.faults.map((fault) => fault.path)).toContain(path);
  expect(existsSync(join(cwd, "Pulumi.yaml"))).toBe(false);
});

test.each(["bash", "zsh", "fish"])("completion for %s knows the commands", (shell) => {
  const { output } = completion([shell], undefined, ["deploy", "status"]);
  expect(output).toContain("deploy status");
});

test("schema prints one by its name", () => {
  expect(schema([]).output.split("\n")).toEqual(
    expect.arrayContaining(["deploy", "stack", "status"]),
  );
  expect(JSON.parse(schema(["deploy"]).output).title).toBe("slipway deploy --json");
});
