import type { NamespaceLimits, Resources } from "../../spec/types";
import { readable, type Client, type KubernetesObject } from "./client";
import { numberOf } from "./quantity";

interface Quota extends KubernetesObject {
  spec?: { scopes?: string[]; scopeSelector?: object };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

type Quantities = Record<string, string>;

interface Range extends KubernetesObject {
  spec?: {
    limits?: {
      type: string;
      max?: Quantities;
      min?: Quantities;
      default?: Quantities;
      defaultRequest?: Quantities;
    }[];
  };
}

/** What the namespace's quotas leave, and what its ranges say of each container. */
export async function limitsOf(client: Client): Promise<NamespaceLimits> {
  // Who may not look is told by the API server itself, when it refuses a pod.
  const [quotas = [], ranges = []] = await Promise.all([
    readable<Quota>(client, client.path("resourcequotas")),
    readable<Range>(client, client.path("limitranges")),
  ]);
  return {
    quotas: quotas
      // One for certain pods only: which they are is the cluster's to say.
      .filter(({ spec }) => spec?.scopes === undefined && spec?.scopeSelector === undefined)
      .map(({ metadata, status }) => ({ name: metadata!.name!, left: leftOf(status) })),
    ranges: ranges.flatMap(({ metadata, spec }) =>
      (spec?.limits ?? [])
        .filter(({ type }) => type === "Container")
        .map((limit) => ({
          name: metadata!.name!,
          max: resourcesOf(limit.max),
          min: resourcesOf(limit.min),
          limit: resourcesOf(limit.default),
          request: resourcesOf(limit.defaultRequest ?? limit.default),
        })),
    ),
  };
}

function leftOf(status: Quota["status"]): Record<string, number> {
  const entries = Object.entries(status?.hard ?? {}).flatMap(([key, hard]) => {
    const [most, used] = [numberOf(hard), numberOf(status?.used?.[key] ?? "0")];
    return most === undefined || used === undefined ? [] : [[key, most - used] as const];
  });
  return Object.fromEntries(entries);
}

function resourcesOf({ cpu, memory }: Quantities = {}): Resources {
  const [cpus, bytes] = [numberOf(cpu), numberOf(memory)];
  return {
    ...(cpus === undefined ? {} : { cpus }),
    ...(bytes === undefined ? {} : { memory: bytes / 2 ** 20 }),
  };
}
