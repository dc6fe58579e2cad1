/** What references to images tell. Pure text: the provider, which starts in each run, loads this and no schema. */

/** The host of the registry in a reference; absent where the engine itself is the only place. */
export function registryOf(reference: string): string | undefined {
  const [first, ...rest] = reference.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return isHost && !isLocal(reference) ? first : undefined;
}

/** References below `slipway.local/` are made on a machine (toolchain/images.ts); no registry is called so. */
export const isLocal = (reference: string): boolean => reference.startsWith("slipway.local/");

/** Whether it lies at this registry: host, with a path where there is one. */
export const isAt = (reference: string, server: string | undefined): boolean =>
  server !== undefined && reference.startsWith(`${server}/`);

/** As whom it is pushed and pulled; undefined: as nobody. */
export function loginFor<L extends { address: string }>(
  reference: string,
  logins: readonly L[],
): L | undefined {
  const host = registryOf(reference) ?? "docker.io";
  return logins.find(({ address }) => address === host);
}

/** Without its tag or digest. */
export const repositoryOf = (reference: string): string => reference.replace(/(@.*|:[^:/]+)$/, "");

/** `registry/name:tag` and a digest as the reference that means exactly this image. */
export const byDigest = (reference: string, digest: string): string =>
  `${repositoryOf(reference)}@${digest}`;

/** A tag under which an image waits to be verified: it means nothing to anybody. */
export const stagingTag = (reference: string): string => `staging-${reference.replace(/^.*:/, "")}`;

/** What people call a pushed image, beside its unique tag; each is moved by the next push that bears it. */
export function tagsOf({
  version,
  revision,
  branch,
  latest,
}: {
  version?: string;
  /** The commit. */
  revision?: string;
  branch?: string;
  latest: boolean;
}): string[] {
  const commit = revision?.slice(0, COMMIT_DIGITS);
  const exact = version && commit && !version.includes(commit) ? `${version}-${commit}` : undefined;
  const names = [version, exact, branch, latest ? "latest" : undefined];
  return [...new Set(names.flatMap((name) => (name === undefined ? [] : tagOf(name))))];
}

/** Of a commit in a tag; as many as in a version that git tells. */
const COMMIT_DIGITS = 10;

/** Letters, digits and _ . - are all that a tag may have: `feature/x` is `feature-x`. */
export function tagOf(name: string): string[] {
  const tag = name.replace(/[^\w.-]+/g, "-").replace(/^[.-]+/, "");
  return tag === "" ? [] : [tag.slice(0, 128)];
}
