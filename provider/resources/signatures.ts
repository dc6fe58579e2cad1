import { cosignFault, signatureFault } from "../cosign";
import type { Login, Place } from "../platform";
import { hasUnknown, same } from "../values";
import type { Context, Kind } from "./kind";

export interface SignaturesInputs extends Place {
  /** Built images by service, name@digest each, that this run makes containers from; empty when it makes none. */
  images: Record<string, string>;
  /** PEM. */
  publicKey: string;
  logins: Login[];
}

/** No slot is emptied or filled before each of its built images was seen to be signed. */
export const signatures: Kind<SignaturesInputs> = {
  async check(inputs, olds) {
    return differs(olds, inputs) ? cosignFault() : undefined;
  },
  async diff(olds, news) {
    return { changes: differs(olds, news) };
  },
  async create(inputs, context) {
    await verified(inputs, context);
    return "signatures";
  },
  async update(_olds, news, context) {
    await verified(news, context);
  },
};

/** A digest that was verified once stays so: what it means cannot change. */
function differs(olds: Partial<SignaturesInputs>, news: SignaturesInputs): boolean {
  if (Object.keys(news.images).length === 0) return false;
  if (hasUnknown(news.images)) return true;
  return !same(olds.images, news.images) || olds.publicKey !== news.publicKey;
}

async function verified(inputs: SignaturesInputs, { say }: Context): Promise<void> {
  const { images, publicKey, logins } = inputs;
  const faults = await Promise.all(
    Object.entries(images).map(async ([service, reference]) => {
      if (!reference.includes("@")) {
        return `service "${service}": ${reference} was never pushed, so it has no signature`;
      }
      say(`verifying ${reference}`);
      const fault = await signatureFault(reference, publicKey, logins);
      return fault && `service "${service}": ${reference} has no signature by this key\n  ${fault}`;
    }),
  );
  const told = faults.filter((fault) => fault !== undefined);
  if (told.length === 0) return;
  throw new Error(
    `slipway:builds.sign.verifyWith refuses this release. No candidate was made, and what serves goes on.\n${told.join("\n")}`,
  );
}
