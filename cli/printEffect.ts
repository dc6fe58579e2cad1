import type { EffectReport } from "./effect";
import type { Served } from "./reach";
import { paragraphs, printedFindings, type Colours } from "./print";

/** The end of a command that ran an update, for people; its last line says what is true now. */
export function printedEffect(report: EffectReport, colours: Colours): string {
  const { warnings, faults, diagnostics, tried } = report;
  return paragraphs([
    warnings.map((warning) => `${colours.yellow("Warning")}  ${warning}`),
    printedFindings(tried ? "Why it failed" : "Faults", faults, colours.red, colours),
    diagnostics === undefined ? [] : [`Logs, events and settings of that moment: ${diagnostics}`],
    [lastLine(report, colours)],
  ]);
}

function lastLine(report: EffectReport, colours: Colours): string {
  const { ok, tried, after, moved, interrupted, seconds, url, before } = report;
  if (!tried) return colours.red("Nothing was tried");
  const serves = after ? servesAs(after) : "nothing serves";
  if (!ok) {
    const how = interrupted ? "Stopped" : "Failed";
    const traffic = moved
      ? `the traffic has moved${before ? ` from ${before.slot}` : ""}`
      : "the traffic was not moved";
    return colours.red(`${how} after ${seconds} s; ${traffic}: ${serves}`);
  }
  if (report.command === "destroy") {
    return colours.green(`Removed, but for its data volumes (${seconds} s)`);
  }
  const where = url === undefined ? "" : ` at ${url}`;
  return colours.green(`${capital(serves)}${where}${moved ? "" : ", as before"} (${seconds} s)`);
}

const servesAs = (served: Served) =>
  served.maintenance === undefined
    ? `${named(served)} serves from ${served.slot}`
    : `in maintenance before ${named(served)} in ${served.slot}, every request gets 503: ${served.maintenance}`;

const named = ({ release, version }: Served) =>
  version === release ? `release ${release}` : `${version} (release ${release})`;

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
