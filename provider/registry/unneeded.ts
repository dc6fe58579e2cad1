import type { Contents, Manifest } from "./contents";

/** What records, states and descriptions name in one repository. */
export interface Named {
  digests: ReadonlySet<string>;
  tags: ReadonlySet<string>;
}

export interface Rules {
  /** Applications whose images may go. */
  applications: readonly string[];
  /** By repository. */
  named: ReadonlyMap<string, Named>;
  /** Milliseconds since 1970: what is younger stays, for its run may not have told of it yet. */
  before: number;
  /** Build caches go, too. */
  caches: boolean;
}

/** An image that no record names, with what belongs to it. */
export interface Prunable {
  repository: string;
  digest: string;
  tags: string[];
  /** Absent for a cache. */
  application?: string;
  /** ISO 8601; absent when nobody says. */
  created?: string;
  /** All of its blobs. */
  bytes: number;
  /** Of these, what nothing that stays in these repositories uses. */
  own: number;
  why: string;
  /** In the order in which they can go: signatures, the image, its platforms. */
  parts: string[];
}

export interface Unneeded {
  images: Prunable[];
  frees: number;
  /** Images that stay, by the reason. */
  kept: { needed: number; young: number; foreign: number; caches: number };
}

/** `sha256-<digest>.sig`, as cosign calls what belongs to an image; without an ending by OCI's referrers. */
const COMPANION = /^sha256-([0-9a-f]{64})(\.[a-z]+)?$/;

type Fate = keyof Unneeded["kept"] | "goes";

interface Root {
  contents: Contents;
  manifest: Manifest;
  tags: string[];
  /** It and all below it. */
  closure: Manifest[];
  fate: Fate;
}

/** What may go of these repositories, all of one registry: most share one store of blobs. */
export function unneededOf(repositories: readonly Contents[], rules: Rules): Unneeded {
  const kept: Unneeded["kept"] = { needed: 0, young: 0, foreign: 0, caches: 0 };
  const images: Prunable[] = [];
  const staying = new Set<string>();
  const going: { root: Root; parts: Manifest[] }[] = [];
  for (const contents of repositories) {
    const { roots, companions } = rootsOf(contents, rules);
    const stay = roots.filter(({ fate }) => fate !== "goes");
    for (const { fate } of stay) if (fate !== "goes") kept[fate] += 1;
    const needed = new Set(stay.flatMap(({ closure }) => closure));
    // What an index that stays names stays, though its own tag might go.
    const all = roots.filter(({ fate }) => fate === "goes");
    const leaving = all.filter(({ manifest }) => !needed.has(manifest));
    kept.needed += all.length - leaving.length;
    const themselves = new Set(leaving.map(({ manifest }) => manifest));
    const claimed = new Set<Manifest>();
    for (const root of leaving) {
      const free = (one: Manifest) => !needed.has(one) && !claimed.has(one);
      // What has a tag of its own goes by itself.
      const own = root.closure.filter(
        (one) => one === root.manifest || (free(one) && !themselves.has(one)),
      );
      const beside = own.flatMap(({ digest }) => companions.get(digest) ?? []);
      // What attests goes first, so that a prune that breaks off leaves nothing that nobody finds again.
      const parts = [...beside.filter(free), ...own];
      parts.forEach((one) => claimed.add(one));
      going.push({ root, parts });
    }
    for (const one of contents.manifests.values()) {
      if (!claimed.has(one)) one.blobs.forEach(({ digest }) => staying.add(digest));
    }
  }
  for (const { root, parts } of going) images.push(prunable(root, parts, staying));
  // Some registries let nothing go that an index names.
  const indexes = new Set(
    going
      .filter(({ root }) => root.manifest.children.length > 0)
      .map(({ root }) => root.manifest.digest),
  );
  const key = (one: Prunable) =>
    [one.repository, indexes.has(one.digest) ? 0 : 1, one.created ?? "", one.digest].join(" ");
  images.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const blobs = going.flatMap(({ parts }) => parts.flatMap((part) => part.blobs));
  return { images, frees: sizeOf(blobs.filter(({ digest }) => !staying.has(digest))), kept };
}

