import { DISK_MINIMUM_GIB, DISK_WARNING_GIB } from "./defaults";
import type { ApplicationSpec, DeployPlan, Disk, Fault, Observation } from "./types";
import { bytesText } from "./units";

const GIB = 1024 ** 3;

/** Whether so little is free that it is worth a word, and a look at what could go. */
export const isScarce = (free: number): boolean => free < DISK_WARNING_GIB * GIB;

/**
 * The host's disk, before a candidate is made. Only what brings something new is refused: going back,
 * to a release that runs or from its record, needs next to nothing and may be the way out.
 */
export function room(
  spec: ApplicationSpec,
  kind: DeployPlan["kind"],
  { disk }: Observation,
): { faults: Fault[]; warnings: string[] } {
  const makes = kind === "first" || kind === "deploy";
  if (!makes || disk === undefined || !isScarce(disk.free)) return { faults: [], warnings: [] };
  const what = `${bytesText(disk.free)} are free for Docker on the host`;
  const cure = `${pruning(spec.environment, disk)}; docker system df says what else there is`;
  if (disk.free >= DISK_MINIMUM_GIB * GIB || spec.release !== undefined) {
    return { faults: [], warnings: [`${what}. ${cure}`] };
  }
  const allowed = `${bytesText(DISK_MINIMUM_GIB * GIB)} or more`;
  return { faults: [{ path: "disk", what, allowed, cure }], warnings: [] };
}

function pruning(stack: string, { prunable }: Disk): string {
  const command = `slipway prune -e ${stack}`;
  if (prunable === undefined) return `${command} says what of this application can go`;
  if (prunable === 0) return `${command} would free nothing`;
  return `${command} --yes frees ${bytesText(prunable)} or more`;
}
