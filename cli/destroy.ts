import { unconfirmed } from "./confirm";
import { effect, notTried, type EffectReport } from "./effect";
import { stackCommand } from "./options";
import { outcome } from "./outcome";
import { reach, servedOf } from "./reach";
import type { Result, Surroundings } from "./run";
import { placeOf } from "./subject";

interface Options {
  stack: string;
  yes?: boolean;
  json?: boolean;
}

/** `slipway destroy`: the application goes; its data stay. */
export async function destroy(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "destroy",
    "Removes the application from its platform. Data volumes stay; the stack and its config, too.",
    ["-e staging", "-e staging --yes"],
  )
    .option("--yes", "do not ask")
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  return outcome(await destroyed(options, around), around, options.json);
}

async function destroyed({ stack, yes }: Options, around: Surroundings): Promise<EffectReport> {
  const { reached, faults } = await reach(stack, around, true);
  if (!reached) return notTried("destroy", stack, faults);
  const { observation } = reached.look;
  const served = servedOf(observation);
  const told = [
    `${reached.stack.spec.name} on ${placeOf(reached.stack.spec).host}: ${served ? `${served.version} serves from ${served.slot}` : "nothing serves"}`,
    ...observation.accessories.map(
      ({ service }) => `${service} goes too; its data stay on their volume`,
    ),
  ];
  const unsure = await unconfirmed("Remove all of it?", told, yes === true, around);
  if (unsure) return notTried("destroy", stack, [unsure]);
  return effect(reached, around, {
    command: "destroy",
    operation: "destroy",
    title: "removes the application",
    confirm: (after) => (after ? `release ${after.release} serves still` : undefined),
  });
}
