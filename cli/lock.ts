import { InvalidArgumentError } from "commander";

import { lockText } from "../spec/lock";
import { lockResult, lookAtLock, type LockLook } from "./lockLook";
import { stackCommand } from "./options";
import { CODE, type Result, type Surroundings } from "./run";
import { whoAmI } from "./who";

interface Options {
  stack: string;
  why: string;
  who?: string;
  json?: boolean;
}

/** `slipway lock`: nobody deploys until it is unlocked. */
export async function lock(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand("lock", "Refuses every deploy from now on, and says who and why.", [
    '-e production --why "the database is being moved"',
    '-e production --why "freeze until Monday" --who "release team"',
  ])
    .requiredOption("--why <text>", "what whoever is refused reads", said)
    .option("--who <name>", "whose lock it is (default: git's user.name, or user@host)", said)
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  const look = await locked(options, around);
  const { ok, lock: holds, stack } = look.report;
  const by = holds ? ` by ${lockText(holds)}` : "";
  const last = ok
    ? `deploys to ${stack} are locked${by}`
    : holds
      ? `not locked anew: deploys to ${stack} are locked already`
      : `deploys to ${stack} were not locked`;
  return lockResult(look, last, options.json, around);
}

async function locked({ stack, why, who }: Options, around: Surroundings): Promise<LockLook> {
  const look = await lookAtLock(stack, around);
  const { report, platform } = look;
  if (platform === undefined) return look;
  try {
    const at = new Date().toISOString();
    const wanted = { who: who ?? (await whoAmI(around)), why, at };
    const holds = report.lock ?? (await platform.putLock(wanted));
    const isOurs = holds.at === wanted.at && holds.who === wanted.who;
    if (isOurs) return { ...look, report: { ...report, ok: true, lock: holds } };
    const fault = {
      path: "lock",
      what: `deploys to ${stack} are locked already by ${lockText(holds)}`,
      cure: `Ask ${holds.who}; when it may go: slipway unlock -e ${stack}`,
    };
    return { report: { ...report, lock: holds, faults: [fault] }, code: CODE.refused };
  } catch (error) {
    const what = `it could not be locked: ${(error as Error).message}`;
    return { report: { ...report, faults: [{ path: "lock", what }] }, code: CODE.failed };
  }
}

function said(text: string): string {
  if (text.trim() !== "") return text.trim();
  throw new InvalidArgumentError("It must not be empty.");
}
