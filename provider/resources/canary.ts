import type { TrafficTable } from "../platform";
import type { Expectation } from "./health";
import { type Context, sleep } from "./kind";

export interface Canary {
  /** One after the other; the last one is followed by all of the traffic. */
  steps: CanaryStep[];
  /** What has to stay well meanwhile. */
  units: Expectation[];
}

export interface CanaryStep {
  /** Percent of the requests. */
  weight: number;
  /** Seconds. */
  pause: number;
}

/** Milliseconds between two looks. */
const LOOK = 1000;

/** The candidate gets its shares. When it does not stay well, or the run is to end, it has none when this throws. */
export async function approach(
  { steps, units }: Canary,
  table: TrafficTable,
  context: Context,
): Promise<void> {
  const { platform, life, say } = context;
  const restarts = new Map<string, number>();
  for (const { id } of units) restarts.set(id, (await platform.unit(id)).restarts);
  let share = 0;
  try {
    for (const { weight, pause } of steps) {
      await life.assertAlive();
      share = weight;
      await platform.weigh(table, weight);
      say(`${weight} % of the requests go to ${table.slot}, for ${pause} s`);
      const end = Date.now() + pause * 1000;
      do {
        if (life.isEnding) throw new Error("this run is to end");
        const ill = await firstIll(units, restarts, context);
        if (ill !== undefined) throw new Error(ill);
        await sleep(Math.min(LOOK, Math.max(0, end - Date.now())));
      } while (Date.now() < end);
    }
  } catch (error) {
    await platform.weigh(table, 0);
    throw new Error(`the canary ended at ${share} % of the requests: ${(error as Error).message}`);
  }
}

async function firstIll(
  units: Expectation[],
  restarts: ReadonlyMap<string, number>,
  { platform }: Context,
): Promise<string | undefined> {
  for (const { id, service } of units) {
    const unit = await platform.unit(id);
    const crashes = unit.restarts > (restarts.get(id) ?? 0);
    if (crashes) return `service "${service}" crashes: it was restarted`;
    if (unit.state === "missing") return `service "${service}" is gone`;
    if (unit.health === "unhealthy" || unit.health === "starting")
      return `service "${service}" is not healthy any more${unit.lastCheck ? `: ${unit.lastCheck}` : ""}`;
  }
  return undefined;
}
