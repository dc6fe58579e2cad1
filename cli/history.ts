import { InvalidArgumentError } from "commander";

import type { EventKind, ReleaseRecord } from "../spec/types";
import { Backend, type PastUpdate } from "./backend";
import { ownUpdate } from "./effect";
import { stackCommand } from "./options";
import { printedHistory } from "./printHistory";
import { reach } from "./reach";
import type { Finding } from "./report";
import { CODE, type Result, type Surroundings } from "./run";

/** What `history --json` prints. A key never changes its meaning; new ones may come. */
export interface HistoryReport {
  format: 1;
  stack: string;
  ok: boolean;
  /** The newest first. */
  updates: HistoryEntry[];
  warnings: string[];
  faults: Finding[];
}

export interface HistoryEntry {
  /** ISO 8601. */
  at: string;
  seconds: number;
  /** Pulumi's: update, destroy, refresh, ... */
  kind: string;
  /** deploy, rollback, ...: the command of ours that ran it; absent: plain pulumi. */
  command?: string;
  /** succeeded, failed, in-progress */
  result: string;
  who?: string;
  /** Of git, where Pulumi knew one. */
  commit?: string;
  /** Id that the events of the release bear. */
  update?: string;
  /** What got the traffic in it. */
  release?: string;
  version?: string;
  /** The release that it left by going back. */
  rolledBackFrom?: string;
}

/** `slipway history`: Pulumi's list of updates and the events of the releases, together. */
export async function history(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "history",
    "Lists past updates: who, when, commit, release, result, duration; rollbacks are marked.",
    ["-e production", "-e production -l 50 --json"],
  )
    .option("-l, --limit <count>", "so many of them, the newest first", limit, 20)
    .parse(argv, { from: "user" });
  const options = command.opts<{ stack: string; json?: boolean; limit: number }>();
  const report = await reportFor(options, around);
  const output = options.json
    ? JSON.stringify(report, undefined, 2)
    : printedHistory(report, around.colours);
  return { output, code: report.ok ? CODE.done : CODE.failed };
}

async function reportFor(
  { stack: name, limit }: { stack: string; limit: number },
  around: Surroundings,
): Promise<HistoryReport> {
  const { reached, faults } = await reach(name, around);
  const report: HistoryReport = {
    format: 1,
    stack: name,
    ok: false,
    updates: [],
    warnings: [],
    faults,
  };
  if (!reached) return report;
  const { stack, look } = reached;
  try {
    const past = await new Backend(stack.project.directory, around.environment).history(
      name,
      limit,
    );
    return {
      ...report,
      ok: true,
      updates: past.map((one) => entryOf(one, look.observation.records)),
    };
  } catch (error) {
    const fault = {
      path: "history",
      what: (error as Error).message,
      cure: `slipway doctor -e ${name}`,
    };
    return { ...report, faults: [fault] };
  }
}

function entryOf(past: PastUpdate, records: readonly ReleaseRecord[]): HistoryEntry {
  const { kind, startTime, endTime, message, result, environment } = past;
  const { command, who, update } = ownUpdate(message) ?? {};
  const [began, ended] = [startTime, endTime].map((time) => Date.parse(time));
  // By the id where both have it; else by time, for a stack has one update at a time. Pulumi tells whole seconds.
  const isOf = (event: { at: string; update?: string }) =>
    update !== undefined && event.update !== undefined
      ? event.update === update
      : Date.parse(event.at) >= began! && Date.parse(event.at) < ended! + 1000;
  const events = records.flatMap(({ id, content, events }) =>
    events.filter(isOf).map((event) => ({ ...event, release: id, version: content.version ?? id })),
  );
  const of = (wanted: EventKind) => events.filter((event) => event.kind === wanted).pop();
  const [served, left] = [of("served"), of("rolled-back-from")];
  return {
    at: new Date(began!).toISOString(),
    seconds: (ended! - began!) / 1000,
    kind,
    result,
    ...given("command", command),
    ...given("who", who ?? environment["git.author"]),
    ...given("commit", environment["git.head"]?.slice(0, 10)),
    ...given("update", update ?? events[0]?.update),
    ...given("release", served?.release),
    ...given("version", served?.version),
    ...given("rolledBackFrom", left?.release),
  };
}

const given = <K extends string>(key: K, value: string | undefined) =>
  value === undefined || value === "" ? {} : ({ [key]: value } as Record<K, string>);

function limit(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("A number from 1 to 9999.");
  return Number(text);
}
