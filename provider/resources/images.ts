import type { Login, Place } from "../platform";
import type { Kind } from "./kind";

export interface ImagesInputs extends Place {
  /** What this run makes containers from, or builds upon; empty when it does neither. */
  references: string[];
  /** At the registries that may serve them. Absent in the state of older versions. */
  logins?: Login[];
}

/** Images that only the machine of the run has are sent to the platform, before anything needs them there. */
export const images: Kind<ImagesInputs> = {
  async diff(_olds, news, { platform }) {
    return {
      changes: (await platform.unsentImages(news.references, news.logins ?? [])).length > 0,
    };
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
) => Promise<void> = async ({ references, logins = [] }, { platform, life, say }) => {
  const missing = await platform.unsentImages(references, logins);
  if (missing.length === 0) return;
  await life.assertAlive();
  await platform.sendImages(missing, logins, say);
};