function rootsOf(contents: Contents, rules: Rules) {
  const tagged = new Map<string, string[]>();
  for (const [tag, digest] of contents.tags) {
    tagged.set(digest, [...(tagged.get(digest) ?? []), tag]);
  }
  const named = rules.named.get(contents.repository);
  for (const digest of named?.digests ?? []) if (!tagged.has(digest)) tagged.set(digest, []);
  const roots: Root[] = [];
  const companions = new Map<string, Manifest[]>();
  for (const [digest, tags] of tagged) {
    const manifest = contents.manifests.get(digest);
    if (manifest === undefined) continue;
    const isNamed = named?.digests.has(digest) || tags.some((tag) => named?.tags.has(tag));
    const subjects = tags.map((tag) => COMPANION.exec(tag)?.[1]);
    if (!isNamed && subjects.length > 0 && subjects.every((one) => one !== undefined)) {
      for (const one of subjects) {
        const subject = `sha256:${one}`;
        const whole = closureOf(contents, manifest);
        companions.set(subject, [...(companions.get(subject) ?? []), ...whole]);
      }
      continue;
    }
    const closure = closureOf(contents, manifest);
    const root = { contents, manifest, tags, closure, fate: "needed" as Fate };
    roots.push(isNamed ? root : { ...root, fate: fateOf(root, rules) });
  }
  // A cache bears nobody's label: it goes only where all that does is ours.
  const isOurs =
    roots.some((root) => isOf(root, rules)) &&
    roots.every((root) => ownersOf(root).every((one) => rules.applications.includes(one)));
  if (rules.caches && isOurs) {
    for (const root of roots) if (root.fate === "caches") root.fate = "goes";
  }
  return { roots, companions };
}

function fateOf(root: Omit<Root, "fate">, rules: Rules): Fate {
  if (root.manifest.isCache) return "caches";
  if (!isOf(root, rules)) return "foreign";
  return createdOf(root) <= rules.before ? "goes" : "young";
}

/** Built for one of these applications, and called as its images are: a label is inherited by what is built upon. */
function isOf(root: Omit<Root, "fate">, { applications }: Rules): boolean {
  const name = root.contents.repository.split("/").pop()!;
  const owners = ownersOf(root);
  return (
    owners.length > 0 &&
    owners.every((one) => applications.includes(one) && name.startsWith(`${one}-`))
  );
}

const ownersOf = ({ closure }: Omit<Root, "fate">): string[] => [
  ...new Set(closure.flatMap(({ builtFor }) => builtFor ?? [])),
];

const createdOf = ({ closure }: Omit<Root, "fate">) =>
  Math.max(...closure.map(({ created }) => created));

function closureOf({ manifests }: Contents, root: Manifest): Manifest[] {
  const found = new Set([root]);
  for (const one of found) {
    for (const child of one.children) {
      const manifest = manifests.get(child);
      if (manifest !== undefined) found.add(manifest);
    }
  }
  return [...found];
}

function prunable(root: Root, parts: Manifest[], staying: ReadonlySet<string>): Prunable {
  const { contents, manifest, tags } = root;
  const [application] = ownersOf(root);
  const created = createdOf(root);
  const blobs = [...root.closure, ...parts].flatMap((part) => part.blobs);
  return {
    repository: contents.repository,
    digest: manifest.digest,
    tags: [...tags].sort(),
    ...(application === undefined ? {} : { application }),
    ...(created === 0 ? {} : { created: new Date(created).toISOString() }),
    bytes: sizeOf(blobs),
    own: sizeOf(blobs.filter(({ digest }) => !staying.has(digest))),
    why: manifest.isCache ? "a build cache" : "no release that is kept names it",
    parts: parts.map(({ digest }) => digest),
  };
}

/** Each blob once. */
const sizeOf = (blobs: readonly { digest: string; bytes: number }[]): number =>
  [...new Map(blobs.map(({ digest, bytes }) => [digest, bytes])).values()].reduce(
    (sum, bytes) => sum + bytes,
    0,
  );
