import { basename } from "node:path";
import type { Document, YAMLError } from "yaml";

import { show } from "./field";
import type { Findings } from "./findings";
import { closest } from "./units";

const CURES: Partial<Record<YAMLError["code"], string>> = {
  TAB_AS_INDENT: "Indent with spaces",
  DUPLICATE_KEY: "Leave one of them",
  MULTIPLE_DOCS: "Leave one document in the file; list several files instead",
};

const TAGS = ["!reset", "!override"];

function cureOf(tag: string): string {
  const near = closest(tag, TAGS);
  return near === undefined ? `Leave ${tag} out, or quote the text` : `Did you mean ${near}?`;
}

/** What is wrong with the YAML of a file itself. Whether there was anything. */
export function yamlFaults(
  file: string,
  text: string,
  { errors, warnings }: Pick<Document, "errors" | "warnings">,
  findings: Findings,
): boolean {
  for (const problem of [...errors, ...warnings]) {
    const { line, col: column } = problem.linePos?.[0] ?? { line: 1, col: 1 };
    const message = problem.message.split("\n")[0].replace(/ at line \d+, column \d+:?$/, "");
    const key = (text.split("\n")[line - 1] ?? "").slice(column - 1).split(":")[0];
    const tag = problem.code === "TAG_RESOLVE_FAILED" && /!\S+$/.exec(message)?.[0];
    const cure = tag ? cureOf(tag) : CURES[problem.code];
    findings.fault(basename(file), `is no valid YAML: ${message}`, {
      // Only a key is quoted: the rest of a line may be a password.
      ...(problem.code === "DUPLICATE_KEY" ? { given: show(key) } : {}),
      ...(tag ? { allowed: TAGS.join(", ") } : {}),
      ...(cure === undefined ? {} : { cure }),
      at: { file, line, column },
    });
  }
  return errors.length + warnings.length > 0;
}
