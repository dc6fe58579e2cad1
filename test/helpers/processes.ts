import { readdirSync, readFileSync } from "fs";
import type { TestStack } from "./stack";
import { until } from "./until";

export type Update = ReturnType<typeof startUp>;

/** An `up` that can be killed; in a process group of its own, so that it can be interrupted as a terminal does. */
export function startUp(stack: TestStack) {
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color=never"];
  return stack.pulumi(args, false, true);
}

/** Starts an update and kills its CLI, alone, once the sign is seen: the rest has to see that it is over. */
export async function killUp(stack: TestStack, sign: () => Promise<boolean>): Promise<void> {
  const update = startUp(stack);
  await Promise.race([until(sign, 120), early(update)]);
  update.kill("SIGKILL");
  await until(async () => processesOf(stack).length === 0, 30);
}

/** Ctrl-C once the sign is seen, as a terminal does it: to every process of the group. */
export async function interruptUp(stack: TestStack, sign: () => Promise<boolean>) {
  const update = startUp(stack);
  await Promise.race([until(sign, 120), early(update)]);
  process.kill(-update.pid!, "SIGINT");
  const { exitCode, all } = await update;
  return { exitCode, output: all ?? "", left: processesOf(stack) };
}

async function early(update: Update): Promise<never> {
  const { all } = await update;
  throw new Error(`the update ended before the sign:\n${all}`);
}

/** All that works for this stack, the CLI and its plugins: they have its backend in their environment. */
export function processesOf(stack: TestStack): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && environmentOf(pid).includes(stack.folder));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
