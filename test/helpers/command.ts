import { rmSync } from "node:fs";
import pc from "picocolors";

import type { Result, Surroundings } from "../../cli/run";
import { folder } from "./spec";

type Command = (argv: string[], around: Surroundings) => Result;

/** Runs a command of ours in a folder with these files; its folder's name is told as DIR. */
export function run(
  command: Command,
  argv: string[],
  files: Record<string, string>,
  environment: Record<string, string> = {},
): Result {
  const cwd = folder(files);
  const colours = pc.createColors(false);
  try {
    const { output, code } = command(argv, { cwd, environment, colours });
    return { output: output.replaceAll(cwd, "DIR"), code };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
