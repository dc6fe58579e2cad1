import pc from "picocolors";

import type { Colours } from "./print";

/** What a command is told by its surroundings. */
export interface Surroundings {
  /** Where the user is; npm itself stands in the package's folder. */
  cwd: string;
  environment: Record<string, string | undefined>;
  colours: Colours;
}

export interface Result {
  output: string;
  code: 0 | 1;
}

/** Runs a command of ours: prints, and sets the exit code. */
export async function runMain(
  command: (argv: string[], around: Surroundings) => Result | Promise<Result>,
  argv = process.argv.slice(2),
): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const { output, code } = await command(argv, {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    environment: process.env,
    colours: pc.createColors(Boolean(process.stdout.isTTY) && !process.env.NO_COLOR),
  });
  process.stdout.write(`${output}\n`);
  process.exitCode = code;
}
