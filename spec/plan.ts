import { hostRegistryFaults } from "./hostRegistry";
import {
  firstServed,
  hasPassedIn,
  hasServed,
  lastEvent,
  lastServed,
  withUntoldMove,
} from "./history";
import { namespaceFaults } from "./kubernetesRoom";
import { lockFaults } from "./lock";
import { isLeftAlone } from "./maintenance";
import { asStored, impossible, selectRelease } from "./selection";
import { room } from "./room";
import { accessoryActions, edgePlan } from "./shared";
import { summary, warnings } from "./summary";
import {
  other,
  SLOTS,
  type ApplicationSpec,
  type DeployPlan,
  type Fault,
  type Observation,
  type Plan,
  type Release,
  type Slot,
} from "./types";

type Kind = DeployPlan["kind"];

/** What this run will do: a pure function of what is there and what is wanted. */
export function makePlan(spec: ApplicationSpec, wanted: Release, observed: Observation): Plan {
  const observation = { ...observed, records: withUntoldMove(observed) };
  const faults = [...unreadableSlots(observation), ...hostRegistryFaults(spec, observation)];
  const selected = selectRelease(spec, wanted, observation.records);
  if ("faults" in selected) return { kind: "refused", faults: [...faults, ...selected.faults] };
  const decided = observation.adopting
    ? asDeploy(selected.release, observation)
    : decide(spec, selected.release, observation);
  const release = decided.release;
  const { edge, faults: edgeFaults } = edgePlan(spec, observation, release.content);
  const quiet = ["steady", "first", "restore"].includes(decided.kind);
  if (edge.action === "change" && !quiet) edgeFaults.push(edgeChangesAlone());
  faults.push(...edgeFaults, ...impossible(spec, decided.kind, release, observation));
  const space = room(spec, decided.kind, observation);
  faults.push(...space.faults, ...namespaceFaults(spec, decided, observation));
  const kept = observation.adopting
    ? undefined
    : keptSlot(decided.target, observation, spec.strategy.idle);
  const records = keptRecords(spec, release, kept, observation);
  const accessories = accessoryActions(spec, observation, records);
  const shared = [edge.action, ...Object.values(accessories)];
  const interferes = decided.kind !== "steady" || shared.includes("change");
  if (interferes) faults.push(...lockFaults(spec, observation));
  if (faults.length > 0) return { kind: "refused", faults };

  const serving = observation.serving;
  const rolledBackFrom = leftByGoingBack(spec, decided, observation);
  const plan: DeployPlan = {
    ...decided,
    ...(serving === undefined ? {} : { serving }),
    ...(kept === undefined ? {} : { kept }),
    ...(observation.adopting ? { leaves: leftBehind(decided.target, observation) } : {}),
    ...(rolledBackFrom === undefined ? {} : { rolledBackFrom }),
    edge,
    accessories,
    records,
    summary: [],
    warnings: [],
  };
  plan.summary = summary(spec, plan, observation);
  plan.warnings = [...warnings(spec, plan, selected.release, observation), ...space.warnings];
  return plan;
}

/** The table: (serving: none | complete | incomplete) x (idle: empty | complete and wanted | other | dirty). */
function decide(
  spec: ApplicationSpec,
  wanted: Release,
  observation: Observation,
): { kind: Kind; target: Slot; release: Release } {
  const { serving, slots, records } = observation;
  const ready = (slot: Slot) =>
    slots[slot].state === "complete" &&
    slots[slot].release === wanted.id &&
    hasPassedIn(
      slot,
      records.find((record) => record.id === wanted.id),
    );
  if (serving === undefined) {
    const last = lastServed(records);
    const lastSlot = last && slots[last.slot];
    if (last && lastSlot?.state === "complete" && lastSlot.release === last.record.id) {
      return { kind: "restore", target: last.slot, release: asStored(last.record) };
    }
    const complete = SLOTS.find(ready);
    if (complete) return { kind: "flip", target: complete, release: wanted };
    const target = last ? other(last.slot) : "blue";
    return { kind: last ? "deploy" : "first", target, release: wanted };
  }
  const idle = other(serving);
  const isWell = slots[serving].state === "complete" || isLeftAlone(spec, slots[serving]);
  const servesWanted = slots[serving].release === wanted.id && isWell;
  if (servesWanted) return { kind: "steady", target: serving, release: wanted };
  return { kind: ready(idle) ? "flip" : "deploy", target: idle, release: wanted };
}

