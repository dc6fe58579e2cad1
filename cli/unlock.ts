import { lockText } from "../spec/lock";
import { isYes } from "./confirm";
import { lockResult, lookAtLock, type LockLook } from "./lockLook";
import { stackCommand } from "./options";
import { CODE, type Result, type Surroundings } from "./run";
import { whoAmI } from "./who";

interface Options {
  stack: string;
  yes?: boolean;
  json?: boolean;
}

/** `slipway unlock`: deploys are possible again. */
export async function unlock(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand("unlock", "Takes the lock away, whoever put it there.", [
    "-e production",
    "-e production --yes",
  ])
    .option("--yes", "also when it is somebody else's lock, without being asked")
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  const look = await unlocked(options, around);
  const { ok, removed, stack } = look.report;
  const last = !ok
    ? `deploys to ${stack} were not unlocked`
    : removed
      ? `deploys to ${stack} are possible again; they were locked by ${lockText(removed)}`
      : `deploys to ${stack} were not locked`;
  return lockResult(look, last, options.json, around);
}

async function unlocked({ stack, yes }: Options, around: Surroundings): Promise<LockLook> {
  const look = await lookAtLock(stack, around);
  const { report, platform } = look;
  const { lock, ...free } = report;
  if (platform === undefined) return look;
  if (lock === undefined) return { ...look, report: { ...free, ok: true } };
  const isOurs = lock.who === (await whoAmI(around));
  if (!isOurs && !yes && !(await agreed(`${lockText(lock)}. Take this lock away?`, around))) {
    const fault = {
      path: "lock",
      what: `it is not yours, but of ${lockText(lock)}`,
      cure: `Ask ${lock.who}; or: slipway unlock -e ${stack} --yes`,
    };
    return { report: { ...report, faults: [fault] }, code: CODE.refused };
  }
  try {
    await platform.removeLock();
    return { ...look, report: { ...free, ok: true, removed: lock } };
  } catch (error) {
    const what = `it could not be unlocked: ${(error as Error).message}`;
    return { report: { ...report, faults: [{ path: "lock", what }] }, code: CODE.failed };
  }
}

const agreed = async (question: string, { ask }: Surroundings) =>
  ask !== undefined && isYes(await ask(`${question} [y/N] `));
