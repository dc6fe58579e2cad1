import { gunzipSync } from "zlib";
import type Docker from "dockerode";
import { LABEL, recordsVolume } from "../../spec/names";
import { type Asked, type Look, Refusal, type Serving } from "../platform";
import {
  SLOTS,
  type Observation,
  type ObservedContainer,
  type ObservedSlot,
  type ReleaseContent,
  type ReleaseRecord,
  type Slot,
} from "../../spec/types";
import { isCutOff, networksOf } from "./attached";
import { readEntry, servingOf } from "./proxy";
import { builtImages, imagesOn, type KnownRecord } from "./built";
import { hostRegistryOn } from "./hostRegistry";
import type { Records } from "./records";
import type { Transport } from "./transport";

/** Everything that is there of one application. One conversation; whole, or an error. */
export async function observe(
  transport: Transport,
  records: Records,
  application: string,
  claim: string | undefined,
  asked: Asked = { pushed: [], logins: [] },
): Promise<Look> {
  const label = [`${LABEL.application}=${application}`];
  const listing = list(transport, application);
  const [info, listed, only, stored, images, networks, hostRegistry] = await Promise.all([
    transport.docker.info() as Promise<{ ID: string }>,
    listing,
    listing.then((all) => entryOfOnly(transport, all, application)),
    records.read(),
    imagesOn(transport),
    transport.docker.listNetworks({ filters: { label } }),
    asked.hostRegistry === undefined ? undefined : hostRegistryOn(transport),
  ]);
  if (!claim && listed.length > 0) throw recordsLost(application, claim, networks);
  const described = withSelfDescriptions(stored.records, listed.map(observed));
  const built = await builtImages(transport, described, images, asked, hostRegistry);
  const known = described.map((record) => ({ ...record, missingImages: built.missingOf(record) }));
  const contentOf = (release?: string) => known.find((record) => record.id === release)?.content;
  const containers = listed
    .map((one) => ({ one, container: observed(one) }))
    .map(({ one, container }) => ({
      ...container,
      running:
        container.running &&
        !isCutOff(container, networksOf(one, networks), contentOf(container.release)),
    }))
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
  const ofRole = (role: ObservedContainer["role"]) => containers.filter((c) => c.role === role);
  const edge = choose(ofRole("edge"), stored.settled);
  const entry = only ?? (edge ? await readEntry(transport, edge.id, application) : { targets: [] });
  const serving = servingOf(entry, inSlots(containers));
  const observation: Observation = {
    engine: info.ID,
    ...(claim === undefined ? {} : { claim }),
    ...(serving.slot === undefined ? {} : { serving: serving.slot }),
    ...(entry.reach ? { reach: entry.reach } : {}),
    ...(entry.maintenance === undefined ? {} : { maintenance: entry.maintenance }),
    ...(stored.lock ? { lock: stored.lock } : {}),
    slots: Object.fromEntries(
      SLOTS.map((slot) => [slot, observedSlot(slot, containers, known)]),
    ) as Record<Slot, ObservedSlot>,
    records: known,
    accessories: ofRole("accessory"),
    workers: ofRole("worker"),
    ...(edge ? { edge } : {}),
    holders: ofRole("holder"),
    throwaways: ofRole("throwaway"),
    builds: built.referencesOf(application),
    networks: Object.fromEntries(
      networks.map((network) => [network.Labels?.[LABEL.resource] ?? "", network.Id]),
    ),
    settled: stored.settled,
    ...(hostRegistry ? { hostRegistry, unserved: built.unserved } : {}),
  };
  return { observation, stored: stored.records, serving };
}

/** Taken for a first deploy, this would remove the edge and the databases, for nothing says that they are whole. */
function recordsLost(
  application: string,
  claim: string | undefined,
  networks: Docker.NetworkInspectInfo[],
): Refusal {
  const volume = recordsVolume(application);
  const owner = networks.map((network) => network.Labels?.[LABEL.claim]).find(Boolean);
  const labels = { [LABEL.application]: application, [LABEL.claim]: owner ?? "<id in the state>" };
  const options = Object.entries(labels).map(([name, value]) => `--label ${name}=${value}`);
  const remove = claim === undefined ? "" : `docker volume rm ${volume} && `;
  return new Refusal([
    {
      path: `volume ${volume}`,
      what: `it is ${claim === undefined ? "gone" : "not the one that was made for it"}, and with it the records of the releases of "${application}", whose containers are still there`,
      cure: `Nothing was changed, what serves goes on. Put the volume back from a backup, labels included. Or go on without the history: ${remove}docker volume create ${options.join(" ")} ${volume}, then run again: the edge and the accessories are made anew, which interrupts them for a moment; data stay`,
    },
  ]);
}

