import { readFileSync, writeFileSync } from "node:fs";
import execa from "execa";

import { SYSTEMS } from "../helpers/systems";
import { made, scriptsOf } from "../helpers/workflowSteps";
import { builtBinary } from "../../toolchain/parts";

describe("actionlint", () => {
  // GitHub has it since May 2026 (changelog, 2026-05-07), actionlint 1.7.12 not yet.
  const queue = 'unexpected key "queue" for "concurrency" section';
  const options = ["-no-color", "-shellcheck=", "-pyflakes=", "-ignore", queue];
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
