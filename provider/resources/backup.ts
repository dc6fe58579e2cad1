import { bytesText } from "../../spec/units";
import type { Place } from "../platform";
import { mask } from "../values";
import { type Context, type Kind } from "./kind";

export interface BackupInputs extends Place {
  /** Differs for each deploy; absent in a run that is none. */
  deploy?: string;
  /** Accessories with their units; without one it does not run. */
  databases: { accessory: string; unit?: string }[];
  keep: number;
  secrets: string[];
}

/** Before a deploy changes anything. What it does once is never done again by a refresh, or by a run that deploys nothing. */
export const backup: Kind<BackupInputs> = {
  isApart: true,
  async diff(olds, news) {
    return { changes: news.deploy !== undefined && news.deploy !== olds.deploy };
  },
  async create(inputs, context) {
    await backUp(inputs, context);
    return "backup";
  },
  async update(_olds, news, context) {
    await backUp(news, context);
  },
};

async function backUp(
  { deploy, databases, keep, secrets }: BackupInputs,
  { platform, life, tell, warn }: Context,
): Promise<void> {
  if (deploy === undefined) return;
  for (const { accessory, unit } of databases) {
    if (unit === undefined) {
      warn(`"${accessory}" does not run: this deploy begins without a backup of it`);
      continue;
    }
    await life.assertAlive();
    const { made } = await platform.backUp(accessory, unit, keep).catch((error: Error) => {
      const text = `nothing was changed: the backup of "${accessory}" before this deploy failed.\n${error.message}`;
      throw new Error(mask(text, secrets));
    });
    tell(`backup ${made.name}, ${bytesText(made.bytes)}`);
  }
}
