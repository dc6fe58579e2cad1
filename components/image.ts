import * as path from "path";
import type * as dockerBuild from "@pulumi/docker-build";
import type * as pulumi from "@pulumi/pulumi";
import { dockerfileOf } from "../spec/buildHash";
import { present } from "../spec/field";
import { dockerfileWithMirrors } from "../spec/mirrors";
import { LABEL, resourceName } from "../spec/names";
import { tagsOf } from "../spec/registry";
import type { Git, ImageSource, ServiceSpec, Text } from "../spec/types";
import { builtVersion } from "../spec/version";
import { caches, inlineTags } from "./cache";
import type { HostParts, Run } from "./platform";
import { Push } from "./resources";
import { builtNow, checked, signed } from "./supplyChain";

export interface Builds {
  resources: pulumi.Resource[];
  /** By reference: name@digest. Empty without a registry. */
  pushed: Record<string, pulumi.Output<string>>;
}

/**
 * The images that this run's description builds, each under the unique tag of its context. Loaded into
 * the engine, and pushed from there where there is a registry; or pushed by the builder, where no engine can hold it. Kept
 * when the resource goes, since retained releases run from them.
 */
export function images(run: Run, host: HostParts, options: pulumi.CustomResourceOptions): Builds {
  const built = run.spec.services.filter((service) => service.image.kind === "build");
  // A release that is pinned runs from images that are there: what lies in the folder is not built.
  if (built.length === 0 || run.spec.release !== undefined) return { resources: [], pushed: {} };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when used
  const sdk = require("@pulumi/docker-build") as typeof dockerBuild;
  const provider = new sdk.Provider("docker-build", { host: run.spec.docker.host }, options);
  const made = built.map((service) => image(sdk, run, service, { ...options, provider }));
  const passed = built.map((service, i) => checked(run, host, service, made[i]!, options));
  if (run.spec.registry === undefined) return { resources: passed.flat(), pushed: {} };
  const pushes = built.map((service, i) => push(run, host, service, made[i]!, passed[i]!, options));
  const signs = built.flatMap((service, i) =>
    signed(run, host, service, pushes[i]!, { parent: options.parent! }),
  );
  return {
    resources: [...pushes, ...signs],
    pushed: Object.fromEntries(built.map(({ image }, i) => [image.reference, pushes[i]!.digest])),
  };
}

/** By the host's engine, whose login it is: the plugin would take that of whoever runs this. */
function push(
  run: Run,
  { place, registry }: HostParts,
  { name, image: source }: ServiceSpec,
  built: dockerBuild.Image,
  passed: pulumi.Resource[],
  { parent }: pulumi.CustomResourceOptions,
): Push {
  if (source.kind !== "build") throw new Error(`${name} is not built`);
  // A steady run is to be quick: it does not ask git. What a builder pushed is not here to be tagged.
  const tags =
    run.plan.kind === "steady" || isByBuilder(source) ? {} : { tags: tagsFor(run, source) };
  return new Push(
    resourceName.push(name),
    {
      ...place,
      reference: source.reference,
      ...tags,
      ...(isByBuilder(source) ? { byBuilder: built.digest } : {}),
      ...builtNow(run, source.reference),
      logins: run.secrets.logins,
    },
    { ...(parent ? { parent } : {}), dependsOn: [...passed, ...registry] },
  );
}

