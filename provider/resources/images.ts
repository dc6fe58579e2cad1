import type { Login, Place } from "../platform";
import { unknown } from "../values";
import type { Context, Kind } from "./kind";

export interface ImagesInputs extends Place {
  /** What this run makes containers from, or builds upon, as far as it is known already; empty when it does neither. */
  references: string[];
  /** At the registries that may serve them. Absent in the state of older versions. */
  logins?: Login[];
}

/** Images that only the machine of the run has are sent to the platform, before anything needs them there. */
export const images: Kind<ImagesInputs> = {
  async diff(_olds, news, { platform }) {
    // A preview that would build them first.
    if ((news.references as unknown[]).includes(unknown)) return { changes: true };
    const { unsent, unpulled } = await platform.lackingImages(news.references, news.logins ?? []);
    return { changes: unsent.length + unpulled.length > 0 };
  },
  async create(inputs, context) {
    await send(inputs, context);
    return "images";
  },
  async update(_olds, news, context) {
    await send(news, context);
  },
};

async function send({ references, logins = [] }: ImagesInputs, context: Context): Promise<void> {
  const { platform, life, say } = context;
  const { unsent, unpulled } = await platform.lackingImages(references, logins);
  if (unsent.length + unpulled.length === 0) return;
  await life.assertAlive();
  await platform.pullImages(unpulled, logins);
  if (unsent.length > 0) await platform.sendImages(unsent, logins, say);
}
