import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../../spec/types";
import type { Run } from "../platform";
import { type About, metadata, options, type Way } from "./object";

const mostReplicas = ({ replicas, autoscale }: ServiceSpec): number => autoscale?.max ?? replicas;

/** An autoscaled candidate takes over the load of what serves, before anything has scaled it. */
export function replicasAtStart(
  { observation: { serving, slots } }: Run,
  { name, replicas, autoscale }: ServiceSpec,
): number {
  if (!autoscale || serving === undefined) return replicas;
  const serves = slots[serving].containers.filter(({ service }) => service === name).length;
  return Math.min(autoscale.max, Math.max(replicas, serves));
}

/** From then on the cluster says how many there are: a slot's Deployment is made once, and never updated. */
export function autoscaler(
  run: Run,
  { autoscale }: ServiceSpec,
  about: About,
  way: Way,
  own: pulumi.CustomResourceOptions,
): void {
  if (!autoscale) return;
  const resource = `scale-${about.resource}`;
  const target = { type: "Utilization", averageUtilization: autoscale.cpu };
  const args = {
    metadata: metadata(run, { ...about, resource, role: "scale" }),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: about.name },
      minReplicas: autoscale.min,
      maxReplicas: autoscale.max,
      metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
    },
  };
  new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(resource, args, options(way, args, own));
}

/** A node that is drained takes one pod at a time. */
export function budget(
  run: Run,
  service: ServiceSpec,
  about: About,
  matchLabels: Record<string, string>,
  way: Way,
  own: pulumi.CustomResourceOptions,
): void {
  if (mostReplicas(service) < 2) return;
  const resource = `budget-${about.resource}`;
  const args = {
    metadata: metadata(run, { ...about, resource, role: "budget" }),
    spec: { maxUnavailable: 1, selector: { matchLabels } },
  };
  new kubernetes.policy.v1.PodDisruptionBudget(resource, args, options(way, args, own));
}
