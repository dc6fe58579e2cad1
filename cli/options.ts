import { Command } from "commander";

import { CODE } from "./run";

/** A command about one stack: `-e`, `--json`, help with examples. */
export function stackCommand(name: string, about: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  slipway ${name} ${example}`.trimEnd());
  return refusing(new Command(`slipway ${name}`))
    .description(about)
    .requiredOption("-e, --stack <name>", "the stack, as in Pulumi.<name>.yaml")
    .option("--json", "print one JSON document")
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

/** A fault of the command line is refused; Commander's own code for it is that of a failure. */
export const refusing = (command: Command): Command =>
  command
    .showHelpAfterError("(--help tells the options)")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? CODE.done : CODE.refused));
