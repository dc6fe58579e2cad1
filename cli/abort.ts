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
  const backend = new Backend(reached.stack.project.directory, around.environment);
  // Only an update that wants the state's lock is told who has it.
  const report = await emptied(reached, around, "abort");
  const lock = report.stateLock;
  if (lock && ownerIsGone(lock) !== true) return report;
  if (lock) {
    const { owner, pid, since } = lock;
    around.say(
      `process ${pid} of ${owner}, which took the lock on ${since}, is gone: its lock is taken over`,
    );
    await backend.cancel(stack);
  }
  const forgotten = await backend.forgetPending(stack);
  if (forgotten > 0)
    around.say(
      `the state forgets what was interrupted (${forgotten}): the platform tells what there is`,
    );
  return lock ? emptied(reached, around, "abort") : report;
}
