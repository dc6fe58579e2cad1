import { platformAt } from "../provider/places";
import type { Lock } from "../spec/types";
import { paragraphs, printedFindings } from "./print";
import type { Finding } from "./report";
import { CODE, type Code, type Result, type Surroundings } from "./run";
import { namedStack, placeOf } from "./subject";

/** What `lock --json` and `unlock --json` print. A key never changes its meaning; new ones may come. */
export interface LockReport {
  format: 1;
  stack: string;
  /** It is as the command says; the exit code is 0 then. */
  ok: boolean;
  application?: string;
  host?: string;
  /** The lock that holds now, as far as known. */
  lock?: Lock;
  /** The lock that was taken away. */
  removed?: Lock;
  faults: Finding[];
}

/** What a command knows before it changes anything; with a code where it ends there. */
export interface LockLook {
  report: LockReport;
  /** Absent where the command ends. */
  platform?: ReturnType<typeof platformAt>;
  code: Code;
}

/** Whether a stack is locked now. */
export async function lookAtLock(name: string, around: Surroundings): Promise<LockLook> {
  const { stack, faults } = namedStack(name, around);
  const report: LockReport = { format: 1, stack: name, ok: false, faults };
  if (stack === undefined || faults.length > 0) return { report, code: CODE.refused };
  const place = placeOf(stack.spec);
  const { host, application } = place;
  const platform = platformAt(place);
  const whole: LockReport = { ...report, application, host };
  try {
    const [claim, lock] = await Promise.all([platform.readClaim(), platform.readLock()]);
    if (claim !== undefined) {
      return { report: { ...whole, ...(lock ? { lock } : {}) }, platform, code: CODE.done };
    }
    const fault = {
      path: "lock",
      what: `${application} is not deployed on ${host}: there is nothing that a lock could be kept beside`,
      cure: "Deploy it first: pulumi up",
    };
    return { report: { ...whole, faults: [fault] }, code: CODE.refused };
  } catch (error) {
    const what = `whether it is locked cannot be read: ${(error as Error).message}`;
    return { report: { ...whole, faults: [{ path: host, what }] }, code: CODE.failed };
  }
}

/** For people the faults, and the last line; or one JSON document. */
export function lockResult(
  { report, code }: LockLook,
  last: string,
  json: boolean | undefined,
  { colours }: Surroundings,
): Result {
  if (json) return { output: JSON.stringify(report, undefined, 2), code };
  const faults = printedFindings("Faults", report.faults, colours.red, colours);
  const line = code === CODE.done ? colours.green(last) : colours.red(last);
  return { output: paragraphs([faults, [line]]), code };
}
