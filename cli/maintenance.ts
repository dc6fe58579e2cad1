import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Argument } from "commander";

import { platformAt } from "../provider/places";
import { MAINTENANCE } from "../spec/maintenance";
import type { Observation } from "../spec/types";
import { stackCommand } from "./options";
import { paragraphs, printedFindings } from "./print";
import type { Finding } from "./report";
import { CODE, runMain, type Code, type Result, type Surroundings } from "./run";
import { namedStack, placeOf, type NamedStack } from "./subject";
import { update } from "./update";

/** What `maintenance --json` prints. A key never changes its meaning; new ones may come. */
export interface MaintenanceReport {
  format: 1;
  stack: string;
  /** It is as the command says; the exit code is 0 then, 1 when an update did not bring it about, 2 when none was tried. */
  ok: boolean;
  application?: string;
  host?: string;
  /** What every request is answered with now, with status 503; absent when requests reach the application. */
  maintenance?: string;
  /** What is there now could not be read: `maintenance` tells nothing. */
  unknown?: true;
  faults: Finding[];
}

interface Options {
  stack: string;
  message?: string;
  json?: boolean;
}

const KEY = "slipway:maintenance";
const USUAL_MESSAGE = "Down for maintenance. Please try again later.";

/** `slipway maintenance`: the edge answers in place of the application, which runs on untouched. */
export async function maintenance(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "maintenance",
    "Answers every request with 503 and a message, or ends that. The application runs on; deploys stay possible.",
    ['on -e production --message "We are back at 14:00"', "off -e production"],
  )
    .addArgument(new Argument("<state>", "what it is to be").choices(["on", "off"]))
    .option(
      "--message <text>",
      `what clients read (default, with on: the one so far, or a usual one)`,
    )
    .parse(argv, { from: "user" });
  const { stack, message, json } = command.opts<Options>();
  const turnsOn = command.args[0] === "on";
  const { report, code } = await turned(stack, turnsOn, message, around);
  if (json) return { output: JSON.stringify(report, undefined, 2), code };
  const { colours } = around;
  const faults = printedFindings("Faults", report.faults, colours.red, colours);
  const line = report.ok ? colours.green(lastLine(report)) : colours.red(lastLine(report));
  return { output: paragraphs([faults, [line]]), code };
}

interface Turned {
  report: MaintenanceReport;
  code: Code;
}

async function turned(
  name: string,
  turnsOn: boolean,
  message: string | undefined,
  around: Surroundings,
): Promise<Turned> {
  const { stack, faults } = namedStack(name, around);
  const report: MaintenanceReport = { format: 1, stack: name, ok: false, unknown: true, faults };
  const refused = messageFaults(turnsOn, message);
  if (stack === undefined || faults.length + refused.length > 0) {
    return { report: { ...report, faults: [...faults, ...refused] }, code: CODE.refused };
  }
  const place = placeOf(stack.spec);
  const { host, application } = place;
  const whole = { ...report, application, host };
  const look = () =>
    platformAt(place)
      .observe()
      .then(
        ({ observation }) => observation,
        (error: Error) => error,
      );
  const before = await look();
  if (before instanceof Error) return { report: unread(whole, before), code: CODE.failed };
  const release = before.serving && before.slots[before.serving].release;
  if (release === undefined) {
    const fault = {
      path: host,
      what: `nothing of ${application} serves there: there is no traffic to answer for`,
      cure: `pulumi up; with pulumi config set ${KEY} MESSAGE before it, it begins in maintenance`,
    };
    return { report: { ...seen(whole, before), faults: [fault] }, code: CODE.refused };
  }
  const wanted = turnsOn ? (message ?? stack.spec.maintenance ?? USUAL_MESSAGE) : undefined;
  if (before.maintenance === wanted && stack.spec.maintenance === wanted) {
    return { report: { ...seen(whole, before), ok: true }, code: CODE.done };
  }
  const errors = await changed(stack, wanted, release, around);
  const after = await look();
  if (after instanceof Error) {
    return { report: unread({ ...whole, faults: errors }, after), code: CODE.failed };
  }
  const ok = errors.length === 0 && after.maintenance === wanted;
  return {
    report: { ...seen(whole, after), ok, faults: errors },
    code: ok ? CODE.done : CODE.failed,
  };
}

function messageFaults(turnsOn: boolean, message: string | undefined): Finding[] {
  if (message === undefined) return [];
  if (!turnsOn)
    return [{ path: "--message", what: "belongs to on: with off nobody would read it" }];
  const checked = MAINTENANCE.safeParse(message);
  return checked.success
    ? []
    : [{ path: "--message", what: checked.error.issues[0]!.message, given: message }];
}

/** One update of the release that serves: what is described now, and not yet deployed, is no matter of this. */
async function changed(
  stack: NamedStack,
  wanted: string | undefined,
  release: string,
  { environment, say }: Surroundings,
): Promise<Finding[]> {
  const { directory, stack: name } = stack.project;
  const file = join(directory, `Pulumi.${name}.yaml`);
  const text = readFileSync(file);
  const state = wanted === undefined ? "off" : "on";
  say(`pulumi up, for maintenance ${state} alone`);
  const done = await update(stack, environment, {
    command: "up",
    message: `slipway maintenance ${state}`,
    config: { [KEY]: wanted },
    once: { "slipway:release": release },
  }).catch((error: Error) => ({ ok: false, errors: [error.message] }));
  if (done.ok) return [];
  writeFileSync(file, text);
  return done.errors.map((what) => ({ path: "pulumi up", what }));
}

function seen(report: MaintenanceReport, { maintenance: found }: Observation): MaintenanceReport {
  const { unknown: _unknown, ...known } = report;
  return { ...known, ...(found === undefined ? {} : { maintenance: found }) };
}

function unread(report: MaintenanceReport, { message }: Error): MaintenanceReport {
  const fault = { path: report.host!, what: `what is there cannot be read: ${message}` };
  return { ...report, faults: [...report.faults, fault] };
}

function lastLine({ ok, stack, application, maintenance: text, unknown }: MaintenanceReport) {
  const subject = `${application ?? "the application"} (stack ${stack})`;
  if (unknown) return `whether ${subject} is in maintenance is not known`;
  const is = text === undefined ? "is not in maintenance" : "is in maintenance";
  const page = text === undefined ? "requests reach it" : `every request gets 503: ${text}`;
  return ok ? `${subject} ${is}: ${page}` : `not as wanted: ${subject} ${is}: ${page}`;
}

if (require.main === module) void runMain(maintenance);
