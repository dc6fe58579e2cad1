import type { ReleaseContent } from "../../spec/types";
import type { Place } from "../platform";
import type { Kind } from "./kind";

export interface ReleaseInputs extends Place {
  release: string;
  content: ReleaseContent;
}

/** A release's immutable content, kept on the platform beside what runs. Put if absent. */
export const release: Kind<ReleaseInputs> = {
  isApart: true,
  async diff(olds, news, { platform }) {
    if (olds.release !== news.release) return { changes: true, replaces: ["release"] };
    // The id is the content's hash; what may differ under one id is where a machine keeps its sources.
    return { changes: !(await platform.hasRecord(news.release)) };
  },
  async create(inputs, { platform, life }) {
    await life.assertAlive();
    await platform.putRecord(inputs.release, inputs.content);
    return inputs.release;
  },
  async update(_olds, news, { platform, life }) {
    await life.assertAlive();
    await platform.putRecord(news.release, news.content);
  },
  async delete(state, { platform, life }) {
    await life.assertAlive();
    await platform.removeRecord(state.release);
  },
};
