import { z } from "zod";

import { dockerfileOf } from "./buildHash";
import { findBuilder, type Environment } from "./builder";
import { SBOM_GENERATOR } from "./defaults";
import type { Findings } from "./findings";
import { baseImages, mirrored, type Mirrors } from "./mirrors";
import { isLocal } from "./registry";
import { matching, meaning, oneOf, text } from "./schema";
import { SUPPLY_CHAIN } from "./supplyChain";
import type { Attest, BuildSettings, ServiceSpec } from "./types";

/** How images are built: by whom, with which cache, for which platforms, and what is said of them. */

const PLATFORM = oneOf([
  "linux/386",
  "linux/amd64",
  "linux/arm",
  "linux/arm64",
  "linux/mips64le",
  "linux/ppc64le",
  "linux/riscv64",
  "linux/s390x",
]);

/** In buildx's own syntax. A login in it would be kept in plain sight in the state. */
const CACHE = matching(
  /^type=\w+(?!.*(secret|token|account_key))(,[\w-]+=[^,]+)*$/,
  "a cache in buildx's syntax, without a login",
  "type=registry,ref=ghcr.io/acme/cache:{service}; type=local,src=FOLDER; type=gha; type=inline",
);
const CACHES = z.array(CACHE, { error: "must be a list of texts" }).default([]);

export const BUILDS = z
  .strictObject(
    {
      builder: meaning(
        text.optional(),
        "Name of the buildx builder. Default: BUILDX_BUILDER, else one that can do what is asked for",
      ),
      cache: meaning(
        z
          .union(
            [
              z.boolean(),
              z.strictObject({
                from: meaning(CACHES, "Caches to read, best first; {service} is the service"),
                to: meaning(CACHES, "Caches to write"),
              }),
            ],
            { error: "must be true or false, or a map of from, to" },
          )
          .default(false),
        "Whether a build takes layers from builds on other machines: of this branch, then main, then master",
      ),
      platforms: meaning(
        z
          .array(PLATFORM, { error: "must be a list of platforms" })
          .min(1)
          .transform((names) => [...new Set(names)].sort())
          .optional(),
        "Platforms to build for; needs a registry. Default: the host's own",
      ),
      attest: meaning(
        z
          .union(
            [
              z.boolean(),
              z.strictObject({
                sbom: meaning(
                  z.union([
                    z.boolean(),
                    matching(/^[a-z0-9][\w.:/@-]*$/, "an image", "registry/name:tag"),
                  ]),
                  `Whether a bill of materials is made; or the image that makes it. Default: ${SBOM_GENERATOR}`,
                ),
              }),
            ],
            { error: "must be true or false, or a map of sbom" },
          )
          .default(false),
        "Whether images carry their provenance and a bill of materials; needs a registry",
      ),
      ...SUPPLY_CHAIN,
    },
    { error: "must be a map of builder, cache, platforms, attest, verify, scan, sign" },
  )
  .optional();

type Wanted = z.infer<typeof BUILDS>;

/** What makes an image another one; part of its hash. */
export function imageParts(
  wanted: Wanted,
  mirrors: Mirrors,
): { platforms?: string[]; attest?: Attest } {
  const { platforms, attest = false } = wanted ?? {};
  if (attest === false) return { ...(platforms ? { platforms } : {}) };
  const { sbom } = attest === true ? { sbom: true } : attest;
  const generator = mirrored(typeof sbom === "string" ? sbom : SBOM_GENERATOR, mirrors);
  return {
    ...(platforms ? { platforms } : {}),
    attest: { provenance: "max", ...(sbom === false ? {} : { sbom: generator }) },
  };
}

interface Input {
  builds?: Wanted;
  registry?: unknown;
  release?: string;
  mirrors: Mirrors;
}

/** Faults only where something is built. */
export function readBuilds(
  { builds: wanted, registry, release, mirrors }: Input,
  services: ServiceSpec[],
  environment: Environment,
  findings: Findings,
): { builds: BuildSettings } {
  const { builder, cache = false } = wanted ?? {};
  const isBuilt = release === undefined && services.some(({ image }) => image.kind === "build");
  const needs = isBuilt ? needsOf(wanted) : [];
  // The one on the host is out of a builder's reach.
  const isReached = typeof registry === "object";
  if (!isReached && isBuilt) {
    for (const key of needs.filter((key) => key !== "cache.to")) {
      findings.fault(`slipway:builds.${key}`, "needs a registry, which the builder pushes to", {
        cure: "pulumi config set --path slipway:registry.server HOST/PATH",
      });
    }
  }
  const found = findBuilder(isBuilt ? builder : undefined, needs, environment, findings);
  if (isBuilt && found.builder !== undefined && !found.own)
    checkBases(services, mirrors, wanted, findings);
  return { builds: { ...found, ...(cache === false ? {} : { cache }) } };
}

/** Keys that the engine's own builder cannot do. */
function needsOf(wanted: Wanted): string[] {
  const { cache, platforms, attest = false } = wanted ?? {};
  const written = typeof cache === "object" ? cache.to : [];
  return [
    ...(platforms ? ["platforms"] : []),
    ...(attest === false ? [] : ["attest"]),
    ...(written.some((text) => text !== "type=inline") ? ["cache.to"] : []),
  ];
}

/** A builder of its own pulls what it builds upon; it never sees the engine's images. */
function checkBases(
  services: ServiceSpec[],
  mirrors: Mirrors,
  wanted: Wanted,
  findings: Findings,
): void {
  for (const { name, image } of services) {
    if (image.kind !== "build") continue;
    const { sbom } = imageParts(wanted, mirrors).attest ?? {};
    const bases = baseImages(dockerfileOf(image), mirrors, image.args);
    for (const base of [...bases, ...(sbom === undefined ? [] : [sbom])].filter(isLocal)) {
      findings.fault(`services.${name}.build`, "needs an image that only this engine has", {
        given: base,
        allowed: "images that the builder can pull",
        cure: "Push it to a registry and name that in slipway:mirrors, or leave out slipway:builds",
      });
    }
  }
}
