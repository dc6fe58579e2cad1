import { platformAt, type Platform } from "../provider/places";
import type { Slot } from "../spec/types";
import { paragraphs, printedFindings } from "./print";
import type { Finding } from "./report";
import { CODE, type Result, type Surroundings } from "./run";
import { namedStack, placeOf, type NamedStack } from "./subject";
import { namedUnits, type NamedUnit } from "./units";

/** What runs of a stack, as far as a command about some of it needs to know. */
export interface Running {
  stack: NamedStack;
  platform: Platform;
  serving?: Slot;
  units: NamedUnit[];
}

/** Why a command goes no further. */
export interface Faults {
  faults: Finding[];
  code: number;
}

export const refused = (...faults: Finding[]): Faults => ({ faults, code: CODE.refused });

/** @param mayBeGone what is asked for outlives the application */
export async function running(
  name: string,
  around: Surroundings,
  mayBeGone = false,
): Promise<Running | Faults> {
  const { stack, faults } = namedStack(name, around);
  if (stack === undefined || faults.length > 0) return refused(...faults);
  const place = placeOf(stack.spec);
  const { host } = place;
  const platform = platformAt(place);
  try {
    const { serving, units } = await platform.whatRuns();
    if (units.length === 0 && !mayBeGone)
      return refused({ path: host, what: "it is not deployed there" });
    const slot = serving.slot === undefined ? {} : { serving: serving.slot };
    return { stack, platform, ...slot, units: namedUnits(units) };
  } catch (error) {
    const what = `what is there cannot be read: ${(error as Error).message}`;
    return { faults: [{ path: host, what }], code: CODE.failed };
  }
}

/** The end of a command that goes no further. */
export function faultsResult(
  stack: string,
  { faults, code }: Faults,
  json: boolean | undefined,
  { colours }: Surroundings,
): Result {
  const output = json
    ? JSON.stringify({ format: 1, stack, ok: false, faults })
    : paragraphs([printedFindings("Faults", faults, colours.red, colours)]);
  return { output, code };
}
