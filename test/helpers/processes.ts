import { readdirSync, readFileSync } from "fs";
import type { TestStack } from "./stack";

/** An `up` that can be killed; in a process group of its own, so that it can be interrupted as a terminal does. */
export function startUp(stack: TestStack) {
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--color=never"];
  return stack.pulumi(args, false, true);
}

/** All that works for this stack, the CLI and its plugins: they have its backend in their environment. */
export function processesOf(stack: TestStack): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && environmentOf(pid).includes(stack.folder));
}

/** `kill -9` of the CLI alone: the rest of the run has to see for itself that it is over. */
export async function killUp(stack: TestStack, update: ReturnType<typeof startUp>): Promise<void> {
  update.kill("SIGKILL");
  await update;
  await until(async () => processesOf(stack).length === 0, 30);
}

export async function until(done: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await done())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
