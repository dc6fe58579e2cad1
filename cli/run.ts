import type { Readable, Writable } from "node:stream";
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
  /** For what comes from elsewhere and is handed on: logs, and commands that run in a container. */
  streams: Streams;
  /** Asks, and waits for a line. Absent where nobody can answer: in CI, in a pipe. */
  ask?(question: string): Promise<string>;
}

export interface Streams {
  input: Readable & Partial<Pick<NodeJS.ReadStream, "isTTY" | "setRawMode">>;
  output: Writable & Partial<Pick<NodeJS.WriteStream, "isTTY" | "rows" | "columns">>;
  errors: Writable;
}

/**
 * Exit codes, the same for every command. done: it is as the command says · failed: tried, and it did not come to
 * pass, or it is not well · refused: nothing was tried, for the request or what it is about has faults.
 */
export const CODE = { done: 0, failed: 1, refused: 2 } as const;
export type Code = (typeof CODE)[keyof typeof CODE];

export interface Result {
  output: string;
  /** Of `exec` and `run`: that of the command which they ran. */
  code: number;
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
  const colours = pc.createColors(Boolean(process.stdout.isTTY) && !process.env.NO_COLOR);
  const around: Surroundings = {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    environment: process.env,
    colours,
    say: (line) => void process.stderr.write(`${line}\n`),
    screen: SCREEN,
    streams: { input: process.stdin, output: process.stdout, errors: process.stderr },
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
    ...(process.stderr.isTTY ? { draw: drawing() } : {}),
  };
  try {
    const { output, code } = await command(argv, around);
    if (output !== "") process.stdout.write(`${output}\n`);
    process.exitCode = code;
  } catch (error) {
    const { message, stack } = error as Error;
    const told = process.env.SLIPWAY_DEBUG ? stack : `${message} (SLIPWAY_DEBUG=1 tells where)`;
    process.stderr.write(`${colours.red("Error")}  ${told}\n`);
    process.exitCode = CODE.failed;
  }
}

/** Loaded with the first drawing: most commands draw nothing. */
function drawing(): (text: string) => void {
  let drawer: Promise<(text: string) => void> | undefined;
  return (text) => {
    drawer ??= import("log-update").then(({ default: logUpdate }) =>
      logUpdate.create(process.stderr, { showCursor: true }),
    );
    void drawer.then((draw) => draw(text));
  };
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
