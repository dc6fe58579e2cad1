const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs work that the first Ctrl-C ends in good order; the second one ends the process. */
export async function interruptible<T>(work: (interrupted: AbortController) => Promise<T>) {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  SIGNALS.forEach((signal) => process.once(signal, stop));
  try {
    return await work(interrupted);
  } finally {
    SIGNALS.forEach((signal) => process.off(signal, stop));
  }
}
