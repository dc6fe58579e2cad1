import { whereOf } from "../../spec/place";
import type { Place } from "../platform";
import { unknown } from "../values";
import type { Kind } from "./kind";

export interface ClaimInputs extends Place {
  /** The claim's id, from Identity. */
  claim: string;
  /** The engine's own identity at the time of the claim; written by the resource. */
  engine?: string;
}

/**
 * The first thing on the platform. Only the engine of Pulumi knows what is in the state, so it is the
 * claim that refuses a platform that another stack holds, and an engine that is not the one in state.
 */
export const claim: Kind<ClaimInputs> = {
  async check(inputs, olds, { platform }) {
    if (olds.claim !== undefined) return undefined;
    const held = await platform.readClaim();
    const own = inputs.claim as unknown;
    return held !== undefined && own !== unknown && held !== own ? heldBy(inputs, held) : undefined;
  },
  // Here, for a check is given the old inputs only, and `engine` is an output.
  async diff(olds, news, { platform }) {
    const engine = await platform.identity();
    if (olds.engine !== undefined && olds.engine !== engine) {
      throw elsewhere(news, `engine id ${engine}, in the state ${olds.engine}`);
    }
    const held = await platform.readClaim();
    // Machines that were made from one image have one id; what is on them tells them apart.
    if (olds.host !== news.host && held !== olds.claim) {
      throw elsewhere(
        news,
        `it has the same id, ${held ? `and another claim, ${held}` : "but not the claim"}`,
      );
    }
    if (olds.application !== news.application) {
      throw new Error(
        `the application's name is fixed once it is deployed (now "${olds.application}", given "${news.application}"): all that runs, and its data, carries it. Set slipway:name back; for another name, make a new stack`,
      );
    }
    const adopted = (news.claim as unknown) !== unknown && olds.claim !== news.claim;
    // An engine that was emptied is begun with anew: what is put on it has to be claimed again.
    return { changes: olds.host !== news.host || adopted || held === undefined };
  },
  async create(inputs, { platform, life }) {
    await life.assertAlive();
    const held = await platform.putClaim(inputs.claim);
    if (held !== inputs.claim) throw new Error(heldBy(inputs, held));
    inputs.engine = await platform.identity();
    return inputs.claim;
  },
  async update(_olds, news, { platform, life }) {
    await life.assertAlive();
    const held = await platform.putClaim(news.claim);
    if (held !== news.claim) throw new Error(heldBy(news, held));
    news.engine = await platform.identity();
  },
  async delete(state, { platform, life }) {
    const held = await platform.readClaim();
    if (held && held !== state.claim) return;
    await life.assertAlive();
    await platform.removeClaim();
  },
};

/** Differs for each loss of a state, so that an adoption of long ago is not taken for this one. */
const stamp = () => new Date().toISOString().slice(0, 16).replace(/\D/g, "");

function elsewhere(inputs: ClaimInputs, why: string): Error {
  const key = inputs.platform === "kubernetes" ? "kubernetes.context" : "docker.host";
  return new Error(
    `${whereOf(inputs)} is not the one that this stack was deployed to (${why}). Point slipway:${key} back at the old one; to move, destroy the stack there first, or begin with a new stack`,
  );
}

function heldBy(inputs: ClaimInputs, held: string): string {
  return `"${inputs.application}" on ${inputs.host} belongs to another stack (claim ${held || "without an id"}). Give this one another slipway:name; or, when its state is lost for good, take it over: pulumi config set adopt ${held}@${stamp()}`;
}
