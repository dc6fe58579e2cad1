import { Command } from "commander";

import { CODE } from "./run";

/**
 * A command about one stack: `-e`, `--json`, help with examples.
 *
 * @param json what `--json` does; undefined where there is nothing to report
 */
export function stackCommand(
  name: string,
  about: string,
  examples: readonly string[],
  { json }: { json?: string | undefined } = { json: "print one JSON document" },
): Command {
  const command = ownCommand(name, about, examples).requiredOption(
    "-e, --stack <name>",
    "the stack, as in Pulumi.<name>.yaml",
  );
  return json === undefined ? command : command.option("--json", json);
}

/** A command whose help has examples. */
export function ownCommand(name: string, about: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  slipway ${name} ${example}`.trimEnd());
  return refusing(new Command(`slipway ${name}`))
    .description(about)
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

/** A fault of the command line is refused; Commander's own code for it is that of a failure. */
export const refusing = (command: Command): Command =>
  command
    .showHelpAfterError("(--help tells the options)")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? CODE.done : CODE.refused));
