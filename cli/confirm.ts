import type { Finding } from "./report";
import type { Surroundings } from "./run";

/** Stacks whose name begins so are asked about before something is done that users notice. */
const PRODUCTION = /^(.*\/)?prod/i;

export const isProduction = (stack: string) => PRODUCTION.test(stack);

export const isYes = (answer: string) => /^y(es)?$/i.test(answer);

/** Nothing when it may be done; else why not. `told`: what is about to happen, shown before the question. */
export async function unconfirmed(
  question: string,
  told: readonly string[],
  yes: boolean,
  { ask, say }: Pick<Surroundings, "ask" | "say">,
): Promise<Finding | undefined> {
  for (const line of told) say(line);
  if (yes) return undefined;
  if (ask === undefined) {
    return { path: "--yes", what: `${question} Nobody can be asked here`, cure: "Say --yes" };
  }
  const answer = await ask(`${question} [y/N] `);
  return isYes(answer)
    ? undefined
    : { path: "answer", what: "it was not confirmed", given: answer };
}
