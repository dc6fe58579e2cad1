import * as path from "path";
import type * as dockerBuild from "@pulumi/docker-build";
import type * as pulumi from "@pulumi/pulumi";
import { dockerfileOf } from "../spec/buildHash";
import { dockerfileWithMirrors } from "../spec/mirrors";
import { LABEL, resourceName } from "../spec/names";
import type { ServiceSpec, Text } from "../spec/types";
import type { Run } from "./platform";

/**
 * The images that this run's description builds, each under the unique tag of its context. Loaded into
 * the engine; kept when the resource goes, since retained releases run from them.
 */
export function images(run: Run, options: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const built = run.spec.services.filter((service) => service.image.kind === "build");
  // A release that is pinned runs from images that are there: what lies in the folder is not built.
  if (built.length === 0 || run.spec.release !== undefined) return [];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when used
  const sdk = require("@pulumi/docker-build") as typeof dockerBuild;
  const provider = new sdk.Provider("docker-build", { host: run.spec.docker.host }, options);
  return built.map((service) => image(sdk, run, service, { ...options, provider }));
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
  const present = run.observation.builds.includes(source.reference);
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
      // Somebody may have removed the image: then it is built again though nothing else has changed.
      labels: {
        ...source.labels,
        [LABEL.attempt]: run.attempt,
        [LABEL.builtFor]: run.spec.name,
      },
      load: true,
      push: false,
      buildOnPreview: false,
    },
    { ...options, retainOnDelete: true, ...(present ? { ignoreChanges: ["labels"] } : {}) },
  );
}

const named = (contexts: Record<string, string>) =>
  Object.fromEntries(Object.entries(contexts).map(([name, location]) => [name, { location }]));

const bound = (run: Run, secrets: Record<string, Text>) =>
  Object.fromEntries(Object.entries(secrets).map(([id, text]) => [id, run.secrets.bind(text)]));
