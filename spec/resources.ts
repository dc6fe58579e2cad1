import { MEMORY_MINIMUM_MIB, REPLICAS, REPLICAS_LIMIT } from "./defaults";
import { isMap, present, type Field } from "./field";
import { knownKeys } from "./keys";
import {
  DEPLOY_KEYS,
  GPU_KEYS,
  LIMITS_KEYS,
  RESERVATIONS_KEYS,
  RESOURCES_KEYS,
  RESTART_POLICY_KEYS,
} from "./partKeys";
import type { Resources, ServiceSpec } from "./types";
import { bytesOf } from "./units";

/** How many of a service there are, and how much each may take. */

type WantedResources = { cpus?: number; memory?: string };

export function readResources(
  field: Field,
  wanted: WantedResources,
): Pick<ServiceSpec, "resources" | "requests" | "memorySwap" | "cpuShares" | "cpuset" | "gpus"> {
  const limits = field.at("deploy").at("resources").at("limits");
  const bytes = wanted.memory ? bytesOf(wanted.memory) : undefined;
  const memory =
    bytes ??
    (limits.at("memory").bytes() || undefined) ??
    (field.at("mem_limit").bytes() || undefined);
  const mebibytes = memory === undefined ? undefined : Math.ceil(memory / 1024 ** 2);
  if (mebibytes !== undefined && mebibytes < MEMORY_MINIMUM_MIB) {
    const path = `${field.path}.deploy.resources.limits.memory`;
    field.findings.fault(path, "is less than Docker allows", {
      given: `${mebibytes} MiB`,
      allowed: `from ${MEMORY_MINIMUM_MIB} MiB`,
    });
  }
  const cpus = wanted.cpus ?? (limits.at("cpus").number(0) || undefined);
  const resources = present({
    cpus: cpus ?? (field.at("cpus").number(0) || undefined),
    memory: mebibytes,
  });
  return {
    resources,
    requests: readRequests(field, resources),
    memorySwap: readSwap(field.at("memswap_limit"), mebibytes),
    cpuShares: field.at("cpu_shares").integer(2, 262144),
    cpuset: readCpuset(field.at("cpuset")),
    gpus: readGpus(field),
  };
}

/** Only where something asks nodes for room: a Docker host has no scheduler. */
function readRequests(field: Field, limits: Resources): Resources | undefined {
  if (field.findings.platform !== "kubernetes") return undefined;
  const reserved = field.at("deploy").at("resources").at("reservations");
  const places = {
    cpus: reserved.at("cpus"),
    memory: reserved.at("memory").absent ? field.at("mem_reservation") : reserved.at("memory"),
  };
  const bytes = places.memory.bytes() || undefined;
  const requests = present({
    cpus: places.cpus.number(0) || undefined,
    memory: bytes === undefined ? undefined : Math.ceil(bytes / 1024 ** 2),
  });
  for (const key of ["cpus", "memory"] as const) {
    const [asked, most] = [requests[key], limits[key]];
    if (asked === undefined || most === undefined || asked <= most) continue;
    places[key].refuse("is more than the limit", { allowed: `at most ${most}` });
  }
  return Object.keys(requests).length > 0 ? requests : undefined;
}

function readSwap(field: Field, memory: number | undefined): number | undefined {
  if (field.absent || String(field.value) === "0") return undefined;
  if (memory === undefined) {
    return field.refuse("needs a limit of memory", { cure: "Say deploy.resources.limits.memory" });
  }
  if (String(field.value) === "-1") return -1;
  const bytes = field.bytes();
  if (bytes === undefined) return undefined;
  const mebibytes = Math.ceil(bytes / 1024 ** 2);
  if (mebibytes >= memory) return mebibytes;
  return field.refuse("is memory and swap together: it cannot be less than the memory alone");
}

function readCpuset(field: Field): string | undefined {
  const text = field.text();
  if (text === undefined || /^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return text;
  return field.refuse("is no set of processors", { allowed: "0-3, 0,1" });
}

/** From `gpus`, else from the reservation that Compose had before it. */
function readGpus(service: Field): string | undefined {
  const own = service.at("gpus");
  const reserved = service.at("deploy").at("resources").at("reservations").at("devices");
  const field = own.absent ? reserved : own;
  if (field.absent) return undefined;
  if (field.value === "all") return "all";
  const [first, ...more] = field.list();
  if (first === undefined) return undefined;
  if (more.length > 0) return field.refuse("can only be one request here", { cure: "Join them" });
  if (!isMap(first.value)) return first.refuse("must be a map");
  first.checkKeys(knownKeys(GPU_KEYS));
  const capabilities = first.at("capabilities").texts();
  if (field === reserved && !capabilities.includes("gpu")) {
    return first.refuse("can only be GPUs here", {
      cure: "Say capabilities: [gpu], or use devices",
    });
  }
  first.at("driver").oneOf(["nvidia"]);
  const ids = first.at("device_ids").texts();
  if (ids.length > 0) return `device=${ids.join(",")}`;
  const count = first.at("count");
  if (count.absent || ["all", "-1"].includes(String(count.value))) return "all";
  return count.integer(1, 1024)?.toString();
}

/** Checks the keys of `deploy`, whose values are read where they belong. */
export function checkDeploy(service: Field): void {
  const deploy = service.at("deploy");
  const resources = deploy.at("resources");
  deploy.checkKeys(knownKeys(DEPLOY_KEYS));
  deploy.at("restart_policy").checkKeys(knownKeys(RESTART_POLICY_KEYS));
  resources.checkKeys(knownKeys(RESOURCES_KEYS));
  resources.at("limits").checkKeys(knownKeys(LIMITS_KEYS));
  resources.at("reservations").checkKeys(knownKeys(RESERVATIONS_KEYS));
  const mode = deploy.at("mode");
  if (/^(replicated|global)-job$/.test(String(mode.value))) {
    mode.refuse("runs to its end", { cure: "Say x-slipway: {role: task}, and leave mode out" });
  } else mode.oneOf(["replicated", "global"]);
}

/** `global` is one on each host, and there is one host. */
export function readReplicas(field: Field): number {
  const deploy = field.at("deploy").at("replicas").integer(1, REPLICAS_LIMIT);
  const scale = field.at("scale").integer(1, REPLICAS_LIMIT);
  if (field.at("deploy").at("mode").value === "global") return REPLICAS;
  return deploy ?? scale ?? REPLICAS;
}

/** `deploy.restart_policy` goes before `restart`, as in Compose. */
export function readRestart(service: Field): string | undefined {
  const condition = service.at("deploy").at("restart_policy").at("condition");
  const policy = condition.oneOf(["none", "on-failure", "any"]);
  const field = service.at("restart");
  const value = field.value === false ? "no" : field.text();
  if (value !== undefined && !/^(no|always|unless-stopped|on-failure(:\d+)?)$/.test(value)) {
    return field.refuse("is not known", { allowed: '"no", always, on-failure, unless-stopped' });
  }
  if (policy === undefined) return value;
  return policy === "none" ? "no" : policy === "any" ? "always" : policy;
}
