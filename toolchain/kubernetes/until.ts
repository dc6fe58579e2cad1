import { ToolchainError } from "../fault";
import { inCluster } from "./settings";

const POLL_MS = 100;

/** Waits until it is so; what throws is not so yet. */
export async function until(
  what: string,
  seconds: number,
  done: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await done().catch(() => false))) {
    if (Date.now() > deadline) {
      throw new ToolchainError(
        `not within ${seconds} s: ${what}`,
        `The logs: ${inCluster("logs")}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
