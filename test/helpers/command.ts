import { rmSync } from "node:fs";
import { PassThrough } from "node:stream";
import pc from "picocolors";

import type { Result, Surroundings } from "../../cli/run";
import { folder } from "./spec";

type Command = (argv: string[], around: Surroundings) => Result;

/** Surroundings without colours, where nobody can be asked; what is said on the way goes to `said`. */
export const surroundings = (
  cwd: string,
  { said = [], ...more }: Partial<Surroundings> & { said?: string[] } = {},
): Surroundings => ({
  cwd,
  environment: {},
  colours: pc.createColors(false),
  say: (line) => void said.push(line),
  screen: { isTerminal: false, write: (text) => void said.push(text), ended: aborted },
  streams: { input: new PassThrough(), output: new PassThrough(), errors: new PassThrough() },
  ...more,
});

/** Nothing goes on and on where a test does not say until when. */
const aborted = () => AbortSignal.abort();

/** Runs a command of ours in a folder with these files; its folder's name is told as DIR. */
export function run(
  command: Command,
  argv: string[],
  files: Record<string, string>,
  environment: Record<string, string> = {},
): Result {
  const cwd = folder(files);
  try {
    const { output, code } = command(argv, surroundings(cwd, { environment }));
    return { output: output.replaceAll(cwd, "DIR"), code };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
