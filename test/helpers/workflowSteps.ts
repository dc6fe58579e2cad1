import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";
import { parse } from "yaml";

import type { Workflow } from "../../cli/github/workflow";
import { workflows, type WorkflowsReport } from "../../cli/workflows";
import { surroundings } from "./command";
import { folder } from "./spec";
import { SYSTEMS } from "./systems";

/** The workflows of a system, in a folder of their own. */
export function made(system: string) {
  const cwd = folder(SYSTEMS[system]!);
  const { output, code } = workflows(["--json"], surroundings(cwd));
  expect(code).toBe(0);
  const files = (JSON.parse(output) as WorkflowsReport).files
    .filter(({ path }) => path.includes("/workflows/"))
    .map(({ path }) => join(cwd, path));
  return { cwd, files };
}

export const scriptsOf = (file: string): { name: string; script: string }[] =>
  Object.entries((parse(readFileSync(file, "utf8")) as Workflow).jobs).flatMap(
    ([job, { steps = [] }]) =>
      steps.flatMap(({ run }, index) =>
        run === undefined ? [] : [{ name: `${job} ${index}`, script: run }],
      ),
  );

/** A system that has the workflow with all its steps, where that is not the usual one. */
const OF: Record<string, string> = { load: "ai-chat", ci: "vino", rollback: "ai-chat" };

/** Runs a script of a workflow, with programs in place of those that ask others. */
export async function ran(
  workflow: string,
  like: string,
  programs: Record<string, string>,
  env: Record<string, string>,
  prepare: (cwd: string) => void = () => undefined,
) {
  const { files } = made(OF[workflow] ?? "edenco");
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
