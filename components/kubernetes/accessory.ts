import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { LABEL, resourceName } from "../../spec/names";
import { healthOf, inOrder } from "../../spec/services";
import { accessoryFingerprint } from "../../spec/shared";
import type { ServiceSpec, SharedAction } from "../../spec/types";
import type { Run, UnitInputs } from "../platform";
import { Ready } from "../resources";
import { sealed } from "../sealed";
import { config } from "./config";
import { type KubernetesHost, SHARED_TIMEOUT } from "./host";
import { type About, dns, labelsOf, metadata, options, unitId, type Way } from "./object";
import { podTemplate } from "./pod";

const WAYS: Record<SharedAction, Way> = { keep: "asItIs", create: "anew", change: "changed" };

/** Stateful services, shared by both slots: a deploy never touches them. */
export function accessories(
  run: Run,
  host: KubernetesHost,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const own = { ...host.options, ...opts, dependsOn: [...host.ready, host.swept] };
  const claims = run.spec.volumes.map((volume) => claim(run, volume, own));
  const services = inOrder(run.spec.services.filter(({ role }) => role === "accessory"));
  const described = services.map((service) => accessory(run, host, service, claims, own));
  const dropped = Object.keys(run.plan.accessories)
    .filter((name) => !services.some((service) => service.name === name))
    .map((name) => retained(run, host, name, own));
  return [...described, ...dropped];
}

/** No longer described, but a retained release names it: declared as the state has it, never rendered. */
function retained(
  run: Run,
  host: KubernetesHost,
  service: string,
  own: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const { accessories: all, networks } = run.observation;
  const there = all.find((unit) => unit.service === service);
  const kept = sealed({}, own);
  const parts = there?.labels[LABEL.config]?.split(",").filter(Boolean) ?? [];
  for (const part of parts) {
    if (part.startsWith("secret-")) new kubernetes.core.v1.Secret(part, {}, kept);
    else new kubernetes.core.v1.ConfigMap(part, {}, kept);
  }
  const named = `service-${service}`;
  if (networks[named] !== undefined) new kubernetes.core.v1.Service(named, {}, kept);
  const resource = resourceName.accessory(service);
  // What its type asks for; none of it counts.
  const args = { spec: { selector: {}, template: {}, serviceName: "retained" } };
  const set = new kubernetes.apps.v1.StatefulSet(resource, args, sealed(args, own));
  return readyAccessory(run, host, resource, { id: unitId("statefulset", set), service }, own);
}

/** Constant for ever: what is there is left alone. */
const onceMade = ({ observation }: Run, resource: string): Way =>
  observation.networks[resource] === undefined ? "anew" : "asItIs";

/** Fixed names and kept on delete: the next `up` finds the data again. Apps' volumes are here too. */
function claim(run: Run, volume: string, own: pulumi.CustomResourceOptions): pulumi.Resource {
  const { storage, storageClass } = run.spec.kubernetes!;
  const resource = resourceName.volume(volume);
  const args = {
    metadata: metadata(run, { name: dns(volume), resource, role: "volume" }),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    },
  };
  const way = onceMade(run, resource);
  return new kubernetes.core.v1.PersistentVolumeClaim(resource, args, {
    ...options(way, args, own),
    retainOnDelete: true,
  });
}

function accessory(
  run: Run,
  host: KubernetesHost,
  service: ServiceSpec,
  claims: pulumi.Resource[],
  own: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const resource = resourceName.accessory(service.name);
  const way = WAYS[run.plan.accessories[service.name] ?? "create"];
  const about: About = {
    name: dns(service.name),
    resource,
    role: "accessory",
    service: service.name,
  };
  const matchLabels = labelsOf(run, about);
  const named = name(run, service, matchLabels, own);
  const values = config(run, service, about, way, own);
  const args = {
    metadata: metadata(run, {
      ...about,
      annotations: {
        [LABEL.spec]: accessoryFingerprint(service),
        [LABEL.config]: values.resources.join(","),
      },
    }),
    spec: {
      // One, and never two on one volume: the old pod is gone before there is a new one.
      replicas: 1,
      serviceName: dns(service.name),
      selector: { matchLabels },
      template: podTemplate(service, {
        labels: matchLabels,
        annotations: { [LABEL.spec]: accessoryFingerprint(service) },
        config: values,
        image: service.image.reference,
        account: host.account,
        pullSecrets: host.pullSecrets,
        aliases: [],
        takesRequests: false,
      }),
    },
  };
  const set = new kubernetes.apps.v1.StatefulSet(
    resource,
    args,
    options(way, args, { ...own, dependsOn: [...claims, named, host.swept] }),
  );
  const unit = { id: unitId("statefulset", set), service: service.name, ...healthOf(service) };
  return readyAccessory(run, host, resource, unit, own);
}

function readyAccessory(
  run: Run,
  host: KubernetesHost,
  resource: string,
  unit: UnitInputs,
  own: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new Ready(
    resourceName.ready(resource),
    { ...host.place, resource, unit, timeout: SHARED_TIMEOUT, secrets: run.secrets.values },
    { parent: own.parent },
  );
}

/** Headless: the name leads to the pod itself, so no port of it has to be known. */
function name(
  run: Run,
  service: ServiceSpec,
  selector: Record<string, string>,
  own: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const resource = `service-${service.name}`;
  const args = {
    metadata: metadata(run, {
      name: dns(service.name),
      resource,
      role: "service",
      service: service.name,
    }),
    spec: { clusterIP: "None", selector, publishNotReadyAddresses: true },
  };
  const way = onceMade(run, resource);
  return new kubernetes.core.v1.Service(resource, args, options(way, args, own));
}
