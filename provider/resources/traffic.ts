import type { Slot } from "../../spec/types";
import type { Place, Platform, Serving, TrafficTable } from "../platform";
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
    if (!leadsTo(serving, news.table)) return { changes: true };
    // A run that was killed in its drain has moved the traffic, and not told of it.
    const told = (await platform.events(news.table.release)).some(
      (event) => event.kind === "served" && event.detail?.["slot"] === news.table.slot,
    );
    return { changes: !told };
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
    if (!leadsTo(before, table)) await platform.setTraffic(table);
  } catch (error) {
    throw new Error(`${await truth(platform, table)}: ${(error as Error).message}`);
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

const leadsTo = (serving: Serving, table: TrafficTable) =>
  same([...serving.targets].sort(), [...table.targets].sort());

/** Whether the write that failed has moved the traffic all the same. */
async function truth(platform: Platform, table: TrafficTable): Promise<string> {
  const after = await platform.serving().catch(() => undefined);
  if (!after) return "it is not known whether the traffic has moved";
  const moved = after.slot === table.slot ? "has moved" : "was not moved";
  return `the traffic ${moved} (${after.slot ?? "nothing"} serves)`;
}
