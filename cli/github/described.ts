import { join } from "node:path";

import { filesIn, readIfFile } from "../../spec/disk";
import type { NamedStack } from "../subject";
import type { Described, Integration } from "./facts";
import { below } from "./paths";

export const describedIn = (root: string, { files }: NamedStack): Described => ({
  files: files.map((file) => below(root, file)),
  variables: variablesIn(files),
});

/** Of `$NAME`, `${NAME}`, `${NAME:?why}`: what has no default, and would be empty or refused. */
function variablesIn(files: readonly string[]): string[] {
  const text = files
    .map((file) => readIfFile(file) ?? "")
    .join("\n")
    .replace(/^\s*#.*$/gm, "");
  const found = [...text.matchAll(/(?<!\$)\$(?:\{(\w+)(?:\}|:?\?)|([A-Za-z_]\w*))/g)];
  return [...new Set(found.map(([, braced, plain]) => braced ?? plain!))].sort();
}

const FOLDERS = ["tests/integration", "test/integration", "integration"];

/** Where people keep what tests the composed application; of several stacks the first tells how it is composed. */
export function integrationOf(
  root: string,
  directory: string,
  [stack]: readonly NamedStack[],
): Integration | undefined {
  const found = [directory, root]
    .flatMap((folder) => FOLDERS.map((name) => join(folder, name)))
    .find((folder) => filesIn(folder).some((name) => /^test_.*\.py$|_test\.py$/.test(name)));
  if (stack === undefined || found === undefined) return undefined;
  const requirements = filesIn(found).filter((name) => /^requirements.*\.txt$/.test(name));
  return {
    folder: below(root, found),
    requirements: requirements.sort().map((name) => below(root, join(found, name))),
    ...describedIn(root, stack),
  };
}