function image(
  sdk: typeof dockerBuild,
  run: Run,
  service: ServiceSpec,
  options: pulumi.CustomResourceOptions,
): dockerBuild.Image {
  const source = service.image;
  if (source.kind !== "build") throw new Error(`${service.name} is not built`);
  const dockerfile = path.join(source.context, source.dockerfile);
  const text = dockerfileOf(source);
  const mirrored = dockerfileWithMirrors(text, run.spec.mirrors, source.args);
  const builder = run.spec.builds?.builder;
  const isPresent = run.observation.builds.includes(source.reference);
  // A steady run is to be quick, and nothing is built in it.
  const isIdle = isPresent && run.plan.kind === "steady";
  const { from, to } = isIdle ? { from: [], to: [] } : caches(run, service);
  return new sdk.Image(
    resourceName.build(service.name),
    {
      context: {
        location: source.context,
        ...(source.contexts ? { named: named(source.contexts) } : {}),
      },
      dockerfile:
        mirrored === text && source.inline === undefined
          ? { location: dockerfile }
          : { inline: mirrored },
      buildArgs: { ...source.args, ...attestations(source) },
      ...(source.platforms ? { platforms: source.platforms as dockerBuild.Platform[] } : {}),
      ...(source.target === undefined ? {} : { target: source.target }),
      ...(source.network === undefined ? {} : { network: source.network }),
      ...(source.secrets ? secretsFor(run, source.secrets) : {}),
      ...(source.extraHosts
        ? { addHosts: source.extraHosts.map(({ host, ip }) => `${host}:${ip}`) }
        : {}),
      tags: [source.reference],
      ...(builder ? { builder: { name: builder } } : {}),
      ...(from.length > 0 ? { cacheFrom: from.map((raw) => ({ raw })) } : {}),
      ...(to.length > 0 ? { cacheTo: to.map((raw) => ({ raw })) } : {}),
      // The builder's session has them, no file; a changed password is no difference to the plugin.
      ...(run.secrets.logins.length > 0 ? { registries: run.secrets.logins } : {}),
      labels: {
        // Nobody would see them.
        ...(isIdle ? {} : described(run, source)),
        ...source.labels,
        // Somebody may have removed the image: then it is built again though nothing else has changed.
        [LABEL.attempt]: run.attempt,
        [LABEL.builtFor]: run.spec.name,
      },
      load: !isByBuilder(source),
      push: isByBuilder(source),
      buildOnPreview: false,
    },
    { ...options, retainOnDelete: true, ...(isPresent ? { ignoreChanges: NOT_THE_IMAGE } : {}) },
  );
}

/** What is no reason to build an image again that is there. */
const NOT_THE_IMAGE = ["labels", "builder", "cacheFrom", "cacheTo"];

/** An engine holds one platform's image, and no attestations. */
const isByBuilder = ({ platforms, attest }: Build) =>
  platforms !== undefined || attest !== undefined;

/** The plugin knows no attestations; BuildKit takes these arguments for them, and no Dockerfile sees them. */
function attestations({ attest }: Build): Record<string, string> {
  if (attest === undefined) return {};
  return {
    BUILDKIT_ATTEST_PROVENANCE: `mode=${attest.provenance}`,
    ...(attest.sbom === undefined ? {} : { BUILDKIT_ATTEST_SBOM: `generator=${attest.sbom}` }),
  };
}

function tagsFor(run: Run, source: Build): string[] {
  return [...tagsOf(namesOf(run, source)), ...inlineTags(run)];
}

type Build = Extract<ImageSource, { kind: "build" }>;

function namesOf({ spec, git }: Run, source: Build) {
  const names = { ...commitOf(git, source), branch: git.branch() };
  return { ...present(names), latest: spec.registry?.latest === true };
}

function commitOf(git: Git, source: Build) {
  const commit = git.describe();
  return {
    version: builtVersion(source, git),
    revision: "revision" in commit ? commit.revision : undefined,
  };
}

/** What registries and scanners read of an image. */
function described(run: Run, source: Build) {
  const labels = {
    ...commitOf(run.git, source),
    source: run.git.source(),
    created: new Date().toISOString(),
  };
  return Object.fromEntries(
    Object.entries(present(labels)).map(([key, text]) => [`org.opencontainers.image.${key}`, text]),
  );
}

const named = (contexts: Record<string, string>) =>
  Object.fromEntries(Object.entries(contexts).map(([name, location]) => [name, { location }]));

/** No part of an image's identity: one that is there is not built again for a rotated one. */
function secretsFor(run: Run, secrets: Record<string, Text>) {
  const bound = Object.entries(secrets).map(([id, text]) => [id, run.secrets.bind(text)] as const);
  return {
    secrets: Object.fromEntries(bound),
    ignoreSecretsInDiffCalculation: Object.keys(secrets),
  };
}
