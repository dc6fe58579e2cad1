import { platformAt } from "../provider/places";
import { isHeld, lastEvent } from "../spec/history";
import {
  SLOTS,
  type EventKind,
  type Lock,
  type Observation,
  type ObservedContainer,
  type ReleaseRecord,
  type Slot,
} from "../spec/types";
import { Backend } from "./backend";
import { stackCommand } from "./options";
import { printedStatus } from "./printStatus";
import type { Finding } from "./report";
import { type Result, type Surroundings } from "./run";
import { namedStack, placeOf, type NamedStack } from "./subject";
import { worst, type Check } from "./worst";

/** What `status --json` prints. A key never changes its meaning; new ones may come. */
export interface StatusReport {
  format: 1;
  stack: string;
  /** Reality could be read; the exit code is 0 then, else 1. Whether all is well is for `health`. */
  ok: boolean;
  application?: string;
  host?: string;
  /** The slot that the traffic goes to; absent when nothing serves. */
  active?: Slot;
  slots: SlotStatus[];
  /** What every request is answered with, in place of the application. */
  maintenance?: string;
  /** Who keeps everybody from deploying. */
  lock?: Lock;
  /** Edge, accessories and workers: what both slots share. */
  shared: UnitStatus[];
  lastEvent?: { kind: EventKind; at: string; release: string; version: string };
  /** Where the stack's outputs tell something else than what is there. */
  drift: Drift[];
  warnings: string[];
  faults: Finding[];
}

export interface SlotStatus {
  slot: Slot;
  serves: boolean;
  state: "empty" | "complete" | "incomplete";
  release?: string;
  version?: string;
  /** Rolled back from: deployed again only with `slipway:force`. */
  held?: true;
  services: UnitStatus[];
}

export interface UnitStatus {
  service: string;
  role: ObservedContainer["role"];
  running: number;
  /** Containers that there should be. */
  wanted: number;
  /** The worst of them, in the engine's words; none: it has no check. */
  health: Check;
}

export interface Drift {
  output: string;
  state: string;
  reality: string;
}

/** `slipway status`: what serves, what each slot runs, and whether the stack's outputs tell the same. */
export async function status(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "status",
    "Says what serves and what each slot runs, as the platform tells it now.",
    ["-e staging", "-e production --json"],
  ).parse(argv, { from: "user" });
  const options = command.opts<{ stack: string; json?: boolean }>();
  const report = await reportFor(options.stack, around);
  const output = options.json
    ? JSON.stringify(report, undefined, 2)
    : printedStatus(report, around.colours, Date.now());
  return { output, code: report.ok ? 0 : 1 };
}

async function reportFor(name: string, around: Surroundings): Promise<StatusReport> {
  const { stack, faults } = namedStack(name, around);
  const report: StatusReport = {
    format: 1,
    stack: name,
    ok: false,
    slots: [],
    shared: [],
    drift: [],
    warnings: [],
    faults,
  };
  if (stack === undefined || faults.length > 0) return report;
  const { spec } = stack;
  const place = placeOf(spec);
  const { host } = place;
  const [look, told] = await Promise.all([
    platformAt(place)
      .observe()
      .catch((error: Error) => error),
    outputsOf(stack, around),
  ]);
  const whole = { ...report, application: spec.name, host };
  if (look instanceof Error) {
    const fault = { path: host, what: `what is there cannot be read: ${look.message}` };
    return { ...whole, faults: [fault] };
  }
  const { observation } = look;
  const { serving, maintenance, lock } = observation;
  const isError = told instanceof Error;
  return {
    ...whole,
    ok: true,
    ...(serving === undefined ? {} : { active: serving }),
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(lock ? { lock } : {}),
    slots: SLOTS.map((slot) => slotStatus(slot, observation)),
    shared: sharedOf(observation),
    ...lastEventOf(observation.records),
    drift: isError ? [] : driftOf(told, observation),
    warnings: isError
      ? [`whether the state tells the same is not known: ${told.message}`]
      : observation.claim === undefined
        ? ["it is not deployed there"]
        : [],
  };
}

const outputsOf = ({ name, project }: NamedStack, { environment }: Surroundings) =>
  new Backend(project.directory, environment).outputs(name).catch((error: Error) => error);

function slotStatus(slot: Slot, { serving, slots, records }: Observation): SlotStatus {
  const { state, release, containers } = slots[slot];
  const record = records.find(({ id }) => id === release);
  const wanted = new Map(
    (record?.content.services ?? [])
      .filter(({ role }) => role === "app")
      .map((service) => [service.name, service.replicas]),
  );
  const there = containers.filter(({ role }) => role === "app" || role === "front");
  return {
    slot,
    serves: slot === serving,
    state,
    ...(release === undefined ? {} : { release, version: record?.content.version ?? release }),
    ...(record && isHeld(record) ? { held: true as const } : {}),
    services: unitsOf(there, wanted),
  };
}

/** One line for each service, by name; also for one of which nothing is left. */
function unitsOf(there: ObservedContainer[], wanted: Map<string, number>): UnitStatus[] {
  const names = [...new Set([...wanted.keys(), ...there.map(({ service }) => service)])].sort();
  return names.map((service) => {
    const own = there.filter((container) => container.service === service);
    const running = own.filter((container) => container.running);
    return {
      service,
      role: own[0]?.role ?? "app",
      running: running.length,
      wanted: wanted.get(service) ?? own.length,
      health: worst(running),
    };
  });
}

function sharedOf({ edge, accessories, workers }: Observation): UnitStatus[] {
  return [...(edge ? [edge] : []), ...accessories, ...workers].map((container) => ({
    service: container.role === "edge" ? "edge" : container.service,
    role: container.role,
    running: container.running ? 1 : 0,
    wanted: 1,
    health: container.running ? worst([container]) : "none",
  }));
}

function lastEventOf(records: ReleaseRecord[]): Pick<StatusReport, "lastEvent"> {
  const kinds = ["served", "rolled-back-from"] as const;
  const all = records.flatMap((record) =>
    kinds.map((kind) => ({ kind, at: lastEvent(record, kind), record })),
  );
  const [latest] = all.filter(({ at }) => at !== "").sort((a, b) => (a.at < b.at ? 1 : -1));
  if (latest === undefined) return {};
  const { kind, at, record } = latest;
  const { id, content } = record;
  return { lastEvent: { kind, at, release: id, version: content.version ?? id } };
}

function driftOf(told: Record<string, unknown>, { serving, slots }: Observation): Drift[] {
  const release = serving && slots[serving].release;
  const pairs: [string, unknown, string | undefined][] = [
    ["active", told.active, serving],
    ["release", told.release, release],
  ];
  return pairs
    .filter(([, state, reality]) => state !== reality)
    .map(([output, state, reality]) => ({
      output,
      state: String(state ?? "nothing"),
      reality: reality ?? "nothing",
    }));
}
