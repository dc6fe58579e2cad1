import { cosignFault, sign as signImage, signatureFault } from "../cosign";
import type { Login, Place } from "../platform";
import type { Context, Kind } from "./kind";

export interface SignInputs extends Place {
  /** name@digest */
  reference: string;
  /** PEM. */
  publicKey: string;
  key: string;
  password?: string;
  logins: Login[];
}

/** A pushed image gets a signature beside it in its registry. Never removed: a rollback wants it. */
export const sign: Kind<SignInputs> = {
  async check(inputs, olds) {
    return differs(olds, inputs) ? cosignFault() : undefined;
  },
  async diff(olds, news) {
    return { changes: differs(olds, news) };
  },
  async create(inputs, context) {
    await signed(inputs, context);
    return inputs.reference;
  },
  async update(_olds, news, context) {
    await signed(news, context);
  },
};

/** The same pair may be locked with another password: that is no other signature. */
const differs = (olds: Partial<SignInputs>, news: SignInputs) =>
  olds.reference !== news.reference || olds.publicKey !== news.publicKey;

async function signed(inputs: SignInputs, { life, say }: Context): Promise<void> {
  const { reference, publicKey, logins } = inputs;
  // Two of them would do no harm; but a registry that was signed into before is left as it is.
  if ((await signatureFault(reference, publicKey, logins)) === undefined) {
    say(`${reference} is signed already`);
    return;
  }
  await life.assertAlive();
  say(`signing ${reference}`);
  await signImage(reference, inputs, logins);
  const fault = await signatureFault(reference, publicKey, logins);
  if (fault === undefined) return;
  throw new Error(
    `${reference} was signed, and slipway:builds.sign.verifyWith does not verify that: is it the public half of slipway:builds.sign.key?\n${fault}`,
  );
}
