import { effect, notTried, type EffectReport } from "./effect";
import { stackCommand } from "./options";
import { outcome } from "./outcome";
import { reach, servedOf, type Reached } from "./reach";
import type { Result, Surroundings } from "./run";

/** `slipway clean`: the idle slot goes; what serves is not touched. */
export async function clean(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "clean",
    "Empties the idle slot. What serves goes on; a rollback starts its containers anew from then on.",
    ["-e staging"],
  ).parse(argv, { from: "user" });
  const { stack, json } = command.opts<{ stack: string; json?: boolean }>();
  const { reached, faults } = await reach(stack, around, true);
  const report = reached
    ? await emptied(reached, around, "clean")
    : notTried("clean", stack, faults);
  return outcome(report, around, json);
}

/** An update that wants what serves and nothing beside it, whatever the Compose file says by now. */
export async function emptied(
  reached: Reached,
  around: Surroundings,
  command: string,
): Promise<EffectReport> {
  const { stack, look } = reached;
  const serving = servedOf(look.observation);
  if (serving === undefined) {
    const what = "nothing serves, so there is no slot that is idle";
    return notTried(command, stack.name, [
      { path: "slot", what, cure: `slipway status -e ${stack.name}` },
    ]);
  }
  const idle = serving.slot === "blue" ? "green" : "blue";
  return effect(reached, around, {
    command,
    title: `empties ${idle}`,
    once: { "slipway:release": serving.release, "slipway:strategy.idle": "empty" },
    confirm: (after) =>
      after?.release === serving.release ? undefined : `release ${serving.release} serves no more`,
  });
}
