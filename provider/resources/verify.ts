import { registryOf, stagingTag } from "../../spec/registry";
import type { Login, Place, TriedService } from "../platform";
import { mask } from "../values";
import { waitUntilHealthy } from "./health";
import type { Context, Kind } from "./kind";

export interface VerifyInputs extends Place {
  reference: string;
  /** Differs in each run that finds the image neither on the platform nor in its registry. */
  built?: string;
  service: TriedService;
  /** Seconds. */
  timeout: number;
  logins: Login[];
  /** Masked in what errors quote. */
  secrets: string[];
}

/**
 * A built image is started once, alone, before it gets the tags that anybody runs it by: with its
 * service's own settings, without network, volumes, ports. It has to become healthy by the container's
 * own check; without one it has to run on for a moment.
 */
export const verify: Kind<VerifyInputs> = {
  async diff(olds, news) {
    return { changes: olds.reference !== news.reference || news.built !== undefined };
  },
  async create(inputs, context) {
    await pass(inputs, context);
    return inputs.reference;
  },
  async update(_olds, news, context) {
    await pass(news, context);
  },
};

async function pass(inputs: VerifyInputs, context: Context): Promise<void> {
  const { reference, service, logins, secrets } = inputs;
  const { platform, life, say } = context;
  await life.assertAlive();
  if (registryOf(reference) !== undefined) {
    const tag = stagingTag(reference);
    say(`pushing ${reference} as ${tag}`);
    await platform.stageImage(reference, tag, logins);
  }
  say(`starting ${reference} once`);
  const id = await platform.makeThrowaway(reference, service);
  try {
    await platform.startUnit(id).catch((error: Error) => {
      throw new Error(`service "${service.name}": it cannot be started: ${error.message}`);
    });
    // Without its `http`: there is no port that could be asked.
    const unit = { id, service: service.name };
    await waitUntilHealthy([unit], inputs.timeout, secrets, context);
  } catch (error) {
    const text = `${reference} was started once, and is not fit. It got no tag, nothing else was changed.\n${(error as Error).message}`;
    throw new Error(mask(text, secrets));
  } finally {
    await platform.removeUnits([id]);
  }
}
