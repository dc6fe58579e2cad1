import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { LABEL, resourceName } from "../../spec/names";
import { healthOf } from "../../spec/services";
import type { ServiceSpec } from "../../spec/types";
import type { Run } from "../platform";
import { Ready } from "../resources";
import { config } from "./config";
import type { KubernetesHost } from "./host";
import { type About, dns, labelsOf, metadata, options, unitId, type Way } from "./object";
import { podTemplate } from "./pod";
import type { KubernetesSlotParts } from "./slot";

/** Workers take no requests and must not run twice: the old one stops, the new one starts, after the flip. Or they run at their times. */
export function workers(
  run: Run,
  host: KubernetesHost,
  slot: KubernetesSlotParts,
  traffic: pulumi.Resource,
  opts: pulumi.ComponentResourceOptions,
): void {
  const own = { ...host.options, ...opts, dependsOn: [traffic] };
  for (const service of run.plan.release.content.services) {
    if (service.role === "worker") worker(run, host, slot, service, own);
  }
}

function worker(
  run: Run,
  host: KubernetesHost,
  slot: KubernetesSlotParts,
  service: ServiceSpec,
  own: pulumi.CustomResourceOptions,
): void {
  const { target, release } = run.plan;
  const resource = resourceName.worker(service.name, 0);
  const way = wayOf(run, resource);
  const about: About = {
    name: dns(service.name),
    resource,
    role: "worker",
    service: service.name,
    slot: target,
    release: release.id,
  };
  const { slot: _slot, release: _release, ...constant } = about;
  const matchLabels = labelsOf(run, constant);
  const meta = metadata(run, { ...about, annotations: service.labels });
  const { schedule, health: _health, ...ends } = service;
  const isTimed = schedule !== undefined;
  const template = podTemplate(isTimed ? ends : service, {
    labels: { ...matchLabels, ...labelsOf(run, about) },
    config: config(run, service, about, way, own),
    image: slot.digests[service.name] ?? service.image.reference,
    account: host.account,
    pullSecrets: host.pullSecrets,
    aliases: slot.aliases,
    takesRequests: false,
    ...(isTimed ? { restarts: "Never" as const } : {}),
  });
  const id = isTimed
    ? unitId(
        "cronjob",
        timed(resource, { metadata: meta, service: service.name, schedule, template, way, own }),
      )
    : unitId(
        "deployment",
        lasting(resource, { metadata: meta, matchLabels, service, template, way, own }),
      );
  new Ready(
    resourceName.ready(resource),
    {
      ...host.place,
      resource,
      unit: { id, service: service.name, ...(isTimed ? {} : healthOf(service)) },
      timeout: run.spec.strategy.deployTimeout,
      preface: `the traffic has moved to ${target} and the release serves, but its worker does not run`,
      secrets: run.secrets.values,
    },
    { parent: own.parent },
  );
}

interface Made {
  metadata: ReturnType<typeof metadata>;
  template: ReturnType<typeof podTemplate>;
  way: Way;
  own: pulumi.CustomResourceOptions;
}

function lasting(
  resource: string,
  {
    metadata,
    matchLabels,
    service,
    template,
    way,
    own,
  }: Made & {
    matchLabels: Record<string, string>;
    service: ServiceSpec;
  },
) {
  const args = {
    metadata,
    spec: {
      replicas: service.replicas,
      // The old pod is gone before the new one is made.
      strategy: { type: "Recreate" },
      selector: { matchLabels },
      template,
    },
  };
  return new kubernetes.apps.v1.Deployment(resource, args, options(way, args, own));
}

/** How many ended runs stay, for their logs. */
const HISTORY = 3;

/** Runs at its times. The Jobs that it makes are no units of a release; without a label they would get those of their pods. */
function timed(
  resource: string,
  { metadata, service, schedule, template, way, own }: Made & { service: string; schedule: string },
) {
  const args = {
    metadata,
    spec: {
      schedule,
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: HISTORY,
      failedJobsHistoryLimit: HISTORY,
      jobTemplate: {
        metadata: { labels: { [LABEL.service]: service } },
        spec: { backoffLimit: 0, template },
      },
    },
  };
  return new kubernetes.batch.v1.CronJob(resource, args, options(way, args, own));
}

function wayOf({ observation, plan }: Run, resource: string): Way {
  const there = observation.workers.find((unit) => unit.resource === resource);
  if (!there || observation.settled[resource] !== there.id) return "anew";
  const isIt = there.release === plan.release.id && there.slot === plan.target;
  return isIt ? "asItIs" : "changed";
}
