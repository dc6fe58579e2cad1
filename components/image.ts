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
 * the engine, and pushed from there where there is a registry; kept when the resource goes, since retained releases run from them.
 */
export function images(run: Run, host: HostParts, options: pulumi.CustomResourceOptions): Builds {
  const built = run.spec.services.filter((service) => service.image.kind === "build");
  // A release that is pinned runs from images that are there: what lies in the folder is not built.
  if (built.length === 0 || run.spec.release !== undefined) return { resources: [], pushed: {} };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when used
  const sdk = require("@pulumi/docker-build") as typeof dockerBuild;
  const provider = new sdk.Provider("docker-build", { host: run.spec.docker.host }, options);
  const made = built.map((service) =>
    checked(run, host, service, image(sdk, run, service, { ...options, provider }), options),
  );
  if (run.spec.registry === undefined) return { resources: made.flat(), pushed: {} };
  const pushes = built.map((service, index) => push(run, host, service, made[index]!, options));
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
  { place }: HostParts,
  { name, image: source }: ServiceSpec,
  built: pulumi.Resource[],
  { parent }: pulumi.CustomResourceOptions,
): Push {
  if (source.kind !== "build") throw new Error(`${name} is not built`);
  // A steady run is to be quick: it does not ask git.
  const tags = run.plan.kind === "steady" ? {} : { tags: tagsOf(namesOf(run, source)) };
  return new Push(
    resourceName.push(name),
    {
      ...place,
      reference: source.reference,
      ...tags,
      ...builtNow(run, source.reference),
      logins: run.secrets.logins,
    },
    { ...(parent ? { parent } : {}), dependsOn: built },
  );
}

function image(
  sdk: typeof dockerBuild,
  run: Run,
  service: ServiceSpec,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const source = service.image;
  if (source.kind !== "build") throw new Error(`${service.name} is not built`);
  const dockerfile = path.join(source.context, source.dockerfile);
  const text = dockerfileOf(source);
  const mirrored = dockerfileWithMirrors(text, run.spec.mirrors, source.args);
  // The standard variable of buildx: which builder this machine has (toolchain/env.ts sets it).
  const builder = process.env.BUILDX_BUILDER;
  const isPresent = run.observation.builds.includes(source.reference);
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
      buildArgs: source.args,
      ...(source.target === undefined ? {} : { target: source.target }),
      ...(source.network === undefined ? {} : { network: source.network }),
      ...(source.secrets ? { secrets: bound(run, source.secrets) } : {}),
      ...(source.extraHosts
        ? { addHosts: source.extraHosts.map(({ host, ip }) => `${host}:${ip}`) }
        : {}),
      tags: [source.reference],
      ...(builder ? { builder: { name: builder } } : {}),
      labels: {
        // A steady run is to be quick, and nobody would see them.
        ...(isPresent && run.plan.kind === "steady" ? {} : described(run, source)),
        ...source.labels,
        // Somebody may have removed the image: then it is built again though nothing else has changed.
        [LABEL.attempt]: run.attempt,
        [LABEL.builtFor]: run.spec.name,
      },
      load: true,
      push: false,
      buildOnPreview: false,
    },
    { ...options, retainOnDelete: true, ...(isPresent ? { ignoreChanges: ["labels"] } : {}) },
  );
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

const bound = (run: Run, secrets: Record<string, Text>) =>
  Object.fromEntries(Object.entries(secrets).map(([id, text]) => [id, run.secrets.bind(text)]));
