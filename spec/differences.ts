import { canonical } from "./release";
import type { ReleaseContent, ServiceSpec } from "./types";

/** What differs between two releases, a line a service, in words for people. Never a value: names only. */
export function differences(from: ReleaseContent, to: ReleaseContent): string[] {
  const before = new Map(from.services.map((service) => [service.name, service]));
  const after = new Map(to.services.map((service) => [service.name, service]));
  const lines: string[] = [];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const old = before.get(name);
    const now = after.get(name);
    if (!old) lines.push(`${name}: new`);
    else if (!now) lines.push(`${name}: dropped`);
    else {
      const changes = serviceDifferences(old, now);
      if (changes.length > 0) lines.push(`${name}: ${changes.join(", ")}`);
    }
  }
  if (from.version !== to.version) {
    lines.push(`version: ${from.version ?? "(none)"} -> ${to.version ?? "(none)"}`);
  }
  const secrets = changedKeys(from.secrets, to.secrets);
  if (secrets.length > 0) lines.push(`secrets changed: ${secrets.join(", ")}`);
  const accessories = changedKeys(from.accessories, to.accessories);
  if (accessories.length > 0) lines.push(`accessories changed: ${accessories.join(", ")}`);
  if (canonical(from.ingress) !== canonical(to.ingress)) lines.push("ingress rules changed");
  if (canonical(from.networks) !== canonical(to.networks)) lines.push("networks changed");
  if (from.routerImage !== to.routerImage) {
    lines.push(`router image ${from.routerImage} -> ${to.routerImage}`);
  }
  if (from.renderer !== to.renderer) lines.push("rendered by a newer Slipway");
  return lines;
}

function serviceDifferences(old: ServiceSpec, now: ServiceSpec): string[] {
  const changes: string[] = [];
  if (old.image.reference !== now.image.reference) {
    changes.push(`image ${old.image.reference} -> ${now.image.reference}`);
  }
  const variables = changedKeys(old.environment, now.environment);
  if (variables.length > 0) changes.push(`environment ${variables.join(" ")}`);
  const ignored = new Set(["name", "reason", "image", "environment"]);
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (key) => !ignored.has(key),
  );
  for (const key of keys.sort()) {
    const [a, b] = [old[key as keyof ServiceSpec], now[key as keyof ServiceSpec]];
    if (canonical(a ?? null) === canonical(b ?? null)) continue;
    const simple = [a, b].every((value) =>
      ["number", "string", "undefined"].includes(typeof value),
    );
    changes.push(simple ? `${key} ${a ?? "(none)"} -> ${b ?? "(none)"}` : key);
  }
  return changes;
}

function changedKeys(a: Record<string, unknown>, b: Record<string, unknown>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => canonical(a[key] ?? null) !== canonical(b[key] ?? null))
    .sort();
}
