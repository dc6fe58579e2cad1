import fs from "node:fs";
import type { ExecaChildProcess } from "execa";
import { sleep } from "./progress";

export interface Measured {
  seconds: number;
  /** Bytes: greatest sum of the resident sets of the command and all its children. */
  memory: number;
  /** Seconds that our own Gate and Traffic were at work. */
  gate: number;
  traffic: number;
}

/** How often the memory is looked at, in milliseconds. */
const LOOK = 150;

/** Times a CLI until it ends. Throws with its output when it fails. */
export async function measure(child: ExecaChildProcess): Promise<Measured> {
  const begin = performance.now();
  const clock = stepClock();
  let rest = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach((line) => clock.see(line, performance.now()));
  });
  let running = true;
  let memory = 0;
  const watch = (async () => {
    while (running) {
      memory = Math.max(memory, residentOf(child.pid!));
      await sleep(LOOK);
    }
  })();
  try {
    const result = await child;
    const seconds = (performance.now() - begin) / 1000;
    if (result.exitCode !== 0)
      throw new Error(`it failed: ${result.command}\n${result.all ?? result.stderr}`);
    return { seconds, memory, gate: clock.seconds("Gate"), traffic: clock.seconds("Traffic") };
  } finally {
    running = false;
    await watch;
  }
}

/** From what the CLI prints as a resource begins and ends; what it prints as a duration is rounded. */
export function stepClock() {
  const begins = new Map<string, number>();
  const took = new Map<string, number>();
  return {
    see(line: string, at: number): void {
      const match = /slipway-platform:index:(\w+) \S+ (creat|updat)(ing|ed)\b/.exec(line);
      if (!match) return;
      const [, kind, , end] = match;
      const begin = begins.get(kind!);
      if (end === "ing" && begin === undefined) begins.set(kind!, at);
      else if (end === "ed" && begin !== undefined) took.set(kind!, (at - begin) / 1000);
    },
    seconds: (kind: string) => took.get(kind) ?? 0,
  };
}

const PAGE = 4096;

function residentOf(root: number): number {
  const processes = new Map<number, { parent: number; resident: number }>();
  for (const name of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
      // The name, in brackets, may hold anything.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const [parent, resident] = [Number(fields[1]), Number(fields[21]) * PAGE];
      processes.set(Number(name), { parent, resident });
    } catch {
      // It has ended meanwhile.
    }
  }
  return sumOfTree(processes, root);
}

export function sumOfTree(
  processes: ReadonlyMap<number, { parent: number; resident: number }>,
  root: number,
): number {
  const children = [...processes].filter(([, { parent }]) => parent === root).map(([id]) => id);
  const below = children.reduce((sum, id) => sum + sumOfTree(processes, id), 0);
  return (processes.get(root)?.resident ?? 0) + below;
}
