import { text } from "./schema";
import type { ApplicationSpec, Observation, ObservedSlot } from "./types";

/** The application is closed: the edge answers for it. It belongs to the environment, not to a release. */

/** Somebody who means a switch would get a page that says "false". */
const SWITCH = /^\s*(true|false|on|off|yes|no)\s*$|^\s+$/i;

export const MAINTENANCE = text.refine((message) => !SWITCH.test(message), {
  error: "must be the message that clients get; to leave maintenance: slipway maintenance off",
});

/** Nobody asks a closed application: what of it is stopped is somebody's work in progress, until it is to be opened. */
export const isLeftAlone = ({ maintenance }: ApplicationSpec, { state }: ObservedSlot) =>
  maintenance !== undefined && state === "incomplete";

/** What changes for clients, in words. */
export function maintenanceLines(
  { maintenance: wanted }: ApplicationSpec,
  { maintenance: found }: Observation,
): string[] {
  if (wanted === undefined) {
    return found === undefined ? [] : ["it leaves maintenance: requests reach it again"];
  }
  const page = `every request gets 503: ${wanted}`;
  if (found === undefined) return [`it goes into maintenance: ${page}`];
  return [found === wanted ? `it is in maintenance: ${page}` : `maintenance, from now on ${page}`];
}
