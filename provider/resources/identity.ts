import { randomUUID } from "crypto";
import { claimOf } from "../../spec/adopt";
import type { Place } from "../platform";
import type { Kind } from "./kind";

/**
 * The claim's id. A resource of its own, with no effect outside the state: so a run that was killed
 * after it put its claim on the platform still knows that the claim is its own.
 */
export const identity: Kind<Place & { adopt?: string }> = {
  isApart: true,
  /** A stack that was refused has an id of its own already; it gives that up for the one it adopts. */
  async diff(olds, { adopt }, { platform }) {
    if (adopt === undefined || adopt === olds.adopt) return { changes: false };
    const holds = (await platform.readClaim()) === claimOf(adopt);
    return holds ? { changes: true, replaces: ["adopt"] } : { changes: false };
  },
  async create(inputs) {
    return inputs.adopt === undefined ? randomUUID() : claimOf(inputs.adopt);
  },
};