/** The edge, and what else there is. */
export async function observeEdge(
  transport: Transport,
  records: Records,
  application: string,
): Promise<{ edge?: ObservedContainer; containers: ObservedContainer[] }> {
  const containers = (await list(transport, application)).map(observed);
  const edges = containers.filter((c) => c.role === "edge");
  const settled = edges.length > 1 ? (await records.read()).settled : {};
  const edge = choose(edges, settled);
  return { ...(edge ? { edge } : {}), containers };
}

/** Where the edge's table leads, and what is there. A few questions, where `observe` asks for everything. */
export async function observeServing(
  transport: Transport,
  records: Records,
  application: string,
): Promise<{ serving: Serving; units: ObservedContainer[] }> {
  const { edge, containers } = await observeEdge(transport, records, application);
  const entry = edge ? await readEntry(transport, edge.id, application) : { targets: [] };
  return { serving: servingOf(entry, inSlots(containers)), units: containers };
}

function list(transport: Transport, application: string) {
  const label = [`${LABEL.application}=${application}`];
  return transport.docker.listContainers({ all: true, filters: { label } });
}

/** What the one edge has, beside all other questions; of several, the records tell which one it is. */
async function entryOfOnly(transport: Transport, all: Docker.ContainerInfo[], application: string) {
  const edges = all.filter(({ Labels }) => Labels[LABEL.role] === "edge");
  return edges.length === 1 ? readEntry(transport, edges[0]!.Id, application) : undefined;
}

const inSlots = (containers: ObservedContainer[]) =>
  containers.filter((container) => container.slot !== undefined);

/** The settled one of several edges (a killed run may have left an orphan). */
function choose(edges: ObservedContainer[], settled: Record<string, string>) {
  return edges.find((edge) => settled[edge.resource] === edge.id) ?? edges[0];
}

function observed(info: Docker.ContainerInfo): ObservedContainer {
  const labels = info.Labels;
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(info.Status)?.[1] ?? "none";
  const slot = labels[LABEL.slot] as Slot | undefined;
  const release = labels[LABEL.release];
  return {
    id: info.Id,
    name: (info.Names[0] ?? "").replace(/^\//, ""),
    resource: labels[LABEL.resource] ?? "",
    service: labels[LABEL.service] ?? "",
    role: (labels[LABEL.role] ?? "app") as ObservedContainer["role"],
    ...(slot ? { slot } : {}),
    ...(release ? { release } : {}),
    running: info.State === "running",
    health,
    labels,
  };
}

function observedSlot(
  slot: Slot,
  all: ObservedContainer[],
  records: ReleaseRecord[],
): ObservedSlot {
  const containers = all.filter((c) => c.slot === slot && c.role !== "worker");
  if (containers.length === 0) return { state: "empty", containers, lacking: [] };
  const releases = [...new Set(containers.map((c) => c.release))];
  const release = releases.length === 1 ? releases[0] : undefined;
  if (release === undefined) return { state: "incomplete", containers, lacking: [] };
  const record = records.find((candidate) => candidate.id === release);
  const wanted = record ? record.content.services.filter((service) => service.role === "app") : [];
  const running = (name: string) =>
    containers.filter((c) => c.running && c.role === "app" && c.service === name).length;
  const lacking = wanted
    .filter(({ name, replicas }) => running(name) < replicas)
    .map(({ name }) => name);
  // A service's container or the router: it carries the record.
  const hasFront = containers.some((c) => c.running && c.labels[LABEL.record] !== undefined);
  const complete = record !== undefined && lacking.length === 0 && hasFront;
  return { state: complete ? "complete" : "incomplete", release, containers, lacking };
}

/** The front door of each slot carries the record too: a slot whose record is lost describes itself. */
function withSelfDescriptions(
  stored: KnownRecord[],
  containers: ObservedContainer[],
): KnownRecord[] {
  const known = new Map(stored.map((record) => [record.id, record]));
  for (const container of containers) {
    const packed = container.labels[LABEL.record];
    if (!packed || !container.release || known.has(container.release)) continue;
    const content = JSON.parse(
      gunzipSync(Buffer.from(packed, "base64")).toString("utf8"),
    ) as ReleaseContent;
    known.set(container.release, {
      id: container.release,
      content,
      events: [],
    });
  }
  const first = (record: KnownRecord) => record.events[0]?.at ?? "";
  return [...known.values()].sort((a, b) => (first(a) < first(b) ? -1 : 1));
}
