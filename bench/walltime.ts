import { performance } from "node:perf_hooks";
import { Transport } from "../provider/docker/transport";
import { ensureProbeImage } from "../test/helpers/probeImage";
import { engineHost } from "../toolchain/engine";
import { quiet } from "./machine";
import type { Measured } from "./measure";
import { say, sleep } from "./progress";
import { BareBench, healthInterval, SlipwayBench, type Bench } from "./stacks";
import { median } from "./stats";

export interface Run extends Measured {
  samples: number;
}

export interface SizeFigures {
  services: number;
  healthInterval: number;
  /** Seconds from a container's start until its own check calls it healthy. */
  appStart: number;
  slipway: Common & { rollback: Run };
  /** A program with as many containers as Slipway has in its two slots. */
  bare: Common;
  /** With those of one slot only: no way back but another deploy. */
  single: Common;
}

interface Common {
  deploy: Run;
  steady: Run;
  preview: Run;
}

/** Wall time and memory of one number of services; ours first, then the bare programs, each on the empty machine. */
export async function wallTime(services: number, repeats: number): Promise<SizeFigures> {
  // A deploy of forty takes minutes on two cores.
  const deploys = services >= 40 ? 1 : repeats;
  const appStart = await ownStart(services);
  const ours = await SlipwayBench.create(`wall-${services}`, services);
  const slipway = {
    ...(await common("Slipway", ours, services, deploys, repeats)),
    rollback: await several(`Slipway, ${services}: rollback`, repeats, () => ours.rollback()),
  };
  await ours.dispose();
  const beside = async (who: string, idle: boolean) => {
    const theirs = await BareBench.create(`wall-${services}`, services, idle);
    const figures = await common(who, theirs, services, deploys, repeats);
    await theirs.dispose();
    return figures;
  };
  const bare = await beside("bare program", true);
  const single = await beside("bare program, one slot", false);
  return { services, healthInterval: healthInterval(services), appStart, slipway, bare, single };
}

async function common(
  who: string,
  bench: Bench,
  size: number,
  deploys: number,
  repeats: number,
): Promise<Common> {
  const name = (what: string) => `${who}, ${size}: ${what}`;
  say(name("first deploy"));
  await bench.deploy("0");
  const deploy = await several(name("deploy"), deploys, (index) => bench.deploy(String(index)));
  const steady = await several(name("steady up"), repeats, () => bench.steady());
  const preview = await several(name("preview"), repeats, () => bench.preview());
  return { deploy, steady, preview };
}

/** Medians; of memory too. */
async function several(
  what: string,
  count: number,
  one: (index: number) => Promise<Measured>,
): Promise<Run> {
  const runs: Measured[] = [];
  await quiet();
  for (let index = 1; index <= count; index++) {
    say(`${what}, ${index} of ${count}`);
    runs.push(await one(index));
  }
  const of = (key: keyof Measured) => median(runs.map((run) => run[key]));
  return {
    samples: count,
    seconds: of("seconds"),
    memory: of("memory"),
    gate: of("gate"),
    traffic: of("traffic"),
  };
}

/** The app by itself, with the same check: what no way of deploying it can do without. */
async function ownStart(services: number): Promise<number> {
  const { docker } = new Transport(engineHost());
  const second = 1e9;
  const container = await docker.createContainer({
    Image: await ensureProbeImage(),
    name: `bench-start-${process.pid}`,
    Healthcheck: {
      Test: ["CMD", "/probe", "check", "http://127.0.0.1:8080/health"],
      Interval: healthInterval(services) * second,
      Timeout: 2 * second,
      Retries: 2,
    },
  });
  try {
    const begin = performance.now();
    await container.start();
    for (;;) {
      const { State } = await container.inspect();
      const took = (performance.now() - begin) / 1000;
      if (State.Health?.Status === "healthy") return took;
      if (took > 60) throw new Error("the probe does not become healthy");
      await sleep(50);
    }
  } finally {
    await container.remove({ force: true });
  }
}

/** What a deploy takes beyond the app's own start, which only the gate waits for. */
export const beyondStart = (run: Measured, appStart: number) =>
  run.seconds - Math.min(appStart, run.gate);

/** What a rollback takes beside gate and drain. */
export const besideGate = (run: Measured) => run.seconds - run.gate - run.traffic;
