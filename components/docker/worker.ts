import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { LABEL, resourceName } from "../../spec/names";
import type { ServiceSpec } from "../../spec/types";
import type { Run } from "../platform";
import { Ready } from "../resources";
import { baseLabels, containerArgs } from "./container";
import { sealed } from "../sealed";
import type { DockerHost } from "./host";
import { mounts } from "./service";
import type { DockerSlotParts } from "./slot";

/** Workers take no requests and must not run twice: the old one stops, the new one starts, after the flip. */
export function workers(
  run: Run,
  host: DockerHost,
  target: DockerSlotParts,
  traffic: pulumi.Resource,
  opts: pulumi.ComponentResourceOptions,
): void {
  const options = { ...host.options, ...opts };
  for (const service of run.plan.release.content.services) {
    if (service.role !== "worker") continue;
    for (let index = 0; index < service.replicas; index++) {
      worker(run, host, target, service, index, { ...options, dependsOn: [traffic] });
    }
  }
}

function worker(
  run: Run,
  host: DockerHost,
  slot: DockerSlotParts,
  service: ServiceSpec,
  index: number,
  options: pulumi.CustomResourceOptions,
): void {
  const { target, release } = run.plan;
  const logical = resourceName.worker(service.name, index);
  const there = run.observation.workers.some(
    (container) =>
      container.resource === logical &&
      container.running &&
      container.release === release.id &&
      container.slot === target &&
      run.observation.settled[logical] === container.id,
  );
  const labels = {
    ...baseLabels(run, logical, "worker", service.name),
    [LABEL.slot]: target,
    [LABEL.release]: release.id,
  };
  const args: docker.ContainerArgs = {
    ...containerArgs(run, service, slot.images[service.name]!.imageId, logical, labels),
    ...mounts(run, service),
    networksAdvanced: service.networks.flatMap(({ name: key }) => [
      { name: slot.networks[key]!.name },
      { name: host.shared[key]!.name },
    ]),
  };
  const own = {
    ...options,
    deleteBeforeReplace: true,
    additionalSecretOutputs: ["envs", "uploads"],
  };
  const container = new docker.Container(logical, args, there ? sealed(args, own) : own);
  new Ready(
    resourceName.ready(logical),
    {
      ...host.place,
      resource: logical,
      unit: {
        id: container.id,
        service: service.name,
        ...(service.health ? { health: service.health } : {}),
      },
      timeout: run.spec.strategy.deployTimeout,
      preface: `the traffic has moved to ${target} and the release serves, but its worker does not run`,
      secrets: run.secrets.values,
    },
    { parent: options.parent },
  );
}
