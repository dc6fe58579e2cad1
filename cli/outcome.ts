import { annotations, summarize } from "./actions";
import type { EffectReport } from "./effect";
import { printedEffect } from "./printEffect";
import { CODE, type Result, type Surroundings } from "./run";

/** How a command that ran an update ends: for people or as JSON, and in GitHub's own words where it runs there. */
export function outcome(
  report: EffectReport,
  { environment, colours, say }: Surroundings,
  json = false,
): Result {
  for (const line of annotations(report.faults, environment)) say(line);
  if (report.tried) summarize(report, environment);
  const output = json ? JSON.stringify(report, undefined, 2) : printedEffect(report, colours);
  return { output, code: report.ok ? CODE.done : report.tried ? CODE.failed : CODE.refused };
}
