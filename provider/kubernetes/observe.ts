import { gunzipSync } from "node:zlib";
import { LABEL } from "../../spec/names";
import {
  SLOTS,
  type Observation,
  type ObservedContainer,
  type ObservedSlot,
  type ReleaseContent,
  type ReleaseRecord,
  type Slot,
} from "../../spec/types";
import type { Asked, Look, Serving } from "../platform";
import { builtImages } from "./built";
import type { Client, KubernetesObject } from "./client";
import type { StoredRecord } from "../stored";
import type { Records } from "./records";
import { canaryOf } from "./traffic";
import { idOf, observed, workloadsOf } from "./workload";

export interface Service extends KubernetesObject {
  spec?: { selector?: Record<string, string>; clusterIP?: string };
}

/** Everything that is there of one application; whole, or an error. */
export async function observe(
  client: Client,
  records: Records,
  application: string,
  engine: Promise<string>,
  asked: Asked = { pushed: [], logins: [] },
): Promise<Look> {
  const selector = `${LABEL.application}=${application}`;
  const [identity, stored, workloads, services, claims] = await Promise.all([
    engine,
    records.read(),
    workloadsOf(client, application),
    client.list<Service>(client.path("services"), selector),
    client.list<KubernetesObject>(client.path("persistentvolumeclaims"), selector),
  ]);
  const units = workloads
    .flatMap(({ kind, object }) => observed(kind, object))
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
  const all = described(stored.records, units);
  const built = await builtImages(all, application, asked);
  const known = all.map((record) => ({ ...record, missingImages: built.missingOf(record) }));
  const edge = services.find(({ metadata }) => metadata?.labels?.[LABEL.role] === "edge");
  const serving = servingOf(edge);
  const ofRole = (role: ObservedContainer["role"]) => units.filter((unit) => unit.role === role);
  const objects = Object.fromEntries(
    [...services, ...claims].map(({ metadata }) => [
      metadata?.labels?.[LABEL.resource] ?? "",
      metadata?.uid ?? "",
    ]),
  );
  const observation: Observation = {
    engine: identity,
    ...(stored.claim === undefined ? {} : { claim: stored.claim }),
    ...(serving.slot === undefined ? {} : { serving: serving.slot }),
    reach: serving.reach ?? { hosts: [] },
    ...(stored.lock ? { lock: stored.lock } : {}),
    slots: Object.fromEntries(
      SLOTS.map((slot) => [slot, observedSlot(slot, units, known, objects)]),
    ) as Record<Slot, ObservedSlot>,
    records: known,
    accessories: ofRole("accessory"),
    workers: ofRole("worker"),
    ...(edge ? { edge: edgeUnit(edge) } : {}),
    holders: [],
    throwaways: [],
    builds: built.references,
    networks: objects,
    settled: stored.settled,
  };
  return { observation, stored: stored.records, serving };
}

export async function observeServing(client: Client, application: string): Promise<Serving> {
  const edge = await client.find<Service>(client.path(`services/${application}`));
  return servingOf(edge);
}

/** The selector leads to the front door of one release in one slot: `blue-<release>`. */
function servingOf(edge: Service | undefined): Serving {
  const target = edge?.spec?.selector?.[LABEL.front];
  const reach = {
    hosts: edge?.metadata?.annotations?.[LABEL.reach]?.split(",").filter(Boolean) ?? [],
  };
  const [, slot, release] = /^(blue|green)-(.+)$/.exec(target ?? "") ?? [];
  if (edge === undefined || target === undefined) return { targets: [] };
  const canary = edge ? canaryOf(edge) : 0;
  return {
    targets: [target],
    reach,
    ...(canary > 0 ? { canary } : {}),
    ...(slot ? { slot: slot as Slot } : {}),
    ...(release ? { release } : {}),
  };
}

function edgeUnit(edge: Service): ObservedContainer {
  const { metadata } = edge;
  const labels = { ...metadata?.labels, ...metadata?.annotations };
  return {
    id: idOf("service", edge),
    name: metadata!.name!,
    resource: labels[LABEL.resource] ?? "",
    service: "edge",
    role: "edge",
    running: true,
    health: "none",
    labels,
  };
}

function observedSlot(
  slot: Slot,
  all: ObservedContainer[],
  records: ReleaseRecord[],
  objects: Record<string, string>,
): ObservedSlot {
  const units = all.filter((unit) => unit.slot === slot && unit.role !== "worker");
  const containers = units.filter(({ role }) => role !== "task" && role !== "trial");
  if (containers.length === 0) return { state: "empty", containers: units, lacking: [] };
  const releases = [...new Set(containers.map(({ release }) => release))];
  const release = releases.length === 1 ? releases[0] : undefined;
  if (release === undefined) return { state: "incomplete", containers: units, lacking: [] };
  const record = records.find(({ id }) => id === release);
  const wanted = record?.content.services.filter(({ role }) => role === "app") ?? [];
  // One pod that answers is enough: the cluster itself brings back the others, and scales them.
  const runs = (name: string) =>
    containers.some(({ service, role, running }) => running && role === "app" && service === name);
  const lacking = wanted
    .filter(({ name }) => !runs(name) || isCutOff(slot, name, containers, objects))
    .map(({ name }) => name);
  const hasFront = containers.some((one) => one.running && one.labels[LABEL.record] !== undefined);
  const complete = record !== undefined && lacking.length === 0 && hasFront;
  return {
    state: complete ? "complete" : "incomplete",
    release,
    containers: units,
    lacking,
  };
}

/** The others of its slot reach a service by its Service, whose address they were given. */
function isCutOff(
  slot: Slot,
  name: string,
  containers: ObservedContainer[],
  objects: Record<string, string>,
): boolean {
  const unit = containers.find(({ service }) => service === name);
  return unit?.labels[LABEL.named] === "true" && objects[`service-${slot}-${name}`] === undefined;
}

/** The front door of each slot carries the record, too: a slot whose record is lost describes itself. */
function described(stored: StoredRecord[], units: ObservedContainer[]): ReleaseRecord[] {
  const known = new Map(
    stored.map((record) => [record.id, { ...record, missingImages: {} } as ReleaseRecord]),
  );
  for (const { release, labels } of units) {
    const packed = labels[LABEL.record];
    if (!packed || !release || known.has(release)) continue;
    const text = gunzipSync(Buffer.from(packed, "base64")).toString("utf8");
    const content = JSON.parse(text) as ReleaseContent;
    known.set(release, { id: release, content, events: [], missingImages: {} });
  }
  const first = ({ events }: ReleaseRecord) => events[0]?.at ?? "";
  return [...known.values()].sort((a, b) => (first(a) < first(b) ? -1 : 1));
}
