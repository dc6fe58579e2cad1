import { LABEL, resourceName } from "../../spec/names";
import { releaseOf } from "../../spec/release";
import { edgeLabel } from "../../spec/shared";
import type {
  ApplicationSpec,
  Observation,
  ObservedContainer,
  ObservedSlot,
  RecordEvent,
  Release,
  ReleaseRecord,
  Slot,
} from "../../spec/types";
import { application } from "./spec";

/** A running container of an accessory, a worker, the edge, ... */
export function container(overrides: Partial<ObservedContainer> = {}): ObservedContainer {
  const resource = overrides.resource ?? "accessory-db";
  return {
    id: `id-${resource}`,
    name: `shop-${resource}`,
    resource,
    service: "db",
    role: "accessory",
    running: true,
    health: "none",
    labels: {},
    ...overrides,
  };
}

export const empty = (): ObservedSlot => ({ state: "empty", containers: [], lacking: [] });

/** A running container of each app service of the release. */
export function complete(slot: Slot, release: Release): ObservedSlot {
  const services = release.content.services.filter((service) => service.role === "app");
  const containers = services.map(({ name }) =>
    container({
      resource: resourceName.container(slot, name, 0),
      service: name,
      role: "app",
      slot,
      release: release.id,
    }),
  );
  return { state: "complete", release: release.id, containers, lacking: [] };
}

/** One container of the release has stopped. */
export function incomplete(slot: Slot, release: Release): ObservedSlot {
  const { containers, ...whole } = complete(slot, release);
  const [first, ...rest] = containers;
  return {
    ...whole,
    state: "incomplete",
    containers: [{ ...first!, running: false }, ...rest],
    lacking: [first!.service],
  };
}

/** Containers of two releases: what a killed run leaves. */
export function dirty(slot: Slot, one: Release, another: Release): ObservedSlot {
  const containers = [one, another].flatMap((release, index) =>
    complete(slot, release).containers.map((c) => ({ ...c, id: `${c.id}-${index}` })),
  );
  return { state: "incomplete", containers, lacking: [] };
}

// Events, at a minute of one hour.

const at = (minute: number) => `2026-01-01T10:${String(minute).padStart(2, "0")}:00.000Z`;
export const served = (slot: Slot, minute: number): RecordEvent => ({
  kind: "served",
  at: at(minute),
  detail: { slot },
});
export const passed = (slot: Slot, minute: number): RecordEvent => ({
  kind: "gate-passed",
  at: at(minute),
  detail: { slot },
});
/** A flip that was begun. */
export const moving = (slot: Slot, minute: number, rolledBackFrom?: string): RecordEvent => ({
  kind: "moving",
  at: at(minute),
  detail: { slot, ...(rolledBackFrom === undefined ? {} : { rolledBackFrom }) },
});
export const rolledBack = (minute: number): RecordEvent => ({
  kind: "rolled-back-from",
  at: at(minute),
});

export function record(
  release: Release,
  events: RecordEvent[] = [],
  missingImages: Record<string, string> = {},
): ReleaseRecord {
  return { id: release.id, content: release.content, events, missingImages };
}

/** The release of the usual application with another version (and other keys). */
export const versioned = (version: string, overrides: Partial<ApplicationSpec> = {}): Release =>
  releaseOf(application({ version, ...overrides }));

/** A running edge as the usual application wants it. */
export function edge(overrides: Partial<ObservedContainer> = {}, ports = [8000]) {
  const { proxyImage: image, bind } = application().docker;
  return container({
    resource: "edge",
    service: "edge",
    role: "edge",
    labels: { [LABEL.spec]: edgeLabel({ image, bind, ports }) },
    ...overrides,
  });
}

export const SETTLED_EDGE = { edge: "id-edge" };

/** A host with a settled edge and empty slots. */
export function observation(overrides: Partial<Observation> = {}): Observation {
  return {
    engine: "engine-1",
    claim: "claim-1",
    slots: { blue: empty(), green: empty() },
    records: [],
    accessories: [],
    workers: [],
    edge: edge(),
    holders: [],
    throwaways: [],
    builds: [],
    networks: {},
    settled: SETTLED_EDGE,
    ...overrides,
  };
}

/** A host on which nothing was ever deployed. */
export function untouched(): Observation {
  const { edge: _edge, claim: _claim, ...rest } = observation({ settled: {} });
  return rest;
}

/** The usual case: the release serves from blue, green is empty. */
export function serving(release: Release, overrides: Partial<Observation> = {}): Observation {
  return observation({
    serving: "blue",
    slots: { blue: complete("blue", release), green: empty() },
    records: [record(release, [passed("blue", 1), served("blue", 2)])],
    ...overrides,
  });
}

/** Refuses every later change, so that a test sees a function that is not pure. */
export function frozen<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
