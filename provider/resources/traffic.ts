import { eventsOfMove, untoldMove } from "../../spec/history";
import type { RecordEvent, Slot } from "../../spec/types";
import type { Place, Platform, Serving, TrafficTable } from "../platform";
import { hasUnknown, same } from "../values";
import { approach, type Canary } from "./canary";
import { secure, withoutHaste } from "./https";
import { type Context, type Kind, now } from "./kind";

export interface TrafficInputs extends Place {
  table: TrafficTable;
  /** What the plan found to serve; anything else by now means that somebody else moved the traffic. */
  expected: { slot?: Slot };
  /** The release that is left by going back to an older one. */
  rolledBackFrom?: string;
  /** The candidate gets a share of the requests first. not for a release that has served. */
  canary?: Canary;
}

/** The one resource that decides which slot serves, under which names, or whether the edge answers alone. Its diff asks the platform's table. */
export const traffic: Kind<TrafficInputs> = {
  async diff(_olds, news, { platform }) {
    if (hasUnknown(news.table)) return { changes: true };
    const serving = await platform.serving();
    if (!leadsTo(serving, news.table)) return { changes: true };
    // A run that was killed in its drain has moved the traffic, and not told of it.
    return { changes: (await untold(platform, serving)) !== undefined };
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

async function flip(inputs: TrafficInputs, context: Context): Promise<void> {
  const { platform, life, say, seen } = context;
  const { table, expected, rolledBackFrom } = inputs;
  const before = await platform.serving();
  if (before.slot !== expected.slot && before.slot !== table.slot) {
    throw new Error(
      `somebody else moved the traffic: ${before.slot ?? "nothing"} serves, this run had found ${expected.slot ?? "nothing"}. Nothing was changed; look at "pulumi preview" and run again`,
    );
  }
  await life.assertAlive();
  // What a killed run left untold comes first: history stays in order.
  const isAsSeen = seen !== platform && same(await seen.serving(), before);
  const earlier = await untold(isAsSeen ? seen : platform, before);
  if (earlier && before.release) await note(platform, before.release, earlier);
  if (leadsTo(before, table)) return;
  const first = { ...table, reach: withoutHaste(before.reach, table.reach) };
  const closes = table.maintenance !== undefined && before.maintenance !== table.maintenance;
  const opens = table.maintenance === undefined && before.maintenance !== undefined;
  try {
    // Closed before the traffic moves and opened after it: nobody sees anything between.
    if (closes) {
      say(`into maintenance, with up to ${table.drainTimeout} s of drain`);
      await platform.close(table);
      context.tell("the application is in maintenance: every request gets 503");
      await life.assertAlive();
    }
    if (!sameTargets(before, table)) {
      // Before the write: whatever happens in it, the next run knows what this one was about to do.
      const move: RecordEvent = {
        kind: "moving",
        at: now(),
        detail: { slot: table.slot, ...(rolledBackFrom === undefined ? {} : { rolledBackFrom }) },
      };
      if (inputs.canary && before.slot) await approach(inputs.canary, table, context);
      await platform.addEvent(table.release, move);
      say(
        `${before.slot ?? "nothing"} -> ${table.slot}, then up to ${table.drainTimeout} s of drain`,
      );
      await platform.setTraffic(first, before.reach);
      // The outputs of a run that is interrupted from here on do not know it.
      context.tell(`the traffic has moved: ${table.slot} serves release ${table.release}`);
      await note(platform, table.release, { ...move, at: now() });
    } else if (!same(before.reach, first.reach)) await platform.setTraffic(first, before.reach);
    else if (before.canary) await platform.weigh(table, 0);
    if (table.reach.tls && !same(before.reach, table.reach)) await secure(table, first, context);
    if (opens) {
      await life.assertAlive();
      await platform.open();
      context.tell("the application has left maintenance: requests reach it again");
    }
  } catch (error) {
    throw new Error(`${await truth(platform, table)}: ${(error as Error).message}`);
  }
}

async function untold(platform: Platform, { slot, release }: Serving) {
  if (!slot || !release) return undefined;
  const events = await platform.events(release);
  const told = events.some((event) => event.kind === "served" && event.detail?.["slot"] === slot);
  // Moved by hand, it is true all the same.
  const byHand: RecordEvent = { kind: "moving", at: now(), detail: { slot } };
  return untoldMove(events, slot) ?? (told ? undefined : byHand);
}

async function note(platform: Platform, release: string, move: RecordEvent): Promise<void> {
  for (const told of eventsOfMove(release, move)) await platform.addEvent(told.release, told.event);
}

const leadsTo = (serving: Serving, table: TrafficTable) =>
  sameTargets(serving, table) &&
  same(serving.reach, table.reach) &&
  serving.maintenance === table.maintenance &&
  serving.canary === undefined;

const sameTargets = (serving: Serving, table: TrafficTable) =>
  same([...serving.targets].sort(), [...table.targets].sort());

/** Whether the write that failed has moved the traffic all the same. */
async function truth(platform: Platform, table: TrafficTable): Promise<string> {
  const after = await platform.serving().catch(() => undefined);
  if (!after) return "it is not known whether the traffic has moved";
  const moved = after.slot === table.slot ? "has moved" : "was not moved";
  return `the traffic ${moved} (${after.slot ?? "nothing"} serves)`;
}
