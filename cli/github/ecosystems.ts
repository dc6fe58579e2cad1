import { dirname, join } from "node:path";

import { statOf } from "../../spec/disk";
import type { ApplicationSpec } from "../../spec/types";
import type { Facts } from "./facts";
import type { Code } from "./languages";
import { below } from "./paths";

/** Folders that Dependabot looks into, by what it finds there. */
export function ecosystemsOf(
  root: string,
  directory: string,
  code: readonly Code[],
  playwright: string | undefined,
  specs: readonly ApplicationSpec[],
): Facts["ecosystems"] {
  const tests = playwright === undefined ? [] : [dirname(playwright)];
  const has = (folder: string) => statOf(join(root, folder, "package.json"))?.isFile() === true;
  const images = specs
    .flatMap(({ services }) => services)
    .flatMap(({ image }) =>
      image.kind === "build" && image.inline === undefined
        ? below(root, dirname(join(image.context, image.dockerfile)))
        : [],
    );
  return {
    npm: sorted(
      [below(root, directory), ...tests, ...code.map(({ folder }) => folder)].filter(has),
    ),
    pip: sorted(code.filter(({ python }) => python).map(({ folder }) => folder)),
    docker: sorted(images.filter((folder) => !folder.startsWith(".."))),
  };
}

const sorted = (folders: string[]) => [...new Set(folders)].sort();
