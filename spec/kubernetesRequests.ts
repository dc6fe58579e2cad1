import type { Resources, ServiceSpec } from "./types";

/** Share of its limit of processors that is kept free for a pod. */
const CPU_SHARE = 0.1;

/**
 * What a pod requests of its node. Compose's reservations; without one the memory that it may take, for who lacks it is
 * killed; who lacks a processor only waits, and a node on which all were kept free would never take both slots. What is
 * scaled by its share of that has it whole.
 */
export function requestsOf({
  resources,
  requests,
  autoscale,
}: Pick<ServiceSpec, "resources" | "requests" | "autoscale">): Resources {
  const { cpus, memory } = resources;
  const share = autoscale ? 1 : CPU_SHARE;
  return {
    ...(cpus === undefined
      ? {}
      : { cpus: Math.max(0.001, Math.round(cpus * share * 1000) / 1000) }),
    ...(memory === undefined ? {} : { memory }),
    ...requests,
  };
}
