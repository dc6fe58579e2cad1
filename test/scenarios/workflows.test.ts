import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";
import { parse } from "yaml";

import type { Workflow } from "../../cli/github/workflow";
import { workflows, type WorkflowsReport } from "../../cli/workflows";
import { surroundings } from "../helpers/command";
import { folder } from "../helpers/spec";
import { SYSTEMS } from "../helpers/systems";
import { builtBinary } from "../../toolchain/parts";

/** The workflows of a system, in a folder of their own. */
function made(system: string) {
  const cwd = folder(SYSTEMS[system]!);
  const { output, code } = workflows(["--json"], surroundings(cwd));
  expect(code).toBe(0);
  const files = (JSON.parse(output) as WorkflowsReport).files.map(({ path }) => join(cwd, path));
  return { cwd, files };
}

const scriptsOf = (file: string): { name: string; script: string }[] =>
  Object.entries((parse(readFileSync(file, "utf8")) as Workflow).jobs).flatMap(
    ([job, { steps = [] }]) =>
      steps.flatMap(({ run }, index) =>
        run === undefined ? [] : [{ name: `${job} ${index}`, script: run }],
      ),
  );

describe("actionlint", () => {
  const options = ["-no-color", "-shellcheck=", "-pyflakes="];
  const lint = async (files: string[], cwd: string) => {
    const actionlint = await builtBinary("actionlint");
    return execa(actionlint, [...options, ...files], { cwd, reject: false, all: true });
  };

  test.each(Object.keys(SYSTEMS))("finds nothing in the workflows of %s", async (system) => {
    const { cwd, files } = made(system);
    const { all, exitCode } = await lint(files, cwd);
    expect(all).toBe("");
    expect(exitCode).toBe(0);
  });

  test.each([
    ["a job that is not there", "needs:\n      - staging", "needs:\n      - stagging"],
    ["an output that is not there", "steps.update.outputs", "steps.updated.outputs"],
    ["an unknown permission", "issues: write", "isues: write"],
    ["a context that is not there", "github.ref_type == 'tag'", "github.reftype == 'tag'"],
    ["an input that is not there", "inputs.version }}", "inputs.versions }}"],
  ])("finds %s", async (_what, good, bad) => {
    const { cwd, files } = made("edenco");
    const file = files.find((one) => one.endsWith("-deploy.yml"))!;
    const text = readFileSync(file, "utf8");
    expect(text).toContain(good);
    writeFileSync(file, text.replace(good, bad));
    expect((await lint([file], cwd)).exitCode).toBe(1);
  });
});

test.each(Object.keys(SYSTEMS))("bash can read each script of %s", async (system) => {
  for (const { name, script } of made(system).files.flatMap(scriptsOf)) {
    const { exitCode, stderr } = await execa("bash", ["-n"], { input: script, reject: false });
    expect({ name, exitCode, stderr }).toEqual({ name, exitCode: 0, stderr: "" });
  }
});

