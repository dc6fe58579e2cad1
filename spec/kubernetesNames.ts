import type { Findings } from "./findings";
import { frontService } from "./front";
import { portNumbers } from "./ports";
import type { ServiceDraft } from "./service";
import { SLOTS, type ApplicationSpec, type ServiceSpec } from "./types";

/** A name of Compose as an object's: DNS knows no `_`. */
export const dns = (...parts: string[]) => parts.join("-").replaceAll("_", "-").toLowerCase();

export interface Named {
  /** Objects of other kinds may have the same name. */
  kind: "workload" | "Service" | "claim";
  name: string;
  /** Where it stands. */
  path: string;
}

/** Two parts that would be one object, and names that none may have. */
export function checkObjectNames(
  drafts: ServiceDraft[],
  spec: ApplicationSpec,
  findings: Findings,
): void {
  const seen = new Map<string, Named>();
  for (const named of objects(drafts, spec)) {
    const key = `${named.kind} ${named.name}`;
    const first = seen.get(key);
    seen.set(key, first ?? named);
    if (first === undefined || first.path === named.path) continue;
    findings.fault(named.path, `would be the same ${named.kind} as ${first.path}`, {
      given: named.name,
      allowed: "names that differ with - for _, and with -blue and -green behind those of apps",
      cure: "Rename one of them",
    });
  }
  for (const { spec: service, field } of drafts) {
    const isNamed = service.role === "accessory" || service.role === "app";
    if (!isNamed || /^[a-z]/.test(service.name)) continue;
    findings.fault(field.path, "the name of a Service begins with a letter on Kubernetes", {
      given: service.name,
      cure: "Rename it; networks: {default: {aliases: [OLD]}} keeps the old name for the others",
    });
  }
}

function objects(drafts: ServiceDraft[], spec: ApplicationSpec): Named[] {
  const edge: Named = { kind: "Service", name: spec.name, path: "slipway:name" };
  const isRouted = spec.ingress.length > 0 && frontService(spec) === undefined;
  const fronts = isRouted ? inSlots("workload", "front", "the generated router") : [];
  const claims = spec.volumes.map((volume): Named => {
    return { kind: "claim", name: dns(volume), path: `volumes.${volume}` };
  });
  return [edge, ...fronts, ...drafts.flatMap(({ spec: service }) => objectsOf(service)), ...claims];
}

export function objectsOf(service: ServiceSpec): Named[] {
  const { name, role } = service;
  const path = `services.${name}`;
  const release = service.release ? inSlots("workload", `${name}-release`, path) : [];
  if (role === "worker") {
    const trials = inSlots("workload", `trial-${name}`, path);
    return [{ kind: "workload", name: dns(name), path }, ...trials, ...release];
  }
  if (role === "accessory") {
    return [
      { kind: "workload", name: dns(name), path },
      { kind: "Service", name: dns(name), path },
    ];
  }
  const known = role === "app" && portNumbers(service).length > 0;
  return [
    ...inSlots("workload", name, path),
    ...(known ? inSlots("Service", name, path) : []),
    ...release,
  ];
}

const inSlots = (kind: Named["kind"], name: string, path: string): Named[] =>
  SLOTS.map((slot) => ({ kind, name: dns(name, slot), path }));
