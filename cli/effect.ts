import { randomBytes } from "node:crypto";

import { Backend } from "./backend";
import { collectDiagnostics } from "./diagnostics";
import { explained, interruptedBefore, stateLockIn, type StateLock } from "./explained";
import { drawn, stepLine } from "./printProgress";
import { Progress } from "./progress";
import { servedOf, type Reached, type Served } from "./reach";
import type { Finding } from "./report";
import type { Surroundings } from "./run";
import { whoAmI } from "./who";
import { update, type Update, type UpdateRequest } from "./update";
import { placeOf } from "./subject";

/** What `--json` prints of a command that runs an update. A key never changes its meaning; new ones may come. */
export interface EffectReport {
  format: 1;
  command: string;
  stack: string;
  /** It is as the command wanted it, seen on the platform itself; the exit code is 0 then. */
  ok: boolean;
  /** Whether an update was begun at all. */
  tried: boolean;
  application?: string;
  /** What the platform showed before and after; absent: nothing served, or it could not be read. */
  before?: Served;
  after?: Served;
  /** Whether the traffic is with another release or slot than before. */
  moved: boolean;
  /** By a signal. */
  interrupted: boolean;
  url?: string;
  /** By which the release's events and `pulumi stack history` tell of this update. */
  update?: string;
  /** Resources by what was done to them. */
  changes: Record<string, number>;
  seconds?: number;
  /** Who holds the state, where that kept the update from beginning. */
  stateLock?: StateLock;
  /** Folder or archive with all that may tell why it failed. */
  diagnostics?: string;
  warnings: string[];
  faults: Finding[];
}

export interface Effect extends Pick<UpdateRequest, "config" | "once"> {
  command: string;
  /** @default up */
  operation?: "destroy";
  /** For the title: "deploys 1.2". */
  title: string;
  /** What must be true afterwards, beyond a successful update; returns why it is not. */
  confirm?(after: Served | undefined, outputs: Record<string, unknown>): string | undefined;
}

export const notTried = (command: string, stack: string, faults: Finding[]): EffectReport => ({
  format: 1,
  command,
  stack,
  ok: false,
  tried: false,
  moved: false,
  interrupted: false,
  changes: {},
  warnings: [],
  faults,
});

/** What `pulumi stack history` keeps of an update of ours. */
const messageOf = (command: string, who: string, update: string) =>
  `slipway ${command} (by ${who}, update ${update})`;

const OWN = /^slipway (?<command>\w+) \(by (?<who>.+), update (?<update>[0-9a-f]+)\)$/;

/** Of a message that `messageOf` made; undefined: of plain pulumi. */
export const ownUpdate = (message: string): Record<string, string> | undefined =>
  OWN.exec(message)?.groups;

/** Runs one update with progress, and then looks at the platform whether it is so. */
export async function effect(
  { stack, platform, look }: Reached,
  around: Surroundings,
  wanted: Effect,
): Promise<EffectReport> {
  const { environment } = around;
  const id = randomBytes(4).toString("hex");
  const before = servedOf(look.observation);
  const began = new Date();
  const by = await whoAmI(around);
  const done = await followed(
    stack.name,
    around,
    wanted.title,
    (onEvent) =>
      update(stack, environment, {
        command: wanted.operation ?? "up",
        message: messageOf(wanted.command, by, id),
        variables: { SLIPWAY_UPDATE: id },
        ...(wanted.config ? { config: wanted.config } : {}),
        ...(wanted.once ? { once: wanted.once } : {}),
        onEvent,
      }),
    () => estimateOf(stack.project.directory, stack.name, environment),
  );
  // Never assumed: what Pulumi says of its own run is not what serves.
  const seen = await platform.observe().catch((error: Error) => error);
  const after = seen instanceof Error ? undefined : servedOf(seen.observation);
  const faults = done.ok ? [] : explained(done.errors, stack.name);
  if (seen instanceof Error) {
    faults.push({
      path: placeOf(stack.spec).host,
      what: `what serves now is not known: ${seen.message}`,
    });
  } else if (done.ok) {
    const why = wanted.confirm?.(after, done.outputs);
    if (why !== undefined)
      faults.push({ path: "slot", what: why, cure: `slipway status -e ${stack.name}` });
  }
  const report: EffectReport = {
    ...notTried(wanted.command, stack.name, faults),
    ok: faults.length === 0,
    tried: true,
    application: stack.spec.name,
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
    moved: after !== undefined && (before?.slot !== after.slot || before.release !== after.release),
    interrupted: done.interrupted,
    update: id,
    changes: done.changes,
    seconds: Math.round(done.took / 100) / 10,
    warnings: done.warnings.map((warning) => interruptedBefore(warning, stack.name)),
    ...(typeof done.outputs.url === "string" && done.outputs.url !== ""
      ? { url: done.outputs.url }
      : {}),
  };
  const stateLock = done.errors.map(stateLockIn).find((lock) => lock !== undefined);
  if (stateLock) return { ...report, stateLock };
  if (report.ok || done.interrupted) return report;
  const observation = seen instanceof Error ? look.observation : seen.observation;
  const diagnostics = await collectDiagnostics(stack, around, {
    platform,
    observation,
    update: done,
    report,
    began,
  }).catch((error: Error) => {
    report.warnings.push(`diagnostics could not be collected: ${error.message}`);
    return undefined;
  });
  return diagnostics === undefined ? report : { ...report, diagnostics };
}

/** Shows an update as it goes: drawn in place on a terminal, a line for each change elsewhere. */
async function followed(
  stack: string,
  around: Surroundings,
  title: string,
  run: (onEvent: NonNullable<UpdateRequest["onEvent"]>) => Promise<Update>,
  estimating: () => Promise<number | undefined>,
): Promise<Update> {
  const { colours, say, draw } = around;
  const since = Date.now();
  const progress = new Progress();
  const heading = `${stack}: ${title}`;
  if (!draw) {
    say(heading);
    return run((event) => {
      const planned = progress.plan.length;
      const changed = progress.add(event);
      for (const line of progress.plan.slice(planned)) say(`          ${line}`);
      for (const step of changed) say(stepLine(step, since, Date.now(), colours));
    });
  }
  let estimate: number | undefined;
  // A process of the CLI's: only where it is shown.
  void estimating().then((found) => (estimate = found));
  const redraw = () => {
    const times = { since, now: Date.now(), ...(estimate === undefined ? {} : { estimate }) };
    draw(drawn([heading, ...progress.plan], progress.steps(), times, colours));
  };
  const timer = setInterval(redraw, FRAME);
  try {
    return await run((event) => void progress.add(event));
  } finally {
    clearInterval(timer);
    redraw();
  }
}

/** Milliseconds between two drawings. */
const FRAME = 100;

/** Median of the last updates that changed something, in ms. */
async function estimateOf(
  directory: string,
  stack: string,
  environment: Surroundings["environment"],
): Promise<number | undefined> {
  const past = await new Backend(directory, environment).history(stack, 10).catch(() => []);
  const times = past
    .filter(({ kind, result, changed }) => kind === "update" && result === "succeeded" && changed)
    .map(({ startTime, endTime }) => Date.parse(endTime) - Date.parse(startTime))
    .slice(0, 5)
    .sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}
