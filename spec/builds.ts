import { z } from "zod";

import { SUPPLY_CHAIN } from "./supplyChain";

/** How images are built, and what they have to pass. */
export const BUILDS = z.strictObject(SUPPLY_CHAIN, {
  error: `must be a map of ${Object.keys(SUPPLY_CHAIN).join(", ")}`,
});
