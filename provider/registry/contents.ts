import { LABEL } from "../../spec/names";
import type { RegistryClient } from "./client";

/** Requests to a registry at once: hosted ones count them. */
const AT_ONCE = 4;

/** Label of the time of a build, in ISO 8601; a build that can be repeated has no true time else. */
const CREATED = "org.opencontainers.image.created";
const CACHE = "application/vnd.buildkit.cacheconfig.v0";

export interface Blob {
  digest: string;
  bytes: number;
}

/** A manifest: of an image, of an index of them, of a signature, of a build cache. */
export interface Manifest {
  digest: string;
  /** Manifests that it names: platforms, and what attests to them. */
  children: string[];
  /** Layers and config. */
  blobs: Blob[];
  isCache: boolean;
  /** Of an image's config. */
  builtFor?: string;
  /** Milliseconds; 0 = nobody says. */
  created: number;
}

/** What a repository holds, as far as tags and known digests lead. */
export interface Contents {
  repository: string;
  tags: Map<string, string>;
  manifests: Map<string, Manifest>;
}

interface Descriptor {
  mediaType?: string;
  digest: string;
  size?: number;
}

interface Body {
  manifests?: Descriptor[];
  layers?: Descriptor[];
  config?: Descriptor;
}

interface Config {
  created?: string;
  config?: { Labels?: Record<string, string> | null };
}

/** Reads it whole. `digests`: what a record names, for a tag may have moved. Undefined: no such repository. */
export async function contentsOf(
  client: RegistryClient,
  repository: string,
  digests: readonly string[],
): Promise<Contents | undefined> {
  const names = await client.tags(repository);
  if (names === undefined && digests.length === 0) return undefined;
  const told = await mapped(names ?? [], async (tag) => {
    const digest = await client.digest(repository, tag);
    return digest === undefined ? [] : [[tag, digest] as const];
  });
  const tags = new Map(told.flat());
  const manifests = new Map<string, Manifest>();
  let next = [...new Set([...tags.values(), ...digests])];
  while (next.length > 0) {
    const read = await mapped(next, (digest) => manifestOf(client, repository, digest));
    for (const one of read) if (one !== undefined) manifests.set(one.digest, one);
    const children = read.flatMap((one) => one?.children ?? []);
    next = [...new Set(children)].filter((digest) => !manifests.has(digest));
  }
  return { repository, tags, manifests };
}

async function manifestOf(
  client: RegistryClient,
  repository: string,
  digest: string,
): Promise<Manifest | undefined> {
  const body = (await client.json(repository, "manifests", digest)) as Body | undefined;
  if (body === undefined) return undefined;
  const { manifests = [], layers = [], config } = body;
  // A cache may be an index, too: of layers.
  const children = manifests.filter(isManifest).map((one) => one.digest);
  const parts = [...layers, ...manifests.filter((one) => !isManifest(one)), ...asList(config)];
  const isImage =
    config !== undefined && /\.image\.(config\.)?v1\+json$/.test(config.mediaType ?? "");
  const told = isImage
    ? ((await client.json(repository, "blobs", config.digest)) as Config | undefined)
    : undefined;
  const labels = told?.config?.Labels ?? {};
  return {
    digest,
    children,
    blobs: parts.map((part) => ({ digest: part.digest, bytes: part.size ?? 0 })),
    isCache: parts.some(({ mediaType }) => mediaType === CACHE),
    ...(labels[LABEL.builtFor] === undefined ? {} : { builtFor: labels[LABEL.builtFor] }),
    created: Math.max(timeOf(told?.created), timeOf(labels[CREATED])),
  };
}

const isManifest = ({ mediaType }: Descriptor) =>
  /\.(image\.index|image\.manifest|distribution\.manifest(\.list)?)\.v\d\+json$/.test(
    mediaType ?? "",
  );

const asList = <T>(one: T | undefined) => (one === undefined ? [] : [one]);

const timeOf = (text: string | undefined) => Math.max(0, Date.parse(text ?? "") || 0);

/** In the order of the list, a few at once. */
async function mapped<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < list.length; index = next++) {
      results[index] = await work(list[index]!);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
