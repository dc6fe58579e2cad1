import pc from "picocolors";

import type { Colours } from "./print";
import { SCREEN, type Screen } from "./screen";

/** What a command is told by its surroundings. */
export interface Surroundings {
  /** Where the user is; npm itself stands in the package's folder. */
  cwd: string;
  environment: Record<string, string | undefined>;
  colours: Colours;
  /** Shows a line while the command works. On stderr, so that `--json` stays one document. */
  say(line: string): void;
  /** Draws lines in place of the ones before. Only on a terminal. */
  draw?(text: string): void;
  /** For what goes on until it is told to end; what others print is their result. */
  screen: Screen;
  /** Asks, and waits for a line. Absent where nobody can answer: in CI, in a pipe. */
  ask?(question: string): Promise<string>;
}

/**
 * Exit codes, the same for every command. done: it is as the command says · failed: tried, and it did not come to
 * pass, or it is not well · refused: nothing was tried, for the request or what it is about has faults.
 */
export const CODE = { done: 0, failed: 1, refused: 2 } as const;
export type Code = (typeof CODE)[keyof typeof CODE];

export interface Result {
  output: string;
  code: Code;
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
    say: (line) => void process.stderr.write(`${line}\n`),
    screen: SCREEN,
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
    ...(process.stderr.isTTY ? { draw: await drawing() } : {}),
  });
  if (output !== "") process.stdout.write(`${output}\n`);
  process.exitCode = code;
}

async function drawing() {
  const { default: logUpdate } = await import("log-update");
  return logUpdate.create(process.stderr, { showCursor: true });
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
