import { randomUUID } from "crypto";
import type { Place } from "../platform";
import type { Kind } from "./kind";

/**
 * The claim's id. A resource of its own, with no effect outside the state: so a run that was killed
 * after it put its claim on the platform still knows that the claim is its own.
 */
export const identity: Kind<Place & { adopt?: string }> = {
  async diff() {
    return { changes: false };
  },
  async create(inputs) {
    return inputs.adopt ?? randomUUID();
  },
};