describe("the steps' own scripts, in bash as on a runner", () => {
  /** Runs a script of a workflow, with programs in place of those that ask others. */
  async function ran(
    workflow: string,
    like: string,
    programs: Record<string, string>,
    env: Record<string, string>,
    prepare: (cwd: string) => void = () => undefined,
  ) {
    const { files } = made(workflow === "load" ? "ai-chat" : "edenco");
    const cwd = folder({ output: "" });
    const bin = join(cwd, "bin");
    mkdirSync(bin);
    for (const [name, body] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
    }
    prepare(cwd);
    const file = files.find((one) => one.endsWith(`-${workflow}.yml`))!;
    const { script } = scriptsOf(file).find((one) => one.script.includes(like))!;
    const result = await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd,
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        RUNNER_TEMP: cwd,
        GITHUB_OUTPUT: join(cwd, "output"),
        ...env,
      },
      reject: false,
      all: true,
    });
    return { ...result, cwd, said: (name: string) => readFileSync(join(cwd, name), "utf8") };
  }

  const PULL_REQUEST = { REPOSITORY: "acme/shop", PULL_REQUEST: "7", COMMIT: "abc" };
  const previews = (cwd: string) => {
    mkdirSync(join(cwd, "previews"));
    writeFileSync(join(cwd, "previews/production.md"), "### production\n");
    writeFileSync(join(cwd, "previews/staging.md"), "### staging\n");
  };

  test.each([
    ["a first comment", "", "-X POST repos/acme/shop/issues/7/comments"],
    ["the comment that is there", "41\n42", "-X PATCH repos/acme/shop/issues/comments/41"],
  ])("%s", async (_what, known, call) => {
    const gh = `echo "$*" >> calls; case "$*" in *--paginate*) printf '%s\\n' '${known}';; esac`;
    const { exitCode, said } = await ran("preview", "gh api", { gh }, PULL_REQUEST, previews);
    expect(exitCode).toBe(0);
    expect(said("calls")).toContain(call);
    expect(said("comment.md")).toBe(
      "<!-- slipway preview -->\n### production\n### staging\n\nOf commit abc.\n",
    );
  });

  test("no preview came to its end: the comment says so", async () => {
    const { exitCode, said } = await ran("preview", "gh api", { gh: "true" }, PULL_REQUEST);
    expect(exitCode).toBe(0);
    expect(said("comment.md")).toContain("No preview came to its end");
  });

  const HELD = { TITLE: "A deploy of edenco failed", TEXT: "look" };

  test.each([
    ["a first failure opens an issue", "[]", "issue create --label bug --title A deploy of edenco"],
    [
      "the next one tells of itself there",
      '[{"number":3,"title":"other"},{"number":5,"title":"A deploy of edenco failed"}]',
      "issue comment 5 --body look",
    ],
  ])("%s", async (_what, issues, call) => {
    const gh = `echo "$*" >> calls; case "$*" in "issue list"*) echo '${issues}';; esac`;
    const { exitCode, said } = await ran("deploy", "gh issue", { gh }, HELD);
    expect(exitCode).toBe(0);
    expect(said("calls")).toContain(call);
  });

  const REPORT = '{"after":{"release":"r1"},"url":"http://shop/"}';

  test("a deploy by tag: the version without its v, and what the next jobs must know", async () => {
    const npx = `echo "$*" >> calls; echo '${REPORT}'`;
    const { exitCode, said } = await ran("deploy", "slipway deploy", { npx }, { VERSION: "v1.4" });
    expect(exitCode).toBe(0);
    expect(said("calls")).toBe("slipway deploy -e staging -v 1.4 --lock-wait 600 --json\n");
    expect(said("output")).toBe("release=r1\nurl=http://shop/\n");
  });

  test("a deploy that fails is a step that fails", async () => {
    const npx = `echo '${REPORT}'; exit 1`;
    const { exitCode } = await ran("deploy", "slipway deploy", { npx }, { VERSION: "" });
    expect(exitCode).toBe(1);
  });

  test.each([
    ["r1", 0],
    ["r2", 1],
    ["", 1],
  ])("production takes what was tried (r1), when staging serves %p: %p", async (serves, code) => {
    const status = JSON.stringify({
      slots: [
        { serves: false, release: "r1" },
        ...(serves ? [{ serves: true, release: serves }] : []),
      ],
    });
    const npx = `echo '${status}'`;
    const { exitCode } = await ran("deploy", "slipway status", { npx }, { RELEASE: "r1" });
    expect(exitCode).toBe(code);
  });

  test.each([
    ["within the budget", "1000,5,120,400", 0],
    ["too slow", "1000,5,120,1001", 1],
    ["too many failed", "1000,20,120,400", 1],
    ["nothing was sent", "0,0,0,0", 1],
  ])("a load: %s", async (_what, row, code) => {
    const csv = `Type,Name,Request Count,Failure Count,50%,95%\nGET,/,1,0,1,1\n,Aggregated,${row}\n`;
    const env = { P95: "1000", ERRORS: "1" };
    const { exitCode } = await ran("load", "load_stats.csv", {}, env, (cwd) =>
      writeFileSync(join(cwd, "load_stats.csv"), csv),
    );
    expect(exitCode).toBe(code);
  });
});
