import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument } from "commander";

import { ownCommand } from "./options";
import { CODE, type Result } from "./run";

const FOLDER = join(__dirname, "../schemas");

/** Of the files that people write, and of what `--json` prints. */
export const schemaNames = (): string[] =>
  [...namesIn(FOLDER), ...namesIn(join(FOLDER, "reports"))].sort();

const namesIn = (folder: string) =>
  readdirSync(folder).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);

/** `slipway schema NAME`: a JSON schema. */
export function schema(argv: string[]): Result {
  const command = ownCommand(
    "schema",
    "Prints a JSON schema: of a file that you write, or of what a command prints with --json.",
    ["", "stack", "status"],
  )
    .addArgument(new Argument("[name]", "which one; none: their names").choices(schemaNames()))
    .parse(argv, { from: "user" });
  const [name] = command.args;
  if (name === undefined) return { output: schemaNames().join("\n"), code: CODE.done };
  const folder = namesIn(FOLDER).includes(name) ? FOLDER : join(FOLDER, "reports");
  return { output: readFileSync(join(folder, `${name}.json`), "utf8").trimEnd(), code: CODE.done };
}
