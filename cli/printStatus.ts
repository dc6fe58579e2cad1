import { lockText } from "../spec/lock";
import { age } from "./age";
import { columns, paragraphs, printedFindings, type Colours } from "./print";
import type { SlotStatus, StatusReport, UnitStatus } from "./status";

/** The report for people; `now` in ms. */
export function printedStatus(report: StatusReport, colours: Colours, now: number): string {
  const blocks = [
    heading(report, colours),
    ...report.slots.map((slot) => slotBlock(slot, colours)),
    sharedBlock(report.shared, colours),
    driftBlock(report, colours),
    stateBlock(report, colours),
    report.warnings.map((warning) => `${colours.yellow("Warning")}  ${warning}`),
    printedFindings("Faults", report.faults, colours.red, colours),
    [lastLine(report, colours, now)],
  ];
  return paragraphs(blocks);
}

function heading({ application, host, stack }: StatusReport, colours: Colours): string[] {
  if (application === undefined) return [];
  return [`${colours.bold(`Application ${application}`)} (stack ${stack}) on ${host}`];
}

function slotBlock(slot: SlotStatus, colours: Colours): string[] {
  const { release, version, serves, state, held, services } = slot;
  const what = release === undefined ? state : `release ${release}, version ${version}`;
  const notes = [
    serves ? "serves" : undefined,
    held ? "held after a rollback" : undefined,
    state === "incomplete" ? "incomplete" : undefined,
  ].filter((note) => note !== undefined);
  const title = `${colours.bold(`Slot ${slot.slot}`)}: ${[what, ...notes].join(", ")}`;
  return [title, ...columns(services.map((unit) => row(unit)))];
}

function sharedBlock(shared: UnitStatus[], colours: Colours): string[] {
  if (shared.length === 0) return [];
  return [colours.bold("Shared by both slots"), ...columns(shared.map((unit) => row(unit)))];
}

const row = ({ service, role, running, wanted, health }: UnitStatus) => [
  service,
  role,
  `${running} of ${wanted} running`,
  running === 0 ? "" : health === "none" ? "no check" : health,
];

function driftBlock({ drift }: StatusReport, colours: Colours): string[] {
  if (drift.length === 0) return [];
  const rows = drift.map(({ output, state, reality }) => [
    output,
    `the state says ${state}`,
    `there is ${reality}`,
  ]);
  return [colours.yellow("Drift"), ...columns(rows), "  pulumi up takes what is there for true"];
}

function stateBlock({ lock, maintenance }: StatusReport, colours: Colours): string[] {
  const page = maintenance === undefined ? undefined : `every request gets 503: ${maintenance}`;
  return [
    ...(lock ? [`${colours.yellow("Locked")}  by ${lockText(lock)}`] : []),
    ...(page === undefined ? [] : [`${colours.yellow("Maintenance")}  ${page}`]),
  ];
}

function lastLine(report: StatusReport, colours: Colours, now: number): string {
  const { ok, active, slots, lastEvent, maintenance } = report;
  if (!ok) return colours.red("what is there is not known");
  const serving = slots.find(({ serves }) => serves);
  if (active === undefined || serving === undefined) return colours.yellow("nothing serves");
  const since =
    lastEvent?.kind === "served" && lastEvent.release === serving.release
      ? `, since ${age(now - Date.parse(lastEvent.at))}`
      : "";
  const name = serving.version ?? "a release without a record";
  if (maintenance !== undefined) {
    const state = serving.state === "complete" ? "ready" : "incomplete";
    return colours.yellow(`in maintenance; ${name} is ${state} in ${active}`);
  }
  const text = `${name} serves from ${active}${since}`;
  return serving.state === "complete" ? colours.green(text) : colours.yellow(`${text}, incomplete`);
}
