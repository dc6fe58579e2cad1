import type { Field } from "./field";
import { plainValue, type Lookup } from "./interpolate";

/** `slipway:profiles`, else Compose's own variable. */
export function activeProfiles(configured: string[] | undefined, lookup: Lookup): string[] {
  const variable = plainValue(lookup("COMPOSE_PROFILES")) ?? "";
  return configured ?? variable.split(",").filter((profile) => profile !== "");
}

/** Services that no active profile brings in. */
export function inactiveServices(compose: Field, active: string[]): Set<string> {
  const inactive = compose
    .at("services")
    .entries()
    .filter(([name, service]) => {
      const profiles = service.at("profiles").texts();
      if (profiles.length === 0 || active.includes("*")) return false;
      if (profiles.some((profile) => active.includes(profile))) return false;
      service
        .at("profiles")
        .warn(`${name} is left out: none of its profiles is in slipway:profiles`);
      return true;
    });
  return new Set(inactive.map(([name]) => name));
}
