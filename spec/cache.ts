import { repositoryOf, tagOf } from "./registry";
import type { BuildSettings } from "./types";

/** Where one image's build takes layers from and leaves them, in buildx's syntax. */
export interface Caches {
  from: string[];
  to: string[];
}

export interface CacheInput extends Pick<BuildSettings, "cache" | "own"> {
  service: string;
  /** Unique tag of the image, in its repository. */
  reference: string;
  /** Whether that is one of a registry. */
  isPushed: boolean;
  branch?: string;
  /** Of this machine, for this image. */
  folder: string;
  /** Whether the folder holds a cache already. */
  isFilled: boolean;
  /** In GitHub Actions, with its cache. */
  inActions: boolean;
}

/** A cache that cannot be written is no reason to fail; one that cannot be read is none to BuildKit. */
const LENIENT = "ignore-error=true";

/** Branches whose builds are the next best. */
const TRUNKS = ["main", "master"];

/** The tag that holds the layers of a branch's last build. */
export const cacheTags = (branch: string): string[] => tagOf(`cache-${branch}`);

export function cachesOf(input: CacheInput): Caches {
  const { cache, own, service, isPushed, branch, folder, isFilled, inActions } = input;
  if (cache === undefined || cache === false) return { from: [], to: [] };
  if (cache !== true) return given(cache, service);
  const repository = repositoryOf(input.reference);
  const branches = [...new Set([...(branch === undefined ? [] : [branch]), ...TRUNKS])];
  const chain = branches.flatMap(cacheTags).map((tag) => `type=registry,ref=${repository}:${tag}`);
  const read = isPushed ? chain : [];
  // The engine's own builder can only put it into the image itself.
  if (own) return { from: read, to: isPushed ? ["type=inline"] : [] };
  const scope = repository.split("/").pop()!;
  const actions = `type=gha,scope=${scope}`;
  const local = isFilled ? [`type=local,src=${folder}`] : [];
  // One place, the best that there is: each costs the time of sending all layers.
  const registry = isPushed && branch !== undefined ? `${chain[0]},image-manifest=true` : undefined;
  const place = registry ?? (inActions ? actions : `type=local,dest=${folder}`);
  return {
    from: [...read, ...local, ...(inActions ? [actions] : [])],
    to: [`${place},mode=max,${LENIENT}`],
  };
}

function given({ from, to }: Caches, service: string): Caches {
  const filled = (text: string) => text.replaceAll("{service}", service);
  const lenient = (text: string) =>
    text === "type=inline" || text.includes("ignore-error=") ? text : `${text},${LENIENT}`;
  return { from: from.map(filled), to: to.map(filled).map(lenient) };
}
