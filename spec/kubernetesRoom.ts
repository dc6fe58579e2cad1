import { frontService } from "./front";
import { requestsOf } from "./kubernetesRequests";
import type {
  ApplicationSpec,
  DeployPlan,
  Fault,
  NamespaceLimits,
  Observation,
  Release,
  Resources,
  ServiceSpec,
  Slot,
} from "./types";

/** Whether a namespace has room for a candidate beside what serves: told before anything is made, where it can be known. */

interface Decided {
  kind: DeployPlan["kind"];
  target: Slot;
  release: Release;
}

type Limits = Pick<NamespaceLimits, "ranges">;

/** What one pod counts as; undefined = it says nothing, and no range says it instead. */
interface Load {
  request: Resources;
  limit: Resources;
}

export function namespaceFaults(
  spec: ApplicationSpec,
  { kind, target, release }: Decided,
  observation: Observation,
): Fault[] {
  const { limits } = observation;
  if (limits === undefined || (kind !== "first" && kind !== "deploy")) return [];
  const slotted = release.content.services.filter(({ role }) => role !== "worker");
  const made = [...slotted, ...absent(spec, observation)];
  const freed = freedOf(target, observation);
  // What the slot holds goes first: how much that is, only its record tells.
  if (freed === undefined) return rangeFaults(made, limits);
  const isRouted = frontService(release.content) === undefined;
  const pods = [...made.flatMap((service) => podsOf(service)), ...(isRouted ? [ROUTER] : [])];
  return [...rangeFaults(made, limits), ...quotaFaults(pods, freed, limits)];
}

type Sized = Pick<ServiceSpec, "name" | "resources" | "requests" | "autoscale">;

const ROUTER: Sized = { name: "the generated router", resources: {} };

/** Workers and accessories that are there are counted as used already. */
function absent({ services }: ApplicationSpec, { workers, accessories }: Observation) {
  const there = [...workers, ...accessories].map(({ service }) => service);
  return services.filter(
    ({ name, role }) => (role === "worker" || role === "accessory") && !there.includes(name),
  );
}

/** A pod of a task, or at its time, is gone when its work is done: it takes no room beside the others for long. */
const podsOf = (service: ServiceSpec): Sized[] =>
  service.role === "task" || service.schedule !== undefined
    ? []
    : Array.from({ length: service.replicas }, () => service);

function freedOf(target: Slot, { slots, records }: Observation): Sized[] | undefined {
  const { containers, release } = slots[target];
  const running = containers.filter(({ role }) => role !== "task");
  if (running.length === 0) return [];
  const record = records.find(({ id }) => id === release);
  if (record === undefined) return undefined;
  return running.map(
    ({ service }) => record.content.services.find(({ name }) => name === service) ?? ROUTER,
  );
}

function loadOf(pod: Sized, { ranges }: Limits): Load {
  const [first] = ranges;
  return {
    limit: { ...first?.limit, ...pod.resources },
    request: { ...first?.request, ...requestsOf(pod) },
  };
}

interface Key {
  of: (load: Load) => number | undefined;
  /** From our unit into the quota's. */
  factor: number;
  /** What has to be said so that a pod is let in. */
  says: string;
}

const CPU_REQUEST: Key = {
  of: ({ request }) => request.cpus,
  factor: 1,
  says: "deploy.resources.limits.cpus",
};
const MEMORY_REQUEST: Key = {
  of: ({ request }) => request.memory,
  factor: 2 ** 20,
  says: "deploy.resources.limits.memory",
};
const KEYS: Record<string, Key> = {
  cpu: CPU_REQUEST,
  "requests.cpu": CPU_REQUEST,
  "limits.cpu": { ...CPU_REQUEST, of: ({ limit }) => limit.cpus },
  memory: MEMORY_REQUEST,
  "requests.memory": MEMORY_REQUEST,
  "limits.memory": { ...MEMORY_REQUEST, of: ({ limit }) => limit.memory },
  pods: { of: () => 1, factor: 1, says: "" },
};

function quotaFaults(pods: Sized[], freed: Sized[], limits: NamespaceLimits): Fault[] {
  return limits.quotas.flatMap(({ name, left }) =>
    Object.entries(left).flatMap(([resource, remaining]): Fault[] => {
      const key = KEYS[resource];
      if (key === undefined) return [];
      const silent = pods.filter((pod) => key.of(loadOf(pod, limits)) === undefined);
      if (silent.length > 0) return [saysNothing(name, resource, key, silent)];
      const sum = (all: Sized[]) =>
        all.reduce((total, pod) => total + (key.of(loadOf(pod, limits)) ?? 0) * key.factor, 0);
      const [asked, room] = [sum(pods), remaining + sum(freed)];
      if (asked <= room) return [];
      return [
        {
          path: `resourcequota/${name}`,
          what: `has too little ${resource} for a candidate beside what serves`,
          given: `${text(resource, asked)} for ${pods.length} pods`,
          allowed: `${text(resource, room)} are left`,
          cure: "Raise the quota, or lower deploy.resources or the replicas of services",
        },
      ];
    }),
  );
}

function saysNothing(quota: string, resource: string, { says }: Key, silent: Sized[]): Fault {
  const names = [...new Set(silent.map(({ name }) => name))].join(", ");
  return {
    path: `resourcequota/${quota}`,
    what: `counts ${resource}, and lets in no pod that says nothing of it`,
    given: `nothing is said for ${names}`,
    cure: `Say ${says} for each; or have a LimitRange with defaults in the namespace`,
  };
}

const text = (resource: string, value: number) =>
  resource.endsWith("memory")
    ? `${Math.floor(value / 2 ** 20)} MiB`
    : String(Math.round(value * 1000) / 1000);

/** One container may not take more, or less. */
function rangeFaults(services: ServiceSpec[], { ranges }: Limits): Fault[] {
  return ranges.flatMap(({ name, max, min }) =>
    services.flatMap((service) =>
      (["cpus", "memory"] as const).flatMap((key): Fault[] => {
        const value = service.resources[key];
        const [most = Infinity, least = 0] = [max[key], min[key]];
        if (value === undefined || (value <= most && value >= least)) return [];
        const unit = key === "memory" ? " MiB" : "";
        const allowed = value > most ? `at most ${most}${unit}` : `at least ${least}${unit}`;
        return [
          {
            path: `services.${service.name}.deploy.resources.limits.${key}`,
            what: `is not what limitrange/${name} of the namespace allows`,
            given: `${value}${unit}`,
            allowed,
          },
        ];
      }),
    ),
  );
}
