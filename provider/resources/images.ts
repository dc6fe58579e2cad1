import type { Place } from "../platform";
import type { Kind } from "./kind";

export interface ImagesInputs extends Place {
  /** What this run makes containers from, or builds upon; empty when it does neither. */
  references: string[];
}

/** Images that only the machine of the run has are sent to the platform, before anything needs them there. */
export const images: Kind<ImagesInputs> = {
  async diff(_olds, news, { platform }) {
    return { changes: (await platform.unsentImages(news.references)).length > 0 };
  },
  async create(inputs, context) {
    await send(inputs, context);
    return "images";
  },
  async update(_olds, news, context) {
    await send(news, context);
  },
};

const send: (
  inputs: ImagesInputs,
  context: Parameters<typeof images.create>[1],
) => Promise<void> = async ({ references }, { platform, life, say }) => {
  const missing = await platform.unsentImages(references);
  if (missing.length === 0) return;
  await life.assertAlive();
  await platform.sendImages(missing, say);
};
