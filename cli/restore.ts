import type { Backup } from "../provider/places";
import { backupNamed } from "../spec/backups";
import { bytesText } from "../spec/units";
import { age } from "./age";
import { databasesOf, unitOf } from "./backup";
import { interruptible } from "./interruption";
import { stackCommand } from "./options";
import type { Finding } from "./report";
import { CODE, type Result, type Surroundings } from "./run";
import { faultsResult, refused, running, type Faults, type Running } from "./running";
import { unknownService } from "./units";
import { placeOf } from "./subject";

/** What `restore --json` prints. A key never changes its meaning; new ones may come. */
export interface RestoreReport {
  format: 1;
  stack: string;
  ok: boolean;
  application: string;
  host: string;
  accessory: string;
  backup: Backup;
  faults: Finding[];
}

/** `slipway restore`: puts a dump back, as a whole or not at all. */
export async function restore(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "restore",
    "Replaces the data of a PostgreSQL accessory by those of a backup, in one transaction.",
    ["-e staging", "-e production db db-20260131T120000Z.dump --yes"],
  )
    .argument("[accessory]", "needed where there are several")
    .argument("[backup]", "as slipway backup --list names it; without one the newest")
    .option("--yes", "do not ask")
    .parse(argv, { from: "user" });
  const { stack, yes, json } = command.opts<{ stack: string; yes?: boolean; json?: boolean }>();
  const found = await running(stack, around);
  if ("faults" in found) return faultsResult(stack, found, json, around);
  const backup = await backupOf(found, command.args);
  if ("faults" in backup) return faultsResult(stack, backup, json, around);
  const agreed = yes ? undefined : await confirmed(found, backup, around);
  if (agreed) return faultsResult(stack, agreed, json, around);
  return restored(found, backup, json, around);
}

async function backupOf(found: Running, args: readonly string[]): Promise<Backup | Faults> {
  const [first, second] = args;
  // A backup's name says whose it is.
  const said = first === undefined ? undefined : backupNamed(first);
  const [wanted, name] = said ? [said.accessory, first] : [first, second];
  const names = databasesOf(found, wanted);
  if ("faults" in names) return names;
  if (names.length > 1) {
    const [path, allowed] = ["ACCESSORY", names.join(", ")];
    return refused({ path, what: "several are there: name the one to restore", allowed });
  }
  const backups = await found.platform.backups();
  const own = backups.filter(({ accessory }) => accessory === names[0]);
  const backup = name === undefined ? own[0] : own.find((one) => one.name === name);
  if (backup) return backup;
  if (own.length === 0) {
    const cure = `slipway backup -e ${found.stack.name} ${names[0]}`;
    return refused({ path: "BACKUP", what: `there is no backup of ${names[0]}`, cure });
  }
  const known = own.map((one) => one.name);
  const fault = unknownService(name!, known);
  return refused({ ...fault, path: "BACKUP", what: `there is no such backup of ${names[0]}` });
}

/** Undefined when it may go on. */
async function confirmed(
  { stack }: Running,
  { accessory, name, at, bytes }: Backup,
  { ask, say }: Surroundings,
): Promise<Faults | undefined> {
  const { spec } = stack;
  say(`This replaces the data of ${accessory}, of ${spec.name} on ${placeOf(spec).host}, by`);
  say(`${name}: ${age(Date.now() - Date.parse(at))} old, ${bytesText(bytes)}.`);
  say("What was written since then is lost; slipway backup keeps it.");
  const [path, cure] = ["--yes", "Run it again with --yes"];
  if (!ask) return refused({ path, what: "nobody can be asked here", cure });
  if ((await ask("Replace them? (yes/no) ")) === "yes") return undefined;
  return refused({ path, what: "it was not agreed to; nothing was changed" });
}

async function restored(
  found: Running,
  backup: Backup,
  json: boolean | undefined,
  { colours, say }: Surroundings,
): Promise<Result> {
  const { platform, stack } = found;
  const { accessory } = backup;
  const report: RestoreReport = {
    format: 1,
    stack: stack.name,
    ok: false,
    application: stack.spec.name,
    host: placeOf(stack.spec).host,
    accessory,
    backup,
    faults: [],
  };
  say(`restoring ${backup.name}`);
  try {
    const unit = unitOf(found, accessory);
    if (unit === undefined) throw new Error("it does not run");
    await interruptible(({ signal }) => platform.restore(backup, unit.id, signal));
    report.ok = true;
  } catch (error) {
    report.faults.push({ path: accessory, what: (error as Error).message });
  }
  const last = report.ok
    ? colours.green(`${accessory} has the data of ${backup.name}`)
    : colours.red(
        `${accessory} was not restored, its data are as they were: ${report.faults[0]!.what}`,
      );
  return {
    output: json ? JSON.stringify(report, undefined, 2) : last,
    code: report.ok ? CODE.done : CODE.failed,
  };
}
