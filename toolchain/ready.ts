import { ensureEngine } from "./engine";
import { ensureBaseImages } from "./images";
import { ensureParts } from "./parts";
import { step } from "./progress";

/** Installing Debian's docker.io and starting it. */
const engineSeconds = 60;
/** A Debian base from debootstrap, and what is built on it. */
const imageSeconds = 180;

export interface Ready {
  /** For people: what engine it is and where. */
  engine: string;
  /** Public image reference -> local one; empty where public images can be pulled. */
  mirrors: Record<string, string>;
}

/** Parts, engine and base images, side by side as far as they do not wait for each other. */
export async function readyEverything(): Promise<Ready> {
  const [, onEngine] = await settle([ensureParts(), engineAndImages()] as const);
  return onEngine;
}

async function engineAndImages(): Promise<Ready> {
  const info = await step("Docker engine", engineSeconds, ensureEngine);
  const mirrors = await step("base images", imageSeconds, ensureBaseImages);
  return { engine: `Docker ${info.version}`, mirrors };
}

/** Waits for all even when one fails: a build that goes on after the error message would confuse. */
async function settle<A, B>([a, b]: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}
