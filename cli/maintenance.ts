import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Argument } from "commander";

import { MAINTENANCE } from "../spec/maintenance";
import { effect, notTried, type EffectReport } from "./effect";
import { stackCommand } from "./options";
import { outcome } from "./outcome";
import { reach, servedOf } from "./reach";
import type { Finding } from "./report";
import { type Result, type Surroundings } from "./run";
import { placeOf } from "./subject";

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
  const options = command.opts<Options>();
  const report = await turned(command.args[0] === "on", options, around);
  return outcome(report, around, options.json);
}

async function turned(
  turnsOn: boolean,
  { stack: name, message }: Options,
  around: Surroundings,
): Promise<EffectReport> {
  const refused = (faults: Finding[]) => notTried("maintenance", name, faults);
  const wrong = messageFaults(turnsOn, message);
  if (wrong.length > 0) return refused(wrong);
  const { reached, faults } = await reach(name, around);
  if (!reached) return refused(faults);
  const { spec } = reached.stack;
  if (spec.platform !== "docker") {
    const what = "is on Docker hosts only: there the edge that answers is ours";
    return refused([{ path: "maintenance", what, given: spec.platform }]);
  }
  const served = servedOf(reached.look.observation);
  if (served === undefined) {
    const fault = {
      path: placeOf(spec).host,
      what: `nothing of ${spec.name} serves there: there is no traffic to answer for`,
      cure: `slipway deploy -e ${name}; with pulumi config set ${KEY} MESSAGE before it, it begins in maintenance`,
    };
    return refused([fault]);
  }
  const wanted = turnsOn ? (message ?? spec.maintenance ?? USUAL_MESSAGE) : undefined;
  const { directory, stack } = reached.stack.project;
  const file = join(directory, `Pulumi.${stack}.yaml`);
  const text = readFileSync(file);
  // One update of the release that serves: what is described now, and not yet deployed, is no matter of this.
  const report = await effect(reached, around, {
    command: "maintenance",
    title: turnsOn ? "goes into maintenance" : "leaves maintenance",
    config: { [KEY]: wanted },
    once: { "slipway:release": served.release },
    confirm: (after) =>
      after?.maintenance === wanted
        ? undefined
        : `the update succeeded, but ${after?.maintenance === undefined ? "requests reach the application" : `every request gets 503: ${after.maintenance}`}`,
  });
  // Else the next deploy would close, or open, what nobody expects by then.
  if (!report.ok && report.after?.maintenance !== wanted) writeFileSync(file, text);
  return report;
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
