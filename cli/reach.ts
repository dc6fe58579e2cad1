import { platformAt } from "../provider/places";
import type { Look, Platform } from "../provider/platform";
import type { Observation, Slot } from "../spec/types";
import type { Finding } from "./report";
import type { Surroundings } from "./run";
import { namedStack, placeOf, type NamedStack } from "./subject";

/** A stack, and what is there of its application now. */
export interface Reached {
  stack: NamedStack;
  platform: Platform;
  look: Look;
}

/**
 * The stack of this name and its platform; with faults where it cannot be known, and then nothing may be done. `whole`:
 * it must be such that it can be deployed.
 */
export async function reach(
  name: string,
  around: Surroundings,
  whole = false,
): Promise<{ reached?: Reached; faults: Finding[] }> {
  const { stack, faults } = namedStack(name, around, whole);
  if (stack === undefined || faults.length > 0) return { faults };
  const place = placeOf(stack.spec);
  const platform = platformAt(place);
  try {
    return { reached: { stack, platform, look: await platform.observe() }, faults };
  } catch (error) {
    const what = `what is there cannot be read: ${(error as Error).message}`;
    return { faults: [{ path: place.host, what, cure: `slipway doctor -e ${name}` }] };
  }
}

/** What gets the traffic. */
export interface Served {
  slot: Slot;
  release: string;
  version: string;
  /** What requests are answered with, in its place. */
  maintenance?: string;
}

export function servedOf(observation: Observation): Served | undefined {
  const { serving, slots, records, maintenance } = observation;
  const release = serving && slots[serving].release;
  if (serving === undefined || release === undefined) return undefined;
  const version = records.find(({ id }) => id === release)?.content.version ?? release;
  return {
    slot: serving,
    release,
    version,
    ...(maintenance === undefined ? {} : { maintenance }),
  };
}
