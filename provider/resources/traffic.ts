import type { Slot } from "../../spec/types";
import type { Place, TrafficTable } from "../platform";
import { hasUnknown, same } from "../values";
import { type Context, type Kind, now } from "./kind";

export interface TrafficInputs extends Place {
  table: TrafficTable;
  /** What the plan found to serve; anything else by now means that somebody else moved the traffic. */
  expected: { slot?: Slot };
  /** The release that is left by going back to an older one. */
  rolledBackFrom?: string;
}

/** The one resource that decides which slot serves. Its diff asks the platform's table. */
export const traffic: Kind<TrafficInputs> = {
  async diff(_olds, news, { platform }) {
    if (hasUnknown(news.table)) return { changes: true };
    const serving = await platform.serving();
    return { changes: !same([...serving.targets].sort(), [...news.table.targets].sort()) };
  },
  async create(inputs, context) {
    await flip(inputs, context);
    return "traffic";
  },
  async update(_olds, news, context) {
    await flip(news, context);
  },
  async delete(_state, { platform, life }) {
    await life.assertAlive();
    await platform.removeTraffic();
  },
};

async function flip(inputs: TrafficInputs, { platform, life, say }: Context): Promise<void> {
  const { table, expected } = inputs;
  const before = await platform.serving();
  if (before.slot !== expected.slot && before.slot !== table.slot) {
    throw new Error(
      `somebody else moved the traffic: ${before.slot ?? "nothing"} serves, this run had found ${expected.slot ?? "nothing"}. Nothing was changed; look at "pulumi preview" and run again`,
    );
  }
  await life.assertAlive();
  say(`${before.slot ?? "nothing"} -> ${table.slot}, then up to ${table.drainTimeout} s of drain`);
  try {
    await platform.setTraffic(table);
  } catch (error) {
    const after = await platform.serving();
    throw new Error(
      `the traffic ${after.slot === table.slot ? "has moved" : "was not moved"} (${after.slot ?? "nothing"} serves): ${(error as Error).message}`,
    );
  }
  const at = now();
  await platform.addEvent(table.release, { kind: "served", at, detail: { slot: table.slot } });
  if (inputs.rolledBackFrom !== undefined) {
    await platform.addEvent(inputs.rolledBackFrom, {
      kind: "rolled-back-from",
      at,
      detail: { to: table.release },
    });
  }
}
