import type { Named } from "./unneeded";

/** A registry, as `slipway:registry.server` says it. */
export interface Server {
  /** Host, with port where there is one. */
  address: string;
  /** What repositories begin with; empty, or with a slash at its end. */
  prefix: string;
}

export function serverOf(server: string): Server {
  const [address, ...path] = server.split("/");
  return { address: address!, prefix: path.map((part) => `${part}/`).join("") };
}

const NAME = "([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)";
const TAG = "(?::([\\w][\\w.-]{0,127}))?";
const DIGEST = "(?:@(sha256:[0-9a-f]{64}))?";

/**
 * What texts (records, states, descriptions) name at a registry, by repository. Whatever stands there counts: one name
 * too many keeps an image, one too few loses it.
 */
export function namedIn(texts: readonly string[], { address, prefix }: Server): Map<string, Named> {
  // The engine lists images of Docker Hub without its name.
  const host = /^(index\.)?docker\.io$/.test(address)
    ? "(?:(?:index\\.)?docker\\.io/)?"
    : `${literal(address)}/`;
  const reference = new RegExp(`${host}${literal(prefix)}${NAME}${TAG}${DIGEST}`, "g");
  const named = new Map<string, { digests: Set<string>; tags: Set<string> }>();
  for (const text of texts) {
    for (const [, name, tag, digest] of text.matchAll(reference)) {
      const repository = `${prefix}${name}`;
      const known = named.get(repository) ?? { digests: new Set(), tags: new Set() };
      if (digest !== undefined) known.digests.add(digest);
      if (tag !== undefined || digest === undefined) known.tags.add(tag ?? "latest");
      named.set(repository, known);
    }
  }
  return named;
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
