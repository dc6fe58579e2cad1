import { z } from "zod";

import type { Findings } from "./findings";
import { mirrored, type Mirrors } from "./mirrors";
import { SECRET_NAME, SECRET_NAME_ALLOWED } from "./names";
import { matching, meaning, text } from "./schema";
import type { ApplicationSpec, RegistryLogin } from "./types";

/** Where built images are pushed to, and as whom images are pushed and pulled. */

/** An address by which every engine reaches its own host, and without TLS. */
const LOOPBACK = "127.0.0.1";

const HOST = "(localhost|[a-z0-9-]+(\\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(:\\d{1,5})?";
const PATH = "(/[a-z0-9]+([._-]+[a-z0-9]+)*)*";

/** In the place of a registry: one of ours on the Docker host, as when nothing is said; or built images stay on its engine. */
const WORDS = ["host", "none"] as const;
type Word = (typeof WORDS)[number];

const isWord = (value: unknown): value is Word => WORDS.some((word) => word === value);

const LOGIN = {
  username: meaning(text.optional(), "Who pushes and pulls; none: without a login"),
  password: meaning(
    matching(SECRET_NAME, "the name of a secret", SECRET_NAME_ALLOWED).optional(),
    "The secret (slipway:secrets) that holds the password or token",
  ),
};

const REGISTRY_MAP = z.strictObject(
  {
    server: meaning(
      matching(
        new RegExp(`^(${WORDS.join("|")}|${HOST}${PATH})$`),
        "a registry's host, with a path in it where there is one, without scheme",
        "ghcr.io/acme, docker.io/acme, registry.example.com:5000",
      ),
      "Host of the registry and the path below which images go: ghcr.io/acme",
    ),
    ...LOGIN,
    latest: meaning(
      z.boolean({ error: "must be true or false" }).default(false),
      "Whether the tag latest follows what is pushed",
    ),
  },
  { error: "must be host, none, or a map of server, username, password, latest" },
);

export const REGISTRY = z
  .preprocess((value) => (isWord(value) ? { server: value } : value), REGISTRY_MAP.optional())
  .transform((value) => (isWord(value?.server) ? value.server : value))
  // What editors are told.
  .meta({ type: ["string", "object"] });

export const REGISTRIES = z
  .array(
    z.strictObject(
      {
        server: meaning(
          matching(new RegExp(`^${HOST}$`), "a registry's host", "ghcr.io, docker.io"),
          "Host of the registry",
        ),
        ...LOGIN,
      },
      { error: "must be a map of server, username, password" },
    ),
    { error: "must be a list of maps of server, username, password" },
  )
  .default([]);

interface Settings {
  registry?: z.infer<typeof REGISTRY>;
  docker: { registryImage: string; registryPort: number };
  mirrors: Mirrors;
  registries: z.infer<typeof REGISTRIES>;
  secrets: Record<string, string>;
}

/** Where images go that are built; undefined: they stay on the engine. */
export function registryFor({
  registry,
  docker,
  mirrors,
}: Pick<Settings, "registry" | "docker" | "mirrors">): ApplicationSpec["registry"] {
  if (registry === "none") return undefined;
  if (registry !== undefined && registry !== "host") {
    return { server: registry.server, latest: registry.latest };
  }
  const { registryPort: port, registryImage } = docker;
  const onHost = { port, image: mirrored(registryImage, mirrors) };
  return { server: `${LOOPBACK}:${port}`, latest: false, onHost };
}

/** What the settings say, checked against the secrets. */
export function readLogins(
  { registry, registries, secrets }: Settings,
  findings: Findings,
): RegistryLogin[] {
  const all = [
    ...(registry && !isWord(registry) ? [{ path: "slipway:registry", ...registry }] : []),
    ...registries.map((one, index) => ({ path: `slipway:registries[${index}]`, ...one })),
  ];
  const logins = all.flatMap(({ path, server, username, password }): RegistryLogin[] => {
    if (username === undefined && password === undefined) return [];
    if (username === undefined || password === undefined) {
      const lacking = username === undefined ? "username" : "password";
      findings.fault(`${path}.${lacking}`, "is missing: a login has a name and a password", {
        cure: `pulumi config set --path '${path}.${lacking}' ${lacking === "password" ? "NAME_OF_A_SECRET" : "NAME"}`,
      });
      return [];
    }
    if (!Object.hasOwn(secrets, password)) {
      findings.fault(`${path}.password`, "is no secret of the stack", {
        given: password,
        allowed: Object.keys(secrets).sort().join(", ") || "none is set",
        cure: `pulumi config set --secret --path slipway:secrets.${password}`,
      });
      return [];
    }
    return [{ address: server.replace(/\/.*$/, ""), username, password }];
  });
  for (const [index, { address }] of logins.entries()) {
    if (logins.findIndex((login) => login.address === address) === index) continue;
    findings.fault("slipway:registries", "names a registry that has a login already", {
      given: address,
      cure: "Keep one login for each host",
    });
  }
  return logins;
}

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
