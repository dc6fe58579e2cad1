import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { LABEL, resourceName, volumeName } from "../../spec/names";
import { accessoryFingerprint } from "../../spec/shared";
import { inOrder } from "../../spec/services";
import type { ServiceSpec } from "../../spec/types";
import type { Run, UnitInputs } from "../platform";
import { Ready } from "../resources";
import { baseLabels, containerArgs } from "./container";
import { sealed } from "../sealed";
import { type DockerHost, SHARED_TIMEOUT } from "./host";
import { mounts } from "./service";

/** Stateful services, shared by both slots. Touched only when the user's own keys change. */
export function accessories(
  run: Run,
  host: DockerHost,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const options = { ...host.options, ...opts };
  const services = inOrder(run.spec.services.filter((service) => service.role === "accessory"));
  const volumes = dataVolumes(run, host, options);
  const described = services.map((service) => accessory(run, host, service, volumes, options));
  const dropped = Object.keys(run.plan.accessories)
    .filter((name) => !services.some((service) => service.name === name))
    .map((name) => retained(run, host, name, options));
  return [...described, ...dropped];
}

/** No longer described, but a retained release names it: declared as the state has it, never rendered. */
function retained(
  run: Run,
  host: DockerHost,
  service: string,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const logical = resourceName.accessory(service);
  const image = { name: "retained" };
  new docker.RemoteImage(`image-${logical}`, image, sealed(image, options));
  const args = { image: "retained" };
  const container = new docker.Container(
    logical,
    args,
    sealed(args, { ...options, deleteBeforeReplace: true }),
  );
  return readyAccessory(run, host, logical, { id: container.id, service }, options);
}

/** Fixed names and kept on delete: the next `up` finds the data again. Apps' volumes are here too. */
function dataVolumes(run: Run, host: DockerHost, options: pulumi.CustomResourceOptions) {
  return run.spec.volumes.map((volume) => {
    const args = {
      name: volumeName(run.spec.name, volume),
      labels: [
        { label: LABEL.application, value: run.spec.name },
        { label: LABEL.resource, value: resourceName.volume(volume) },
      ],
    };
    return new docker.Volume(
      resourceName.volume(volume),
      args,
      sealed(args, { ...options, retainOnDelete: true, dependsOn: host.ready }),
    );
  });
}

function accessory(
  run: Run,
  host: DockerHost,
  service: ServiceSpec,
  volumes: pulumi.Resource[],
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const logical = resourceName.accessory(service.name);
  const keep = run.plan.accessories[service.name] === "keep";
  const seal = (args: object, own: pulumi.CustomResourceOptions) =>
    keep ? sealed(args, own) : own;
  const imageArgs = {
    name: service.image.reference,
    keepLocally: true,
    pullTriggers: [run.attempt],
  };
  const image = new docker.RemoteImage(
    `image-${logical}`,
    imageArgs,
    seal(imageArgs, { ...options, dependsOn: host.ready }),
  );
  const labels = {
    ...baseLabels(run, logical, "accessory", service.name),
    [LABEL.spec]: accessoryFingerprint(service),
  };
  const published = service.ports.filter((port) => port.host !== undefined);
  const args: docker.ContainerArgs = {
    ...containerArgs(run, service, image.imageId, logical, labels),
    ...mounts(run, service),
    networksAdvanced: service.networks.map(({ name, aliases }) => ({
      name: host.shared[name]!.name,
      aliases: [service.name, ...aliases],
    })),
    // For people and their tools on the host itself; never for the world.
    ...(published.length === 0
      ? {}
      : {
          ports: published.map((port) => ({
            internal: port.container,
            external: port.host!,
            ip: "127.0.0.1",
            protocol: port.protocol,
          })),
        }),
  };
  const container = new docker.Container(
    logical,
    args,
    seal(args, {
      ...options,
      dependsOn: [...volumes, host.swept],
      // Two databases on one volume would destroy it.
      deleteBeforeReplace: true,
      additionalSecretOutputs: ["envs", "uploads"],
    }),
  );
  const unit = {
    id: container.id,
    service: service.name,
    ...(service.health ? { health: service.health } : {}),
  };
  return readyAccessory(run, host, logical, unit, options);
}

function readyAccessory(
  run: Run,
  host: DockerHost,
  logical: string,
  unit: UnitInputs,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new Ready(
    resourceName.ready(logical),
    {
      ...host.place,
      resource: logical,
      unit,
      timeout: SHARED_TIMEOUT,
      secrets: run.secrets.values,
    },
    { parent: options.parent },
  );
}
