import * as fs from "fs";
import { basename } from "path";

/**
 * Ends the other plugins of a run that is over. Pulumi's own look for their engine every five minutes
 * only; in that time one would go on with what a killed run had asked for, beside the next run. All
 * plugins of a run have its engine's address as their argument.
 */
export function endSiblings(engine: string): void {
  for (const pid of processes()) {
    const [program, ...args] = commandOf(pid);
    if (!program || !basename(program).startsWith("pulumi-resource-")) continue;
    if (!args.includes(engine)) continue;
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // It has ended by itself, or is somebody else's.
    }
  }
}

/** Only where there is /proc; elsewhere they end in their own time. */
function processes(): number[] {
  try {
    return fs
      .readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid);
  } catch {
    return [];
  }
}

function commandOf(pid: number): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
