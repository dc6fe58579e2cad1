import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { projectRoot } from "../../toolchain/paths";

const PARTS = [
  ...[
    "index.ts",
    "git.ts",
    "loader.js",
    "program.js",
    "package.json",
    "tsconfig.json",
    "Pulumi.yaml",
  ],
  ...["spec", "components", "provider"],
];

/** A copy of this program with one of its files changed, as a later version of it might be. */
export function changedProgram(file: string, changes: [from: string, to: string][]): string {
  const copy = mkdtempSync(join(tmpdir(), "slipway-changed-"));
  PARTS.forEach((name) => cpSync(join(projectRoot, name), join(copy, name), { recursive: true }));
  symlinkSync(join(projectRoot, "node_modules"), join(copy, "node_modules"));
  const path = join(copy, file);
  const text = changes.reduce(
    (before, [from, to]) => {
      if (!before.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
      return before.replace(from, to);
    },
    readFileSync(path, "utf8"),
  );
  writeFileSync(path, text);
  return copy;
}
