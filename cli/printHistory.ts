import type { HistoryEntry, HistoryReport } from "./history";
import { columns, paragraphs, printedFindings, type Colours } from "./print";

/** The report for people: a line for each update. */
export function printedHistory(report: HistoryReport, colours: Colours): string {
  const { updates, faults, stack, ok } = report;
  const titles = ["when", "what", "result", "took", "release", "version", "who", "commit"];
  const [head, ...lines] = columns([titles, ...updates.map(row)]);
  const table = updates.length === 0 ? [] : [colours.dim(head!), ...lines];
  const failed = updates.filter(({ result }) => result === "failed").length;
  const last = `stack ${stack}: ${updates.length} updates, ${failed} failed`;
  return paragraphs([
    table,
    printedFindings("Faults", faults, colours.red, colours),
    [ok ? colours.green(last) : colours.red(`stack ${stack}: its history is not known`)],
  ]);
}

function row(entry: HistoryEntry): string[] {
  const { at, kind, command, result, seconds, release, version, who, commit, rolledBackFrom } =
    entry;
  const what = command ?? (kind === "update" ? "up" : kind);
  return [
    at.replace("T", " ").replace(/\.\d+Z$/, "Z"),
    what,
    rolledBackFrom === undefined ? result : `${result}, leaves ${rolledBackFrom}`,
    `${seconds} s`,
    release ?? "-",
    version ?? "-",
    who ?? "-",
    commit ?? "-",
  ];
}
