import { InvalidArgumentError, Option } from "commander";

import { platformAt } from "../provider/places";
import { lookAt } from "./healthLook";
import { subjectsOf, type HealthReport } from "./healthReport";
import { stackCommand } from "./options";
import { changes, printedHealth } from "./printHealth";
import { CODE, type Code, type Result, type Surroundings } from "./run";
import { namedStack, placeOf, type NamedStack } from "./subject";
import { watch } from "./watch";

interface Options {
  stack: string;
  /** Seconds. */
  watch?: number;
  json?: boolean;
}

/** `slipway health`: whether each part of what serves is well, and what is not. */
export async function health(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "health",
    "Says of each service, accessory, worker and the edge how well it is: replicas, checks, restarts, answers, addresses, certificates, disk.",
    ["-e staging", "-e production --watch 10", "-e production --json"],
  )
    .addOption(
      new Option("--watch [seconds]", "look again each 5 s, or as often as said, until Ctrl-C")
        .preset("5")
        .argParser(seconds),
    )
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  const { stack, faults } = namedStack(options.stack, around);
  if (stack === undefined || faults.length > 0) {
    const report = { ...blank(options.stack), summary: "it is not known where to look", faults };
    return { output: whole(report, options, around), code: CODE.refused };
  }
  if (options.watch !== undefined) return watched(stack, options, around);
  const report = await reportFor(stack);
  return { output: whole(report, options, around), code: codeOf(report) };
}

const codeOf = ({ ok }: HealthReport): Code => (ok ? CODE.done : CODE.failed);

function seconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("It must be a number of seconds, for example 10.");
}

const blank = (stack: string): HealthReport => ({
  format: 1,
  stack,
  at: new Date().toISOString(),
  ok: false,
  summary: "",
  services: [],
  addresses: [],
  certificates: [],
  warnings: [],
  faults: [],
});

async function reportFor({ name, spec }: NamedStack): Promise<HealthReport> {
  const { host } = placeOf(spec);
  const platform = platformAt(placeOf(spec));
  const report = { ...blank(name), application: spec.name, host };
  try {
    const seen = { ...report, ...(await lookAt(platform, spec, Date.now())) };
    const ill = illIn(seen);
    return { ...seen, ok: seen.active !== undefined && ill.length === 0, summary: summary(seen) };
  } catch (error) {
    const what = `what is there cannot be read: ${(error as Error).message}`;
    return { ...report, summary: "what is there is not known", faults: [{ path: host, what }] };
  }
}

const illIn = (report: HealthReport) =>
  subjectsOf(report).flatMap(([name, { verdict }]) => (verdict === "unhealthy" ? [name] : []));

function summary(report: HealthReport): string {
  const { active, version, warnings } = report;
  if (active === undefined) return "unhealthy: nothing serves";
  const ill = illIn(report);
  if (ill.length > 0) return `unhealthy: ${ill.join(", ")}`;
  const warned = subjectsOf(report).filter(([, { verdict }]) => verdict === "warning").length;
  const count = warned + warnings.length;
  const but = count === 0 ? "" : `, with ${count} warning${count === 1 ? "" : "s"}`;
  return `healthy: ${version ?? "a release without a record"} serves from ${active}${but}`;
}

const whole = (report: HealthReport, { json }: Options, { colours }: Surroundings) =>
  json ? JSON.stringify(report, undefined, 2) : printedHealth(report, colours);

async function watched(stack: NamedStack, options: Options, around: Surroundings): Promise<Result> {
  const { screen } = around;
  let before: HealthReport | undefined;
  const show = (report: HealthReport) => {
    const text = drawn(report, changes(before, report), options, around);
    before = report;
    if (text !== "") screen.write(text);
  };
  const look = () => reportFor(stack);
  const last = await watch(look, options.watch! * 1000, screen.ended(), show);
  return { output: "", code: last ? codeOf(last) : CODE.failed };
}

/** People at a terminal see all of it each time; in a pipe stands what has changed, and when. */
function drawn(
  report: HealthReport,
  changed: string[],
  options: Options,
  around: Surroundings,
): string {
  const { at } = report;
  if (options.json) return changed.length > 0 ? `${JSON.stringify(report)}\n` : "";
  if (!around.screen.isTerminal) return changed.map((line) => `${at} ${line}\n`).join("");
  const title = around.colours.dim(`${at}, again each ${options.watch} s, Ctrl-C ends`);
  return `${CLEAR}${title}\n\n${whole(report, options, around)}\n`;
}

/** The cursor to the top, and nothing below it. */
const CLEAR = "\x1b[H\x1b[J";
