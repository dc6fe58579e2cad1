import * as os from "os";
import * as path from "path";
import { cachesOf, type Caches, cacheTags } from "../spec/cache";
import { statOf } from "../spec/disk";
import type { ServiceSpec } from "../spec/types";
import type { Run } from "./platform";

/** What of this machine decides about an image's caches. */
export function caches({ spec, git }: Run, { name, image }: ServiceSpec): Caches {
  if (!spec.builds?.cache) return { from: [], to: [] };
  const folder = path.join(cacheFolder(), "builds", `${spec.name}-${name}`);
  return cachesOf({
    ...spec.builds,
    service: name,
    reference: image.reference,
    isPushed: spec.registry !== undefined && spec.registry.onHost === undefined,
    branch: git.branch(),
    folder,
    isFilled: statOf(path.join(folder, "index.json")) !== undefined,
    inActions: Boolean(process.env.ACTIONS_CACHE_URL || process.env.ACTIONS_RESULTS_URL),
  });
}

/** An image that holds its own cache is found by this tag, beside those for people. */
export function inlineTags({ spec, git }: Run): string[] {
  const branch = spec.builds?.own && spec.builds.cache === true ? git.branch() : undefined;
  return branch === undefined ? [] : cacheTags(branch);
}

/** As the toolchain has it (toolchain/paths.ts). */
const cacheFolder = () =>
  process.env.SLIPWAY_CACHE ||
  path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "slipway");
