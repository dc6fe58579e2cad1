import { deployOf } from "./deploy";
import { isProduction, unconfirmed } from "./confirm";
import { notTried, type EffectReport } from "./effect";
import { ownCommand } from "./options";
import { outcome } from "./outcome";
import { reach, servedOf } from "./reach";
import type { Result, Surroundings } from "./run";

interface Options {
  from: string;
  to: string;
  yes?: boolean;
  json?: boolean;
}

/** `slipway promote`: the images that one stack runs now, by digest, into another. */
export async function promote(argv: string[], around: Surroundings): Promise<Result> {
  const command = ownCommand(
    "promote",
    "Deploys into one stack the images that another one runs now, by digest: nothing is built again.",
    ["--from staging --to production"],
  )
    .requiredOption("--from <stack>", "the stack whose images are taken")
    .requiredOption("--to <stack>", "the stack to deploy")
    .option("--yes", "do not ask, in production either")
    .option("--json", "print one JSON document")
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  return outcome(await promoted(options, around), around, options.json);
}

async function promoted({ from, to, yes }: Options, around: Surroundings): Promise<EffectReport> {
  const [source, target] = await Promise.all([reach(from, around), reach(to, around, true)]);
  const faults = [...source.faults, ...target.faults];
  if (!source.reached || !target.reached || faults.length > 0)
    return notTried("promote", to, faults);
  const served = servedOf(source.reached.look.observation);
  if (served === undefined) {
    return notTried("promote", to, [{ path: "--from", what: "nothing serves there", given: from }]);
  }
  const told = [`${from} runs ${served.version} (release ${served.release})`];
  const sure = yes === true || !isProduction(to);
  const unsure = await unconfirmed(`Deploy its images into ${to}?`, told, sure, around);
  if (unsure) return notTried("promote", to, [unsure]);
  return deployOf(target.reached, around, "promote", {
    "slipway:images.from": from,
    ...(served.version === served.release ? {} : { "slipway:version": served.version }),
  });
}
