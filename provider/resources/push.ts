import type { Login, Place } from "../platform";
import type { Context, Kind } from "./kind";

export interface PushInputs extends Place {
  reference: string;
  /** Differs in each run that finds the image neither on the platform nor in its registry. */
  built?: string;
  logins: Login[];
  /** Output: name@digest. */
  digest?: string;
}

/** An image that was built on the platform goes from there to its registry. Never removed: a rollback wants it. */
export const push: Kind<PushInputs> = {
  async diff(olds, news) {
    return { changes: olds.reference !== news.reference || news.built !== undefined };
  },
  async create(inputs, context) {
    await pushed(inputs, context);
    return inputs.reference;
  },
  async update(_olds, news, context) {
    await pushed(news, context);
  },
};

async function pushed(inputs: PushInputs, { platform, life, say }: Context): Promise<void> {
  await life.assertAlive();
  say(`pushing ${inputs.reference}`);
  inputs.digest = await platform.pushImage(inputs.reference, inputs.logins);
}
