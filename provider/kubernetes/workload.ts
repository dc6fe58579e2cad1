import { LABEL } from "../../spec/names";
import type { ObservedContainer, Slot } from "../../spec/types";
import type { Client, KubernetesObject } from "./client";

/** What runs pods: the units of this platform. A unit's id is `<kind>/<name>#<attempt>`: one rendering of it. */
export const WORKLOADS = {
  deployment: { group: "apps/v1", plural: "deployments" },
  statefulset: { group: "apps/v1", plural: "statefulsets" },
  job: { group: "batch/v1", plural: "jobs" },
  cronjob: { group: "batch/v1", plural: "cronjobs" },
} as const;

export type WorkloadKind = keyof typeof WORKLOADS;

interface Template {
  metadata?: { labels?: Record<string, string> };
  spec?: { containers: { readinessProbe?: object }[] };
}

export interface Workload extends KubernetesObject {
  spec?: {
    replicas?: number;
    suspend?: boolean;
    selector?: { matchLabels?: Record<string, string> };
    template?: Template;
    jobTemplate?: { spec?: { template?: Template } };
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    succeeded?: number;
    failed?: number;
  };
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode?: number; reason?: string; message?: string; startedAt?: string };
}

export interface Pod extends KubernetesObject {
  status?: {
    phase?: string;
    podIP?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
  };
}

/** `deployment/api-blue#1234` */
export function partsOf(id: string): { kind: string; name: string; attempt?: string } {
  const [, kind = "", name = "", attempt] = /^([^/]+)\/([^#]+)(?:#(.*))?$/.exec(id) ?? [];
  return { kind, name, ...(attempt ? { attempt } : {}) };
}

export const idOf = (kind: string, { metadata }: KubernetesObject): string =>
  `${kind}/${metadata!.name!}#${metadata?.annotations?.[LABEL.attempt] ?? ""}`;

/** Its path in the API. */
export function pathOf(client: Client, id: string): string {
  const { kind, name } = partsOf(id);
  if (kind === "service") return client.path(`services/${name}`);
  if (kind === "pod") return client.path(`pods/${name}`);
  const { group, plural } = WORKLOADS[kind as WorkloadKind];
  return client.path(`${plural}/${name}`, group);
}

export async function workloadsOf(
  client: Client,
  application: string,
): Promise<{ kind: WorkloadKind; object: Workload }[]> {
  const selector = `${LABEL.application}=${application}`;
  const kinds = Object.entries(WORKLOADS) as [WorkloadKind, (typeof WORKLOADS)[WorkloadKind]][];
  const lists = await Promise.all(
    kinds.map(async ([kind, { group, plural }]) => {
      const objects = await client.list<Workload>(client.path(plural, group), selector);
      // One that is on its way out is gone for everybody who plans.
      const there = objects.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
      return there.map((object) => ({ kind, object }));
    }),
  );
  return lists.flat();
}

/** All pods of the application; those of a workload carry its slot, service and role. */
export const podsOf = (client: Client, application: string) =>
  client.list<Pod>(client.path("pods"), `${LABEL.application}=${application}`);

/** Of its pods; those of a CronJob are one step further. */
export const templateOf = ({ spec }: Workload): Template | undefined =>
  spec?.template ?? spec?.jobTemplate?.spec?.template;

/** Those that the workload wants now: not of an earlier rendering, nor on their way out. */
export function ownPods(workload: Workload, pods: readonly Pod[]): Pod[] {
  const labels = templateOf(workload)?.metadata?.labels ?? {};
  return pods.filter(
    ({ metadata }) =>
      metadata?.deletionTimestamp === undefined &&
      Object.entries(labels).every(([key, value]) => metadata?.labels?.[key] === value),
  );
}

/** What an object says about itself. */
function belongings(labels: Record<string, string>) {
  const slot = labels[LABEL.slot] as Slot | undefined;
  const release = labels[LABEL.release];
  return {
    resource: labels[LABEL.resource] ?? "",
    service: labels[LABEL.service] ?? "",
    role: (labels[LABEL.role] ?? "app") as ObservedContainer["role"],
    ...(slot ? { slot } : {}),
    ...(release ? { release } : {}),
    labels,
  };
}

/** As others see it: one for each replica. */
export function observed(kind: WorkloadKind, object: Workload): ObservedContainer[] {
  const { metadata, spec, status } = object;
  const labels = { ...metadata?.labels, ...metadata?.annotations };
  // It waits for its time: that is how it runs.
  const ready = kind === "cronjob" ? 1 : (status?.readyReplicas ?? 0);
  const count = kind === "job" || kind === "cronjob" ? 1 : (spec?.replicas ?? 1);
  return Array.from({ length: Math.max(1, count) }, (_, index) => ({
    id: idOf(kind, object),
    name: metadata!.name!,
    ...belongings(labels),
    running: index < ready,
    health: index < ready ? "healthy" : "starting",
  }));
}

/** Each pod by itself, for who wants its log or a shell in it; those of one workload are numbered, as replicas are. */
export function observedPods(pods: readonly Pod[]): ObservedContainer[] {
  const counts = new Map<string, number>();
  const name = ({ metadata }: Pod) => metadata?.name ?? "";
  return [...pods]
    .sort((a, b) => (name(a) < name(b) ? -1 : 1))
    .map(observedPod)
    .map((unit) => {
      const number = (counts.get(unit.resource) ?? 0) + 1;
      counts.set(unit.resource, number);
      return number === 1 ? unit : { ...unit, resource: `${unit.resource}.${number}` };
    });
}

function observedPod({ metadata, status }: Pod): ObservedContainer {
  const labels = metadata?.labels ?? {};
  const ready = status?.containerStatuses?.every((one) => one.ready) === true;
  return {
    id: `pod/${metadata!.name!}`,
    name: metadata!.name!,
    ...belongings(labels),
    running: status?.phase === "Running",
    health: ready ? "healthy" : "starting",
  };
}
