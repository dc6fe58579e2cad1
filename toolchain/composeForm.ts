import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import standalone from "ajv/dist/standalone";

import { projectRoot } from "./paths";

const HEADER = `// Made by npm run schemas from compose-spec.json (github.com/compose-spec/compose-spec, Apache-2.0):
// the specification's own schema as a function. It loads in 30 ms, and to compile it takes half a second.
`;
const source = join(projectRoot, "spec/compose-spec.json");
const target = join(projectRoot, "spec/composeForm.js");

/** What spec/composeForm.js has to be. */
export function composeForm(): string {
  const { $schema: _, ...schema } = JSON.parse(readFileSync(source, "utf8")) as object & {
    $schema: string;
  };
  const code = { source: true, optimize: 2 };
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, code });
  return HEADER + standalone(ajv, ajv.compile(schema));
}

if (require.main === module) writeFileSync(target, composeForm());
