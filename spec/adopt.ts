import type { ApplicationSpec, Observation } from "./types";

/** Under this name the platform remembers which adoption is done. */
export const ADOPTED = "adopted";

/** `slipway:adopt` is a claim's id; behind an "@" stands which loss of a state it is for. */
export const claimOf = (adopt: string) => adopt.replace(/@.*$/, "");

/**
 * What a lost state makes of what is there. Nothing of it is known to the new state, just as after a
 * killed run: shared parts are made anew on their data, and the slot that serves goes on serving until
 * a deploy into the other one has taken its traffic. Only once: the platform remembers it.
 */
export function asAdopted(spec: ApplicationSpec, observation: Observation): Observation {
  if (spec.adopt === undefined || observation.claim !== claimOf(spec.adopt)) return observation;
  if (observation.settled[ADOPTED] === spec.adopt) return observation;
  return { ...observation, settled: {}, adopting: true };
}
