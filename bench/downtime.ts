import { composeRow } from "./compose";
import { underLoad } from "./load";
import { say } from "./progress";
import { SlipwayBench } from "./stacks";
import type { LoadFigures } from "./stats";
import { swarmRow } from "./swarm";

export interface DowntimeRow {
  what: string;
  times: number;
  figures?: LoadFigures;
  /** Why there are none. */
  impossible?: string;
}

/** Requests go on at a constant rate while the application is updated, several times in a row. */
export async function downtime(times: number): Promise<DowntimeRow[]> {
  return [...(await slipwayRows(times)), await composeRow(times), await swarmRow(times)];
}

async function slipwayRows(times: number): Promise<DowntimeRow[]> {
  const bench = await SlipwayBench.create("load", 1);
  const url = `http://127.0.0.1:${bench.port}/`;
  const rows: DowntimeRow[] = [];
  const row = async (what: string, count: number, step: (index: number) => Promise<unknown>) => {
    const figures = await underLoad(url, async () => {
      for (let index = 1; index <= count; index++) {
        say(`under load: ${what} ${index} of ${count}`);
        await step(index);
      }
    });
    rows.push({ what, times: count, figures });
  };
  say("under load: first deploy");
  await bench.deploy("0");
  await row("Slipway, steady up", Math.ceil(times / 2), () => bench.steady());
  await row("Slipway, deploy", times, (index) => bench.deploy(String(index)));
  await row("Slipway, warm rollback", times, () => bench.rollback());
  await bench.dispose();
  return rows;
}
