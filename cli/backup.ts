import type { Backup } from "../provider/places";
import { databases } from "../spec/backups";
import { bytesText } from "../spec/units";
import { age } from "./age";
import { interruptible } from "./interruption";
import { stackCommand } from "./options";
import { columns, paragraphs, printedFindings, type Colours } from "./print";
import type { Finding } from "./report";
import { CODE, type Result, type Surroundings } from "./run";
import { faultsResult, refused, running, type Faults, type Running } from "./running";
import { unknownService } from "./units";
import { placeOf } from "./subject";

/** What `backup --json` prints. A key never changes its meaning; new ones may come. */
export interface BackupReport {
  format: 1;
  stack: string;
  ok: boolean;
  application: string;
  host: string;
  /** Made now, or with `--list` all that are there, newest first. */
  backups: Backup[];
  /** Names of those that went, for only so many are kept. */
  removed: string[];
  faults: Finding[];
}

/** `slipway backup`: dumps of the databases of a stack, on its host. */
export async function backup(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "backup",
    "Dumps the PostgreSQL databases of a stack into a volume on its host; slipway restore puts one back.",
    ["-e production", "-e production db --json", "-e production --list"],
  )
    .argument("[accessory]", "this one only")
    .option("--list", "say which are there")
    .parse(argv, { from: "user" });
  const { stack, list, json } = command.opts<{ stack: string; list?: boolean; json?: boolean }>();
  const found = await running(stack, around, list);
  if ("faults" in found) return faultsResult(stack, found, json, around);
  const names = databasesOf(found, command.args[0]);
  if ("faults" in names) return faultsResult(stack, names, json, around);
  const report = await (list ? listed(found, command.args[0]) : made(found, names, around));
  const output = json
    ? JSON.stringify(report, undefined, 2)
    : printed(report, list, around.colours, Date.now());
  return { output, code: report.ok ? CODE.done : CODE.failed };
}

/** The databases that are meant; `wanted`: one of them. */
export function databasesOf({ stack }: Running, wanted: string | undefined): string[] | Faults {
  const known = databases(stack.spec);
  if (known.length === 0) {
    const what = "has no accessory that is PostgreSQL: nothing else can be backed up yet";
    return refused({ path: stack.spec.name, what });
  }
  if (wanted === undefined) return known;
  if (known.includes(wanted)) return [wanted];
  const fault = unknownService(wanted, known);
  return refused({ ...fault, path: "ACCESSORY", what: "is no PostgreSQL accessory" });
}

/** The container of an accessory, where it runs. */
export const unitOf = ({ units }: Running, accessory: string) =>
  units.find(({ name, container }) => name === accessory && container.running)?.container;

const reportOf = ({ stack: { name, spec } }: Running): BackupReport => ({
  format: 1,
  stack: name,
  ok: true,
  application: spec.name,
  host: placeOf(spec).host,
  backups: [],
  removed: [],
  faults: [],
});

async function listed(found: Running, wanted: string | undefined): Promise<BackupReport> {
  const backups = await found.platform.backups();
  const isMeant = ({ accessory }: Backup) => wanted === undefined || accessory === wanted;
  return { ...reportOf(found), backups: backups.filter(isMeant) };
}

async function made(
  found: Running,
  names: readonly string[],
  { say }: Surroundings,
): Promise<BackupReport> {
  const report = reportOf(found);
  const { keep } = found.stack.spec.backup;
  await interruptible(async ({ signal }) => {
    for (const name of names) {
      if (signal.aborted) break;
      const unit = unitOf(found, name);
      try {
        if (unit === undefined) throw new Error("it does not run");
        say(`dumping the database of ${name}`);
        const { made, removed } = await found.platform.backUp(name, unit.id, keep, signal);
        report.backups.push(made);
        report.removed.push(...removed);
      } catch (error) {
        report.faults.push({ path: name, what: (error as Error).message });
      }
    }
    if (signal.aborted) report.ok = false;
  });
  report.ok &&= report.faults.length === 0;
  return report;
}

function printed(
  { application, host, backups, removed, faults, ok }: BackupReport,
  list: boolean | undefined,
  colours: Colours,
  now: number,
): string {
  const rows = backups.map(({ name, at, bytes, sha256 }) => [
    name,
    `${age(now - Date.parse(at))} ago`,
    bytesText(bytes),
    `sha256 ${sha256}`,
  ]);
  const title = `${colours.bold(`Backups of ${application}`)} on ${host}`;
  const count = `${backups.length} backup${backups.length === 1 ? "" : "s"}`;
  const last = list ? `${count} there` : ok ? `${count} made` : `${count} made, but not all`;
  return paragraphs([
    rows.length > 0 ? [title, ...columns(rows)] : [],
    removed.map((name) => `${colours.dim("Removed")}  ${name}`),
    printedFindings("Faults", faults, colours.red, colours),
    [ok ? colours.green(last) : colours.red(last)],
  ]);
}
