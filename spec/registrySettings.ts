import { z } from "zod";

import type { Findings } from "./findings";
import { mirrored, type Mirrors } from "./mirrors";
import { SECRET_NAME, SECRET_NAME_ALLOWED, secretLacking } from "./names";
import { matching, meaning, text } from "./schema";
import type { ApplicationSpec, PlatformKind, RegistryLogin } from "./types";

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
  platform: PlatformKind;
  registry?: z.infer<typeof REGISTRY>;
  docker: { registryImage: string; registryPort: number };
  mirrors: Mirrors;
  registries: z.infer<typeof REGISTRIES>;
  secrets: Record<string, string>;
}

/** Where images go that are built; undefined: they stay on the engine. */
export function registryFor({
  platform,
  registry,
  docker,
  mirrors,
}: Pick<Settings, "platform" | "registry" | "docker" | "mirrors">): ApplicationSpec["registry"] {
  // The nodes of a cluster pull from a registry that they reach: ours on a host is none.
  if (registry === "none" || (platform === "kubernetes" && registry === undefined))
    return undefined;
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
      const lacking = secretLacking(password, secrets);
      findings.fault(`${path}.password`, "is no secret of the stack", lacking);
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
