import { SLOTS, type ObservedContainer, type Slot } from "../spec/types";
import { closest } from "../spec/units";
import type { Finding } from "./report";

/** A container under the name by which people ask for it. */
export interface NamedUnit {
  /** Its service; `edge`, `front` (a generated router), `<service>-release` (a release command). */
  name: string;
  /** From 1; absent where there is never more than one. */
  replica?: number;
  /** Absent for what both slots share. */
  slot?: Slot;
  container: ObservedContainer;
}

/** Which of them are meant. */
export interface Asked {
  /** None: all apps. */
  services: readonly string[];
  /** @default the slot that serves */
  slot?: string;
}

const NAMED = ["app", "worker", "accessory", "edge", "front", "task"];
const REPLICATED = ["app", "worker"];

/** By name, slot and replica. */
export function namedUnits(containers: readonly ObservedContainer[]): NamedUnit[] {
  const units = containers.filter(({ role }) => NAMED.includes(role)).map(named);
  const key = ({ name, slot, replica = 1 }: NamedUnit) =>
    `${name} ${slot} ${String(replica).padStart(4, "0")}`;
  return units.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function named(container: ObservedContainer): NamedUnit {
  const { role, service, resource, slot } = container;
  const name = { edge: "edge", task: resource.replace(/^task-[a-z]+-/, "") }[role as string];
  return {
    name: name ?? service,
    ...(REPLICATED.includes(role) ? { replica: Number(/\.(\d+)$/.exec(resource)?.[1] ?? 1) } : {}),
    ...(slot === undefined || role === "worker" ? {} : { slot }),
    container,
  };
}

export function selected(
  units: readonly NamedUnit[],
  { services, slot }: Asked,
  serving: Slot | undefined,
): NamedUnit[] {
  const among = slot ?? serving;
  return units
    .filter((unit) => unit.slot === undefined || among === "all" || unit.slot === among)
    .filter(({ name, container }) =>
      services.length === 0 ? container.role === "app" : services.includes(name),
    );
}

/** Why these cannot be meant; `described`: services that the Compose file has. */
export function faultsOf(
  units: readonly NamedUnit[],
  { services, slot }: Asked,
  serving: Slot | undefined,
  described: readonly string[],
): Finding[] {
  const slots = [...SLOTS, "all"];
  if (slot !== undefined && !slots.includes(slot)) {
    return [{ path: "--slot", what: "is no slot", given: slot, allowed: slots.join(", ") }];
  }
  const known = [...new Set([...units.map(({ name }) => name), ...described])].sort();
  const unknown = services.filter((name) => !known.includes(name));
  if (unknown.length > 0) return unknown.map((name) => unknownService(name, known));
  const isShared = (name: string) =>
    units.some((unit) => unit.name === name && unit.slot === undefined);
  const needSlot = services.length === 0 || !services.every(isShared);
  if (needSlot && slot === undefined && serving === undefined) {
    return [{ path: "--slot", what: "nothing serves", cure: "Name a slot: --slot blue" }];
  }
  return [];
}

export function unknownService(name: string, known: readonly string[]): Finding {
  const near = closest(name, known);
  return {
    path: "SERVICE",
    what: "there is no service of this name",
    given: name,
    allowed: known.join(", "),
    ...(near === undefined ? {} : { cure: `Did you mean ${near}?` }),
  };
}

/** "web.2", "db"; with its slot "blue/web.2". */
export const titleOf = ({ name, replica, slot }: NamedUnit, withSlot = false): string =>
  `${withSlot && slot ? `${slot}/` : ""}${name}${replica === undefined ? "" : `.${replica}`}`;
