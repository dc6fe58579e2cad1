/** Looks again and again, `pause` milliseconds between two looks, until the signal. Returns the last look, if there was one. */
export async function watch<T>(
  look: () => Promise<T>,
  pause: number,
  ended: AbortSignal,
  show: (look: T) => void,
): Promise<T | undefined> {
  const end = new Promise<undefined>((resolve) =>
    ended.addEventListener("abort", () => resolve(undefined), { once: true }),
  );
  let last: T | undefined;
  while (!ended.aborted) {
    const found = await Promise.race([look(), end]);
    if (found === undefined) break;
    last = found;
    show(found);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, pause))), end]);
    clearTimeout(timer);
  }
  return last;
}
