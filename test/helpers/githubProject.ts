import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

import type { Workflow } from "../../cli/github/workflow";
import { workflows, type WorkflowsReport } from "../../cli/workflows";
import { surroundings } from "./command";
import { folder } from "./spec";

/** A project in a folder of its own, and the command run in it. */
export function project(files: Record<string, string>) {
  const cwd = folder(files);
  const file = (name: string) => join(cwd, ".github/workflows", `slipway-${name}.yml`);
  return {
    cwd,
    file,
    run: (...args: string[]) => {
      const { output, code } = workflows([...args, "--json"], surroundings(cwd));
      return { report: JSON.parse(output) as WorkflowsReport, code };
    },
    workflow: (name: string) => parse(readFileSync(file(name), "utf8")) as Workflow,
  };
}
