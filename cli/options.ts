import { Command } from "commander";

import { CODE } from "./run";

/**
 * A command about one stack: `-e`, `--json`, help with examples; a fault of the command line is refused.
 *
 * @param json what `--json` does; undefined where there is nothing to report
 */
export function stackCommand(
  name: string,
  about: string,
  examples: readonly string[],
  { json }: { json?: string | undefined } = { json: "print one JSON document" },
): Command {
  const lines = examples.map((example) => `  slipway ${name} ${example}`.trimEnd());
  const command = new Command(`slipway ${name}`)
    .description(about)
    .requiredOption("-e, --stack <name>", "the stack, as in Pulumi.<name>.yaml")
    .addHelpText("after", `\nExamples:\n${lines.join("\n")}`)
    // Commander's own code for it is that of a failure.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? CODE.done : CODE.refused));
  return json === undefined ? command : command.option("--json", json);
}
