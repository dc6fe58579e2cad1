import type { ApplicationSpec, Fault, Lock, Observation } from "./types";

/** Who, since when, and why, in words. */
export const lockText = ({ who, at, why }: Lock) => `${who}, since ${at}: ${why}`;

/** A lock is a person's word that nobody deploys: every run that would change what serves is refused. */
export function lockFaults({ environment }: ApplicationSpec, { lock }: Observation): Fault[] {
  if (lock === undefined) return [];
  return [
    {
      path: "lock",
      what: `deploys to ${environment} are locked by ${lockText(lock)}`,
      cure: `Nothing was changed. Ask ${lock.who}; when it may go: slipway unlock -e ${environment}`,
    },
  ];
}
