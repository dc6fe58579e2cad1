import type { Place } from "../platform";
import { unknown } from "../values";
import type { Kind } from "./kind";
import { type Expectation, waitUntilHealthy } from "./health";

export interface ReadyInputs extends Place {
  /** Logical name of the resource that is waited for; remembered as settled. */
  resource: string;
  unit: Expectation;
  /** Said in front of the error: what has happened already. */
  preface?: string;
  /** Seconds. */
  timeout: number;
  /** Secret values, masked in what errors quote. */
  secrets: string[];
}

/**
 * Waits until one unit is healthy (accessories, the edge, services that others wait for), then
 * remembers on the platform that it is whole: an orphan of a killed run never has that mark.
 */
export const ready: Kind<ReadyInputs> = {
  async diff(olds, news) {
    if ((news.unit.id as unknown) === unknown) return { changes: true };
    return { changes: olds.unit.id !== news.unit.id };
  },
  async create(inputs, context) {
    await wait(inputs, context);
    return inputs.resource;
  },
  async update(_olds, news, context) {
    await wait(news, context);
  },
};

async function wait(inputs: ReadyInputs, context: Parameters<typeof ready.create>[1]) {
  try {
    await waitUntilHealthy([inputs.unit], inputs.timeout, inputs.secrets, context);
  } catch (error) {
    throw new Error([inputs.preface, (error as Error).message].filter(Boolean).join(": "));
  }
  await context.life.assertAlive();
  await context.platform.settle(inputs.resource, inputs.unit.id);
}
