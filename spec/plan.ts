import { differences } from "./differences";
import {
  firstServed,
  hasPassedIn,
  hasServed,
  isHeld,
  lastEvent,
  lastServed,
  withUntoldMove,
} from "./history";
import { asRelease } from "./release";
import { accessoryActions, edgePlan } from "./shared";
import {
  other,
  SLOTS,
  type ApplicationSpec,
  type DeployPlan,
  type Fault,
  type Observation,
  type Plan,
  type Release,
  type ReleaseRecord,
  type Slot,
} from "./types";

type Kind = DeployPlan["kind"];

/** What this run will do: a pure function of what is there and what is wanted. */
export function makePlan(spec: ApplicationSpec, wanted: Release, observed: Observation): Plan {
  const observation = { ...observed, records: withUntoldMove(observed) };
  const faults = unreadableSlots(observation);
  const selected = selectRelease(spec, wanted, observation.records);
  if ("faults" in selected) return { kind: "refused", faults: [...faults, ...selected.faults] };
  const decided = decide(selected.release, observation);
  const release = decided.release;
  const { edge, faults: edgeFaults } = edgePlan(spec, observation, release.content);
  const quiet = ["steady", "first", "restore"].includes(decided.kind);
  if (edge.action === "change" && !quiet) edgeFaults.push(edgeChangesAlone());
  faults.push(...edgeFaults, ...impossible(spec, decided.kind, release, observation));
  if (faults.length > 0) return { kind: "refused", faults };

  const serving = observation.serving;
  const kept = keptSlot(decided.target, observation);
  const records = keptRecords(spec, release, kept, observation);
  const accessories = accessoryActions(spec, observation, records);
  const rolledBackFrom = leftByGoingBack(spec, decided, observation);
  const plan: DeployPlan = {
    ...decided,
    ...(serving === undefined ? {} : { serving }),
    ...(kept === undefined ? {} : { kept }),
    ...(rolledBackFrom === undefined ? {} : { rolledBackFrom }),
    edge,
    accessories,
    records,
    summary: [],
    warnings: [],
  };
  plan.summary = summary(plan, observation);
  plan.warnings = warnings(spec, plan, selected.release);
  return plan;
}

/** The table: (serving: none | complete | incomplete) x (idle: empty | complete and wanted | other | dirty). */
function decide(
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
  const servesWanted = slots[serving].release === wanted.id && slots[serving].state === "complete";
  if (servesWanted) return { kind: "steady", target: serving, release: wanted };
  return { kind: ready(idle) ? "flip" : "deploy", target: idle, release: wanted };
}

function selectRelease(
  spec: ApplicationSpec,
  wanted: Release,
  records: ReleaseRecord[],
): { release: Release } | { faults: Fault[] } {
  if (spec.release !== undefined) return pinned(spec.release, records);
  const namesake = records.find(
    (record) =>
      spec.version !== undefined &&
      record.id !== wanted.id &&
      record.content.version === spec.version &&
      hasServed(record),
  );
  if (namesake) {
    return {
      faults: [
        {
          path: "slipway:version",
          what: `release ${namesake.id} bears this version, with other content: ${differences(namesake.content, wanted.content).join("; ")}`,
          given: spec.version!,
          cure: `Give what you have now a new version (pulumi config set version ...), or go back to that release (pulumi config set release ${namesake.id})`,
        },
      ],
    };
  }
  const record = records.find((candidate) => candidate.id === wanted.id);
  if (record && isHeld(record) && spec.force !== wanted.id) {
    return {
      faults: [
        {
          path: "slipway:force",
          what: `release ${wanted.id} (${wanted.label}) is held: it was rolled back from on ${lastEvent(record, "rolled-back-from")}`,
          cure: `Deploy something newer; or, to deploy it all the same: pulumi config set force ${wanted.id}`,
        },
      ],
    };
  }
  return { release: wanted };
}

/** `slipway:release`: an id, or a version that exactly one served record bears. */
function pinned(
  name: string,
  records: ReleaseRecord[],
): { release: Release } | { faults: Fault[] } {
  const byId = records.filter((record) => record.id === name);
  const found =
    byId.length > 0 ? byId : records.filter((r) => hasServed(r) && r.content.version === name);
  if (found.length === 1) return { release: asStored(found[0]!) };
  const possible = records.filter((record) => hasServed(record) && isWhole(record)).map(nameOf);
  return {
    faults: [
      {
        path: "slipway:release",
        what:
          found.length === 0
            ? "no retained release has this id or version"
            : `${found.length} releases bear this version: ${found.map(nameOf).join(", ")}`,
        given: name,
        allowed: possible.length > 0 ? possible.join(", ") : "none is retained",
        cure: "pulumi config set release <id>, or pulumi config rm release",
      },
    ],
  };
}