/** The new state knows no slot that could be flipped to, or stay as it is. */
function asDeploy(release: Release, { serving, records }: Observation) {
  const last = serving ?? lastServed(records)?.slot;
  const kind: Kind = last ? "deploy" : "first";
  return { kind, target: last ? other(last) : "blue", release } as const;
}

function leftBehind(target: Slot, { slots, holders, networks }: Observation): string[] {
  const slot = other(target);
  const left = slots[slot].containers.map((container) => container.id);
  const ofSlot = (name: string) => new RegExp(`^network-${slot}(-|$)`).test(name);
  const stoodOn = Object.entries(networks).filter(([name]) => ofSlot(name));
  return [...left, ...holders.map(({ id }) => id), ...stoodOn.map(([, id]) => id)];
}

function unreadableSlots(observation: Observation): Fault[] {
  return SLOTS.filter((slot) => {
    const { release, containers } = observation.slots[slot];
    const known = observation.records.some((record) => record.id === release);
    // Several releases in an idle slot are the rest of a killed run; in the one that serves, a riddle.
    const isRest = release === undefined && slot !== observation.serving;
    return containers.length > 0 && !known && !isRest;
  }).map((slot) => ({
    path: `slot ${slot}`,
    what: `it runs ${observation.slots[slot].release ? `release ${observation.slots[slot].release}` : "several releases at once"}, whose record cannot be read`,
    cure: `Nothing was changed. If that release may go, remove its containers (docker rm -f ${observation.slots[slot].containers.map((c) => c.name).join(" ")}) and run again`,
  }));
}

/** The other slot stays when it serves, or runs a whole release; what is half there is cleaned up. */
function keptSlot(
  target: Slot,
  { serving, slots }: Observation,
  wish: ApplicationSpec["strategy"]["idle"],
): Slot | undefined {
  const idle = other(target);
  const isWanted = wish === "keep" && slots[idle].state === "complete";
  return serving === idle || isWanted ? idle : undefined;
}

function leftByGoingBack(
  spec: ApplicationSpec,
  { kind, release }: { kind: Kind; release: Release },
  { serving, slots, records }: Observation,
): string | undefined {
  if (spec.release === undefined || kind === "steady" || serving === undefined) return undefined;
  const left = records.find((record) => record.id === slots[serving].release);
  const target = records.find((record) => record.id === release.id);
  if (!left || !target || left.id === target.id) return undefined;
  return hasServed(target) && firstServed(target) < firstServed(left) ? left.id : undefined;
}

/** What the kept slot holds, the target, and the last `retain` releases that served. */
function keptRecords(
  spec: ApplicationSpec,
  release: Release,
  kept: Slot | undefined,
  { records, slots }: Observation,
) {
  const beside = kept && slots[kept].release;
  const served = records
    .filter((record) => hasServed(record) && record.id !== release.id)
    .sort((a, b) => (lastEvent(a, "served") < lastEvent(b, "served") ? 1 : -1))
    .slice(0, spec.strategy.retain - 1);
  const others = records
    .filter((record) => record.id !== release.id)
    .filter((record) => record.id === beside || served.includes(record))
    .map(({ id, content }) => ({ id, content }));
  return [...others, { id: release.id, content: release.content }];
}

const edgeChangesAlone = (): Fault => ({
  path: "slipway:docker",
  what: "the edge (its ports, 443 for https too, address or image) changes together with a deploy",
  cure: "Change the edge in a run of its own: run once with the release that serves now, then deploy",
});
