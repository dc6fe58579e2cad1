import { InvalidArgumentError } from "commander";

import { differences } from "../spec/differences";
import { hasServed, lastEvent } from "../spec/history";
import { makePlan } from "../spec/plan";
import { releaseOf } from "../spec/release";
import type { ReleaseRecord } from "../spec/types";
import { closest } from "../spec/units";
import { Backend } from "./backend";
import { isProduction, unconfirmed } from "./confirm";
import { servesWhatWasTold } from "./deploy";
import { effect, notTried, ownUpdate, type EffectReport } from "./effect";
import { stackCommand } from "./options";
import { outcome } from "./outcome";
import { reach, type Reached } from "./reach";
import type { Finding } from "./report";
import type { Result, Surroundings } from "./run";

interface Options {
  stack: string;
  steps?: number;
  to?: string;
  yes?: boolean;
  json?: boolean;
}

/** `slipway rollback`: back to a release that served, over the same gate; the one that is left is held. */
export async function rollback(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "rollback",
    "Goes back to a release that served, over the same gate. What it leaves is held: it is deployed again only by force.",
    ["-e staging", "-e production -r 2", "-e production --to 1.4.1 --yes"],
  )
    .option("-r, --steps <count>", "so many releases back", count)
    .option("--to <release>", "to this release, by its id or version")
    .option("--yes", "do not ask, in production either")
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  return outcome(await rolledBack(options, around), around, options.json);
}

async function rolledBack(options: Options, around: Surroundings): Promise<EffectReport> {
  const refused = (faults: Finding[]) => notTried("rollback", options.stack, faults);
  const { reached, faults } = await reach(options.stack, around, true);
  if (!reached) return refused(faults);
  const { records, serving, slots } = reached.look.observation;
  const current = records.find(({ id }) => serving !== undefined && id === slots[serving].release);
  const chosen = choose(records, current, options);
  if ("fault" in chosen) return refused([chosen.fault]);
  const { record } = chosen;
  const impossible = preflight(reached, record.id);
  if (impossible.length > 0) return refused(impossible);
  const told = explanation(record, current, await whoDeployed(reached, record, around));
  const yes = options.yes === true || !isProduction(options.stack);
  const unsure = await unconfirmed(`Go back to ${nameOf(record)}?`, told, yes, around);
  if (unsure) return refused([unsure]);
  return effect(reached, around, {
    command: "rollback",
    title: `goes back to ${nameOf(record)}`,
    config: { "slipway:release": record.id },
    confirm: servesWhatWasTold,
  });
}

type Choice = { record: ReleaseRecord } | { fault: Finding };

/** Releases that served, the last one first, without the one that serves. */
function choose(
  records: readonly ReleaseRecord[],
  current: ReleaseRecord | undefined,
  { to, steps }: Options,
): Choice {
  const past = records
    .filter((record) => hasServed(record) && record !== current)
    .sort((a, b) => (lastEvent(a, "served") < lastEvent(b, "served") ? 1 : -1));
  const allowed = past.map(nameOf).join(", ") || "none";
  if (to === undefined) {
    const record = past[(steps ?? 1) - 1];
    if (record) return { record };
    const what = "so many releases that served are not kept";
    return { fault: { path: "--steps", what, given: String(steps ?? 1), allowed } };
  }
  if (current && (current.id === to || current.content.version === to)) {
    return { fault: { path: "--to", what: "this release serves now", given: to, allowed } };
  }
  const found = past.filter(({ id, content }) => id === to || content.version === to);
  if (found.length === 1) return { record: found[0]! };
  const near = closest(
    to,
    past.flatMap(({ id, content }) => [id, content.version ?? id]),
  );
  const what =
    found.length > 1
      ? "several releases bear this version"
      : "is no release that served and is kept";
  const cure = found.length > 1 ? "Name the id" : near && `Did you mean ${near}?`;
  return { fault: { path: "--to", what, given: to, allowed, ...(cure ? { cure } : {}) } };
}

/** Whether it is surely possible, by the same rules as the update's, before anything is begun. */
function preflight({ stack, look }: Reached, release: string): Finding[] {
  const spec = { ...stack.spec, release };
  const plan = makePlan(spec, releaseOf(spec), look.observation);
  return plan.kind === "refused" ? plan.faults : [];
}

/** By the update that last gave it the traffic; what only plain pulumi has run has no name. */
async function whoDeployed(
  { stack }: Reached,
  { events }: ReleaseRecord,
  { environment }: Surroundings,
): Promise<string | undefined> {
  const id = events.filter(({ kind }) => kind === "served").pop()?.update;
  if (id === undefined) return undefined;
  const past = await new Backend(stack.project.directory, environment)
    .history(stack.name, UPDATES)
    .catch(() => []);
  return past.map(({ message }) => ownUpdate(message)).find((one) => one?.update === id)?.who;
}

/** So many updates are looked through. */
const UPDATES = 100;

function explanation(
  record: ReleaseRecord,
  current: ReleaseRecord | undefined,
  who: string | undefined,
): string[] {
  const served = lastEvent(record, "served");
  const by = who === undefined ? "" : `, deployed by ${who}`;
  const lines = [`Back to ${nameOf(record)}, which served last on ${served}${by}`];
  if (current === undefined) return lines;
  lines.push(...differences(current.content, record.content).map((line) => `  ${line}`));
  const tasks = current.events.filter(({ kind, at }) => kind === "task-done" && at > served);
  const names = [...new Set(tasks.map(({ detail }) => detail?.task ?? "a task"))];
  if (names.length > 0)
    lines.push(`Not undone: ${names.join(", ")}, which ${nameOf(current)} has run`);
  return lines;
}

const nameOf = ({ id, content }: ReleaseRecord) =>
  content.version === undefined ? id : `${content.version} (${id})`;

function count(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("A number from 1.");
  return Number(text);
}