/** What would only be found missing half-way: images and secrets of the release that is to be made. */
function impossible(
  spec: ApplicationSpec,
  kind: Kind,
  release: Release,
  observation: Observation,
): Fault[] {
  if (kind !== "deploy" && kind !== "first") return [];
  const record = observation.records.find((candidate) => candidate.id === release.id);
  const isOld = spec.release !== undefined;
  const lost = isOld ? Object.entries(record?.missingImages ?? {}) : [];
  const gone = Object.keys(release.content.secrets).filter(
    (name) => !(name in spec.availableSecrets),
  );
  if (lost.length === 0 && gone.length === 0) return [];
  const possible = observation.records
    .filter((r) => r.id !== release.id && hasServed(r) && isWhole(r) && hasSecrets(spec, r))
    .map(nameOf);
  const reasons = [
    ...lost.map(([service, image]) => `the image of "${service}" is gone (${image})`),
    ...gone.map((name) => `the secret ${name} is not in slipway:secrets any more`),
  ];
  return [
    {
      path: "slipway:release",
      what: `release ${release.id} (${release.label}) cannot be deployed: ${reasons.join("; ")}`,
      given: spec.release ?? release.id,
      allowed: possible.length > 0 ? possible.join(", ") : "none of the retained releases",
      cure: "Nothing was changed. Choose one of those, or deploy from source (pulumi config rm release)",
    },
  ];
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
function keptSlot(target: Slot, { serving, slots }: Observation): Slot | undefined {
  const idle = other(target);
  return serving === idle || slots[idle].state === "complete" ? idle : undefined;
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

function summary(plan: DeployPlan, observation: Observation): string[] {
  const { kind, target, release, serving } = plan;
  const name = release.label === release.id ? release.id : `${release.label} (${release.id})`;
  const lines = {
    first: [`first deploy: release ${name} into ${target}, then it gets the traffic`],
    deploy: [
      `deploy: release ${name} into ${target}; the traffic moves ${serving ?? "nothing"} -> ${target} after its gate`,
    ],
    flip: [
      `flip: release ${name} runs in ${target} already; only the traffic moves ${serving ?? "nothing"} -> ${target}`,
    ],
    steady: [`steady: release ${name} serves from ${target}; nothing to deploy`],
    restore: [
      `restore: nothing serves, but release ${name} runs in ${target}: it gets its traffic back`,
    ],
  }[kind];
  const current = serving && observation.slots[serving].release;
  const from = observation.records.find((record) => record.id === current)?.content;
  if (from && kind !== "steady") {
    lines.push(...differences(from, release.content).map((line) => `  ${line}`));
  }
  for (const [accessory, action] of Object.entries(plan.accessories)) {
    if (action === "change") lines.push(`this restarts "${accessory}", which both slots use`);
  }
  if (plan.edge.action === "change") {
    lines.push(
      `the edge is re-created with ports ${plan.edge.ports.join(", ")}: a short interruption`,
    );
  }
  if (plan.rolledBackFrom !== undefined) {
    lines.push(
      `release ${plan.rolledBackFrom} is held from now on; tasks that it ran are not undone`,
    );
  }
  return lines;
}

function warnings(spec: ApplicationSpec, plan: DeployPlan, selected: Release): string[] {
  const found = [...spec.warnings];
  if (plan.kind === "restore" && plan.release.id !== selected.id) {
    found.push(
      `run "pulumi up" again for release ${selected.label}: this run only restores the traffic`,
    );
  }
  const described = new Set(spec.services.map((service) => service.name));
  const dropped = Object.keys(plan.accessories).filter((name) => !described.has(name));
  if (dropped.length > 0) {
    found.push(
      `${dropped.join(", ")}: no longer described, but kept while a retained release names it`,
    );
  }
  if (
    spec.release !== undefined &&
    spec.version !== undefined &&
    spec.version !== plan.release.content.version
  ) {
    found.push(
      `slipway:release pins ${plan.release.label}; version ${spec.version} is not deployed while it is set (pulumi config rm release)`,
    );
  }
  return found;
}

const edgeChangesAlone = (): Fault => ({
  path: "slipway:docker",
  what: "the edge (its ports, address or image) changes together with a deploy",
  cure: "Change the edge in a run of its own: run once with the release that serves now, then deploy",
});

const asStored = (record: ReleaseRecord): Release => ({
  ...asRelease(record.content),
  id: record.id,
});
const isWhole = (record: ReleaseRecord) => Object.keys(record.missingImages).length === 0;
const hasSecrets = (spec: ApplicationSpec, record: ReleaseRecord) =>
  Object.keys(record.content.secrets).every((name) => name in spec.availableSecrets);
const nameOf = (record: ReleaseRecord) =>
  record.content.version ? `${record.id} (${record.content.version})` : record.id;
