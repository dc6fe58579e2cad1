import { Backend } from "./backend";
import { emptied } from "./clean";
import { isProduction, unconfirmed } from "./confirm";
import { notTried, type EffectReport } from "./effect";
import { ownerIsGone } from "./explained";
import { stackCommand } from "./options";
import { outcome } from "./outcome";
import { reach } from "./reach";
import type { Result, Surroundings } from "./run";

interface Options {
  stack: string;
  yes?: boolean;
  json?: boolean;
}

/** `slipway abort`: gives up a deploy that did not end: its lock where its process is gone, then its candidate. */
export async function abort(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "abort",
    "Gives up a deploy whose process is gone: takes over the lock that it left and empties the idle slot.",
    ["-e staging"],
  )
    .option("--yes", "do not ask, in production either")
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  return outcome(await aborted(options, around), around, options.json);
}

async function aborted({ stack, yes }: Options, around: Surroundings): Promise<EffectReport> {
  const { reached, faults } = await reach(stack, around, true);
  if (!reached) return notTried("abort", stack, faults);
  const sure = yes === true || !isProduction(stack);
  const unsure = await unconfirmed(
    "Give up what was begun, and empty the idle slot?",
    [],
    sure,
    around,
  );
  if (unsure) return notTried("abort", stack, [unsure]);
  // Only an update that wants the state's lock is told who has it.
  const report = await emptied(reached, around, "abort");
  if (!report.stateLock || ownerIsGone(report.stateLock) !== true) return report;
  const { owner, pid, since } = report.stateLock;
  around.say(
    `process ${pid} of ${owner}, which took the lock on ${since}, is gone: its lock is taken over`,
  );
  await new Backend(reached.stack.project.directory, around.environment).cancel(stack);
  return emptied(reached, around, "abort");
}
