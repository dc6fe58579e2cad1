import type { ServiceDraft } from "./service";

/** When and how often a service runs, where it says so itself: x-slipway.schedule and x-slipway.autoscale. */
export function checkScale({ spec, field }: ServiceDraft): void {
  if (spec.schedule !== undefined) checkSchedule({ spec, field });
  if (spec.autoscale !== undefined) checkAutoscale({ spec, field });
}

type Described = Pick<ServiceDraft, "spec" | "field">;

function checkSchedule({ spec, field }: Described): void {
  const key = field.at("x-slipway").at("schedule");
  if (key.findings.platform === "docker") {
    key.refuse("is there on Kubernetes only, for now", {
      cure: `Leave it out, and have the host's cron run it: slipway run -e STACK ${spec.name} -- COMMAND`,
    });
  }
  if (spec.role !== "worker") {
    key.refuse("is for workers", {
      given: `${spec.role}: ${spec.reason}`,
      cure: "Say x-slipway: {role: worker}, or leave schedule out",
    });
  }
  if (spec.replicas > 1) {
    key.refuse(`runs once at its time, not ${spec.replicas} times`, { cure: "Remove replicas" });
  }
}

function checkAutoscale({ spec, field }: Described): void {
  const key = field.at("x-slipway").at("autoscale");
  const { min, max } = spec.autoscale!;
  if (key.findings.platform === "docker") {
    key.refuse("is there on Kubernetes only, for now", {
      cure: "Say deploy.replicas, and autoscale in a file for Kubernetes alone (slipway:compose)",
    });
  }
  if (spec.role !== "app") {
    key.refuse("is for app services", {
      given: `${spec.role}: ${spec.reason}`,
      cure: "Say deploy.replicas, or x-slipway: {role: app}",
    });
  }
  if (min > max) {
    key.refuse("has a min above its max", { given: `min: ${min}, max: ${max}` });
  }
  if (spec.requests?.cpus === undefined && spec.resources.cpus === undefined) {
    key.refuse("is a share of what a pod requests, and nothing says how much that is", {
      cure: 'Say deploy: {resources: {reservations: {cpus: "0.25"}}}, or limits',
    });
  }
  const replicas = field.at("deploy").at("replicas");
  if (!replicas.absent) replicas.warn("not used: x-slipway.autoscale says how many");
}
