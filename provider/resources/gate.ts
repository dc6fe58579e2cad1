import type { Slot, SmokeCheck } from "../../spec/types";
import type { Place } from "../platform";
import { mask } from "../values";
import { type Expectation, report, waitUntilHealthy } from "./health";
import { type Context, type Kind, now } from "./kind";

export interface GateInputs extends Place {
  slot: Slot;
  release: string;
  units: Expectation[];
  /** Doubles of the workers, which start after the flip: can their processes be started at all? */
  trials: { id: string; service: string }[];
  /** Smoke tests by service; asked of one unit each. */
  smoke: { id: string; service: string; check: SmokeCheck }[];
  /** Pushed images, by service: name@digest. Absent in the state of older versions. */
  digests?: Record<string, string>;
  /** Seconds. */
  timeout: number;
  secrets: string[];
}

/**
 * What a candidate must pass before it gets traffic: its workers can be started, platform health,
 * then smoke tests. It differs
 * whenever its slot is not the one that serves, and never when it is.
 */
export const gate: Kind<GateInputs> = {
  // Its events are of the candidate, of which no diff asks.
  isApart: true,
  async diff(_olds, news, { platform }) {
    const serving = await platform.serving();
    return { changes: serving.slot !== news.slot || serving.release !== news.release };
  },
  async create(inputs, context) {
    await pass(inputs, context);
    return "gate";
  },
  async update(_olds, news, context) {
    await pass(news, context);
  },
};

async function pass(inputs: GateInputs, context: Context): Promise<void> {
  try {
    // First: it takes a moment only, and the wait may take minutes.
    const trials = await Promise.all(inputs.trials.map((one) => tryWorker(one, context)));
    const obstacles = trials.filter((obstacle) => obstacle !== undefined);
    if (obstacles.length > 0) throw new Error(obstacles.join("\n"));
    await waitUntilHealthy(inputs.units, inputs.timeout, inputs.secrets, context);
    const failures: string[] = [];
    for (const { id, service, check } of inputs.smoke) {
      const failure = await smoke(id, check, context);
      if (failure) failures.push(await report({ id, service }, failure, context));
    }
    if (failures.length > 0) throw new Error(failures.join("\n"));
  } catch (error) {
    const serving = await context.platform.serving().catch(() => undefined);
    const kept = serving?.slot ? `; ${serving.slot} serves on as before` : "";
    const text = `release ${inputs.release} did not pass its gate in the ${inputs.slot} slot. The traffic was not moved${kept}.\n${(error as Error).message}`;
    throw new Error(mask(text, inputs.secrets));
  }
  await context.life.assertAlive();
  // First: a release that has passed is one that can be gone back to, by exactly these images.
  if (Object.keys(inputs.digests ?? {}).length > 0) {
    await context.platform.addEvent(inputs.release, {
      kind: "digest",
      at: now(),
      detail: inputs.digests!,
    });
  }
  await context.platform.addEvent(inputs.release, {
    kind: "gate-passed",
    at: now(),
    detail: { slot: inputs.slot },
  });
}

async function tryWorker(
  { id, service }: GateInputs["trials"][number],
  { platform }: Context,
): Promise<string | undefined> {
  return platform.trial(id).then(
    () => undefined,
    (error: Error) => `worker "${service}" cannot be started: ${error.message}`,
  );
}

/** The fault that a smoke test finds, if any. */
async function smoke(id: string, check: SmokeCheck, { platform }: Context) {
  const name = `smoke test GET :${check.port}${check.path}`;
  try {
    const answer = await platform.request(id, check.port, check.path, 10);
    if (answer.status !== check.status) {
      return `${name} answered ${answer.status}, wanted ${check.status}: ${JSON.stringify(answer.body.slice(0, 200))}`;
    }
    if (check.contains !== undefined && !answer.body.includes(check.contains)) {
      return `${name} answered without ${JSON.stringify(check.contains)}: ${JSON.stringify(answer.body.slice(0, 200))}`;
    }
    if (check.maxLatency !== undefined && answer.took > check.maxLatency) {
      return `${name} took ${answer.took} ms, more than ${check.maxLatency} ms`;
    }
    return undefined;
  } catch (error) {
    return `${name} failed: ${(error as Error).message}`;
  }
}
