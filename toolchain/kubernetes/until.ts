const POLL_MS = 100;

/** Waits until it is so; what throws is not so yet. */
export async function until(
  what: string,
  seconds: number,
  done: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await done().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
