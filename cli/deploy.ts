import { InvalidArgumentError } from "commander";

import { VERSION, VERSION_ALLOWED } from "../spec/names";
import { emptied } from "./clean";
import { effect, notTried, type EffectReport } from "./effect";
import { waitForLock } from "./lockWait";
import { stackCommand } from "./options";
import { outcome } from "./outcome";
import { preview } from "./preview";
import { reach, type Reached, type Served } from "./reach";
import type { Result, Surroundings } from "./run";

interface Options {
  stack: string;
  version?: string;
  lockWait: number;
  clean?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

/** `slipway deploy`: checks, one update, and a look whether the release serves. */
export async function deploy(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "deploy",
    "Deploys what the Compose file describes now, and sees that it serves. A release that `rollback` pinned is let go.",
    ["-e staging", "-e production -v 1.4.2", "-e staging -n"],
  )
    .option("-v, --version <version>", "what people call this release", version)
    .option("--lock-wait <seconds>", "wait so long for a lock to go (`slipway lock`)", seconds, 0)
    .option(
      "--clean",
      "empty the idle slot when it fails: its candidate goes, once its diagnostics are collected",
    )
    .option("-n, --dry-run", "only show what would be done, as `slipway preview`")
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  if (options.dryRun) {
    const json = options.json ? ["--json"] : [];
    return preview(["--stack", options.stack, ...json], around);
  }
  return outcome(await deployed(options, around), around, options.json);
}

async function deployed(options: Options, around: Surroundings): Promise<EffectReport> {
  const { reached, faults } = await reach(options.stack, around, true);
  if (!reached) return notTried("deploy", options.stack, faults);
  const { platform } = reached;
  // Whether one that holds is in the way says the plan: it knows whether there is anything to do.
  if (options.lockWait > 0)
    await waitForLock(() => platform.readLock(), options.lockWait, around.say);
  const report = await deployOf(reached, around, "deploy", {
    ...(options.version === undefined ? {} : { "slipway:version": options.version }),
  });
  const isLeft = !report.ok && !report.moved && !report.stateLock && report.after !== undefined;
  if (!options.clean || !isLeft) return report;
  const cleaned = await emptied(reached, around, "clean");
  return cleaned.ok ? report : { ...report, faults: [...report.faults, ...cleaned.faults] };
}

/** Deploys a stack as it is described, with this config beside what its file says. */
export function deployOf(
  reached: Reached,
  around: Surroundings,
  command: string,
  config: Record<string, string>,
): Promise<EffectReport> {
  const version = config["slipway:version"] ?? reached.stack.spec.version;
  return effect(reached, around, {
    command,
    title: version === undefined ? "deploys what is described" : `deploys ${version}`,
    config: { ...config, "slipway:release": undefined },
    confirm: servesWhatWasTold,
  });
}

/** The outputs tell what the run wanted; the platform tells what is. */
export function servesWhatWasTold(
  after: Served | undefined,
  { release }: Record<string, unknown>,
): string | undefined {
  if (after?.release === release) return undefined;
  return `the update succeeded, but ${after ? `release ${after.release}` : "nothing"} serves, not release ${String(release)}`;
}

function seconds(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("Seconds, at most 99999.");
  return Number(text);
}

function version(text: string): string {
  if (!VERSION.test(text)) throw new InvalidArgumentError(`Allowed: ${VERSION_ALLOWED}.`);
  return text;
}
