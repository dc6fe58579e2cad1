import pc from "./colours";

/** A fault that the user can cure: printed as its message alone, without a stack trace. */
export class ToolchainError extends Error {
  constructor(
    /** What went wrong, with the value given. */
    what: string,
    /** What to do about it. */
    readonly cure: string,
  ) {
    super(`${what}\n  ${cure}`);
    this.name = "ToolchainError";
  }
}

/** Runs a command of this folder; any error ends in one clear last line and exit code 1. */
export function runMain(main: () => Promise<number | void>): void {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  main().then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      // Set SLIPWAY_DEBUG for the stack of a fault that is ours.
      if (process.env.SLIPWAY_DEBUG && error instanceof Error) console.error(error.stack);
      console.error(`${pc.red("error:")} ${message}`);
      process.exitCode = 1;
    },
  );
}
