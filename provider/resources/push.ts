import { byDigest } from "../../spec/registry";
import type { Login, Place } from "../platform";
import type { Context, Kind } from "./kind";

export interface PushInputs extends Place {
  reference: string;
  /** Further names for people; absent = as they are. */
  tags?: string[];
  /** Differs in each run that finds the image neither on the platform nor in its registry. */
  built?: string;
  /** The digest of what a builder has pushed already. */
  byBuilder?: string;
  logins: Login[];
  /** Output: name@digest. */
  digest?: string;
}

/** An image that was built on the platform goes from there to its registry. Never removed: a rollback wants it. */
export const push: Kind<PushInputs> = {
  async diff(olds, news) {
    const retagged = news.tags !== undefined && news.tags.join() !== olds.tags?.join();
    return { changes: olds.reference !== news.reference || news.built !== undefined || retagged };
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
  const { reference, tags = [], logins, byBuilder } = inputs;
  if (byBuilder !== undefined) {
    inputs.digest = byDigest(reference, byBuilder);
    return;
  }
  await life.assertAlive();
  say(`pushing ${[reference, ...tags].join(", ")}`);
  inputs.digest = await platform.pushImage(reference, tags, logins);
}
