import { LABEL } from "../../spec/names";
import type { Unit } from "../platform";
import { type Client, isNotFound, type KubernetesObject } from "./client";
import {
  ownPods,
  partsOf,
  pathOf,
  type ContainerStatus,
  type Pod,
  type Workload,
} from "./workload";

/** Reasons for which a container waits and that no time mends. */
const HOPELESS = ["ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RunContainerError"];
/** What is not there now, or not yet known to the node, may come: only these words are final. */
const FINAL = /runAsNonRoot|couldn't find key|non-numeric user/;

interface Event extends KubernetesObject {
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string;
  eventTime?: string;
}

/** A workload and its pods, as the gate sees them: the worst of them counts. */
export async function unitAt(client: Client, id: string): Promise<Unit> {
  const found = await client.find<Workload>(pathOf(client, id));
  const { kind, name, attempt } = partsOf(id);
  // Somebody else's of the same name, or a later rendering, is not what is asked for.
  const isIt = attempt === undefined || found?.metadata?.annotations?.[LABEL.attempt] === attempt;
  const workload = isIt ? found : undefined;
  if (workload === undefined) {
    return { id, name, service: "", state: "missing", health: "none", restarts: 0 };
  }
  const pods = kind === "service" ? [] : ownPods(workload, await podsOfWorkload(client, workload));
  const statuses = pods.flatMap((pod) => pod.status?.containerStatuses ?? []);
  const base = {
    id,
    name,
    service: workload.metadata?.labels?.[LABEL.service] ?? "",
    restarts: Math.max(0, ...statuses.map(({ restartCount }) => restartCount)),
    ...endOf(statuses),
  };
  if (kind === "service") return { ...base, state: "running", health: "healthy" };
  if (kind === "job") return { ...base, state: "running", health: "none" };
  const fault = hopeless(statuses);
  const isComplete = rolledOut(workload);
  const checked = workload.spec?.template?.spec?.containers[0]?.readinessProbe !== undefined;
  if (isComplete) return { ...base, state: "running", health: checked ? "healthy" : "none" };
  const isComing = fault === undefined && (await isPulling(client, pods));
  if (isComing) return { ...base, state: "running", health: "starting", pulling: true };
  const lastCheck = fault ?? (await lastTrouble(client, name, pods));
  return {
    ...base,
    state: "running",
    health: "starting",
    ...(fault === undefined ? {} : { fault }),
    ...(lastCheck === undefined ? {} : { lastCheck }),
  };
}

export async function podsOfWorkload(client: Client, workload: Workload): Promise<Pod[]> {
  const labels =
    workload.spec?.selector?.matchLabels ?? workload.spec?.template?.metadata?.labels ?? {};
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return client.list<Pod>(client.path("pods"), selector.join(","));
}

function rolledOut({ metadata, spec, status }: Workload): boolean {
  const wanted = spec?.replicas ?? 1;
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const ready = status?.availableReplicas ?? status?.readyReplicas ?? 0;
  return isSeen && ready >= wanted && (status?.updatedReplicas ?? 0) >= wanted;
}

function endOf(statuses: ContainerStatus[]): Pick<Unit, "exitCode" | "outOfMemory" | "startedAt"> {
  const ended = statuses
    .map(({ state, lastState }) => state?.terminated ?? lastState?.terminated)
    .find((one) => one !== undefined);
  const startedAt = statuses.map(({ state }) => state?.running?.startedAt).find(Boolean);
  return {
    ...(ended?.exitCode === undefined ? {} : { exitCode: ended.exitCode }),
    ...(ended?.reason === "OOMKilled" ? { outOfMemory: true as const } : {}),
    ...(startedAt === undefined ? {} : { startedAt }),
  };
}

/** Why these can never run, whatever the time. */
export function hopeless(statuses: ContainerStatus[]): string | undefined {
  const waiting = statuses.map(({ state }) => state?.waiting);
  const found = waiting.find(
    (one) =>
      HOPELESS.includes(one?.reason ?? "") ||
      (one?.reason === "CreateContainerConfigError" && FINAL.test(one.message ?? "")),
  );
  return found && [found.reason, found.message].filter(Boolean).join(": ");
}

/** Why it is not there yet, in the cluster's words: a pod that fits on no node, a probe that fails, a quota. */
async function lastTrouble(client: Client, name: string, pods: Pod[]): Promise<string | undefined> {
  const unscheduled = pods
    .flatMap(({ status }) => status?.conditions ?? [])
    .find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled?.message) return unscheduled.message;
  const events = await eventsAbout(
    client,
    pods.length > 0 ? pods.map((pod) => pod.metadata!.name!) : [name],
  );
  return events.at(-1)?.message;
}

/** A node has begun to pull an image for one of these, and has not ended. */
async function isPulling(client: Client, pods: Pod[]): Promise<boolean> {
  const creating = pods.filter(({ status }) =>
    status?.containerStatuses?.some(({ state }) => state?.waiting?.reason === "ContainerCreating"),
  );
  const asked = creating.map(async ({ metadata }) => {
    const selector = encodeURIComponent(`involvedObject.name=${metadata!.name!}`);
    const path = `${client.path("events")}?fieldSelector=${selector}`;
    const { items } = await client.get<{ items: Event[] }>(path);
    const reasons = items.map(({ reason }) => reason);
    return reasons.includes("Pulling") && !reasons.includes("Pulled");
  });
  return (await Promise.all(asked)).includes(true);
}

/** Warnings about these objects and what they own, oldest first. */
export async function eventsAbout(client: Client, names: string[]): Promise<Event[]> {
  const { items } = await client.get<{
    items: (Event & { involvedObject?: { name?: string } })[];
  }>(`${client.path("events")}?fieldSelector=${encodeURIComponent("type=Warning")}`);
  const isAbout = (name = "") => names.some((one) => name === one || name.startsWith(`${one}-`));
  const time = (event: Event) => event.lastTimestamp ?? event.eventTime ?? "";
  return items
    .filter(({ involvedObject }) => isAbout(involvedObject?.name))
    .sort((a, b) => (time(a) < time(b) ? -1 : 1));
}

/** Last lines of the pod that tells most: one that crashed before one that runs. */
export async function logsOf(client: Client, id: string, lines: number): Promise<string> {
  try {
    const pods = id.startsWith("pod/")
      ? [await client.get<Pod>(pathOf(client, id))]
      : await latestPods(client, id);
    const restarts = (pod: Pod) => pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
    const [pod] = pods.sort((a, b) => restarts(b) - restarts(a));
    if (!pod) return "";
    const path = client.path(`pods/${pod.metadata!.name!}/log?tailLines=${lines}`);
    const now = await client.raw(path);
    if (now.status === 200 && (now.body !== "" || restarts(pod) === 0)) return now.body.trimEnd();
    const before = await client.raw(`${path}&previous=true`);
    return before.status === 200 ? before.body.trimEnd() : "";
  } catch (error) {
    return `(its log cannot be read: ${(error as Error).message})`;
  }
}

async function latestPods(client: Client, id: string): Promise<Pod[]> {
  try {
    const workload = await client.get<Workload>(pathOf(client, id));
    return ownPods(workload, await podsOfWorkload(client, workload));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
