import type { Slot } from "../../spec/types";
import type { Place } from "../platform";
import type { Kind } from "./kind";

export interface SweepInputs extends Place {
  /** The slot that is about to be filled; absent for what belongs to none. */
  slot?: Slot;
  /** Ids of the units to remove: all that the observation found in the way. */
  remove: string[];
  /** Remembered as settled when it is done. */
  settles?: { resource: string; unit: string };
  /** Ports that the edge will open when it is re-created: what holds one of them would keep it from coming back. */
  opens?: { bind: string; ports: number[] };
}

/**
 * Empties the place that is about to be filled: an older release, and orphans of a killed run that
 * only reality knows. Never touches the slot that serves.
 */
export const sweep: Kind<SweepInputs> = {
  isApart: true,
  async check({ opens }, _olds, { platform }) {
    if (!opens) return undefined;
    const asked = opens.ports.map(async (port) => ({
      port,
      isTaken: await platform.listens(opens.bind, port),
    }));
    const taken = (await Promise.all(asked)).filter(({ isTaken }) => isTaken);
    if (taken.length === 0) return undefined;
    const ports = taken.map(({ port }) => port).join(" and ");
    return `port ${ports} on ${opens.bind} is taken by something else, so a re-created edge could not come back. Nothing was changed. Free it, or give the edge an address of its own (slipway:docker.bind)`;
  },
  async diff(_olds, news) {
    return { changes: news.remove.length > 0 };
  },
  async create(inputs, context) {
    await empty(inputs, context);
    return inputs.slot ?? "shared";
  },
  async update(_olds, news, context) {
    await empty(news, context);
  },
};

const empty: (
  inputs: SweepInputs,
  context: Parameters<typeof sweep.create>[1],
) => Promise<void> = async ({ slot, remove, settles }, { platform, life, say }) => {
  if (remove.length === 0) return;
  if (slot !== undefined) {
    const serving = await platform.serving();
    if (serving.slot === slot) {
      throw new Error(
        `the ${slot} slot serves now, so it is not emptied: somebody else moved the traffic after this run had looked. Run "pulumi up" again`,
      );
    }
    // The rest of a canary that was killed: what goes here would take requests with it.
    if (serving.canary) await platform.weigh({ targets: serving.targets }, 0);
  }
  await life.assertAlive();
  const removed = await platform.removeUnits(remove);
  if (removed.length > 0) say(`removed ${removed.join(", ")}`);
  if (settles) await platform.settle(settles.resource, settles.unit);
};
