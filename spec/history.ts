import { SLOTS, type Observation, type RecordEvent, type ReleaseRecord, type Slot } from "./types";

/** What the events of a release tell. Events are in the order of their writing. */

/** What the tag of a pushed image meant when the release passed its gate, by service: name@digest. */
export function digestsOf(
  record: Pick<ReleaseRecord, "events"> | undefined,
): Record<string, string> {
  const told = (record?.events ?? []).filter((event) => event.kind === "digest");
  return Object.assign({}, ...told.map((event) => event.detail));
}

export const hasServed = (record: ReleaseRecord) => lastEvent(record, "served") !== "";

/** Rolled back from, and not deployed again since: it takes `slipway:force` to deploy it. */
export const isHeld = (record: ReleaseRecord) =>
  lastEvent(record, "rolled-back-from") > lastEvent(record, "served");

/** When it happened last; "" for never. */
export function lastEvent(record: ReleaseRecord, kind: RecordEvent["kind"]): string {
  const times = record.events.filter((event) => event.kind === kind).map((event) => event.at);
  return times.sort().pop() ?? "";
}

export function firstServed(record: ReleaseRecord): string {
  return record.events.find((event) => event.kind === "served")?.at ?? "";
}

/** Only what has passed a gate in this slot is flipped to as it stands; anything else is made anew. */
export function hasPassedIn(slot: Slot, record: ReleaseRecord | undefined): boolean {
  return (record?.events ?? []).some(
    (event) => event.kind === "gate-passed" && event.detail?.["slot"] === slot,
  );
}

export function lastServed(
  records: ReleaseRecord[],
): { record: ReleaseRecord; slot: Slot } | undefined {
  const latest = records
    .filter(hasServed)
    .sort((a, b) => (lastEvent(a, "served") < lastEvent(b, "served") ? -1 : 1))
    .pop();
  const event = latest?.events.filter((candidate) => candidate.kind === "served").pop();
  const slot = SLOTS.find((candidate) => candidate === event?.detail?.["slot"]);
  return latest && slot ? { record: latest, slot } : undefined;
}

/**
 * The flip to this slot that was begun and never told of as done: its run was killed in the drain, or
 * could not write. Means something only while the slot serves; else the flip has simply failed.
 */
export function untoldMove(events: RecordEvent[], slot: Slot): RecordEvent | undefined {
  const here = events.filter(
    ({ kind, detail }) => (kind === "moving" || kind === "served") && detail?.["slot"] === slot,
  );
  const last = here[here.length - 1];
  return last?.kind === "moving" ? last : undefined;
}

/**
 * What a flip writes when it is done: into the history of the release that it left, and its own. That
 * comes last: until then the move counts as untold, and the next run tells it again.
 */
export function eventsOfMove(
  release: string,
  move: RecordEvent,
): { release: string; event: RecordEvent }[] {
  const { slot, rolledBackFrom } = move.detail ?? {};
  const served = { kind: "served" as const, at: move.at, detail: { slot: slot! } };
  if (rolledBackFrom === undefined) return [{ release, event: served }];
  const left = { kind: "rolled-back-from" as const, at: move.at, detail: { to: release } };
  return [
    { release: rolledBackFrom, event: left },
    { release, event: served },
  ];
}

/** The records as they would be if the move that reality shows had been told of. */
export function withUntoldMove(observation: Observation): ReleaseRecord[] {
  const { serving, slots, records } = observation;
  const current = serving && records.find((record) => record.id === slots[serving].release);
  const move = current && untoldMove(current.events, serving);
  if (!move) return records;
  const untold = eventsOfMove(current.id, move);
  return records.map((record) => ({
    ...record,
    events: [
      ...record.events,
      ...untold.filter(({ release }) => release === record.id).map(({ event }) => event),
    ],
  }));
}
