import * as fs from "fs";
import * as path from "path";
import type * as dockerBuild from "@pulumi/docker-build";
import type * as pulumi from "@pulumi/pulumi";
import { dockerfileWithMirrors } from "../spec/mirrors";
import { LABEL, resourceName } from "../spec/names";
import type { ServiceSpec } from "../spec/types";
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
  const text = fs.readFileSync(dockerfile, "utf8");
  const mirrored = dockerfileWithMirrors(text, run.spec.mirrors, source.args);
  // The standard variable of buildx: which builder this machine has (toolchain/env.ts sets it).
  const builder = process.env.BUILDX_BUILDER;
  const present = run.observation.builds.includes(source.reference);
  return new sdk.Image(
    resourceName.build(service.name),
    {
      context: { location: source.context },
      dockerfile: mirrored === text ? { location: dockerfile } : { inline: mirrored },
      buildArgs: source.args,
      ...(source.target === undefined ? {} : { target: source.target }),
      tags: [source.reference],
      ...(builder ? { builder: { name: builder } } : {}),
      // Somebody may have removed the image: then it is built again though nothing else has changed.
      labels: { [LABEL.attempt]: run.attempt },
      load: true,
      push: false,
      buildOnPreview: false,
    },
    { ...options, retainOnDelete: true, ...(present ? { ignoreChanges: ["labels"] } : {}) },
  );
}
