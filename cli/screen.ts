/** Where a command prints that goes on until it is told to end. */
export interface Screen {
  isTerminal: boolean;
  write(text: string): void;
  /** Aborted by Ctrl-C, and when nobody reads any more. Whoever asks for it has to end by it: the first signal ends nothing else. */
  ended(): AbortSignal;
}

export const SCREEN: Screen = {
  isTerminal: Boolean(process.stdout.isTTY),
  write: (text) => void process.stdout.write(text),
  ended: () => {
    const ending = new AbortController();
    const end = () => ending.abort();
    process.once("SIGINT", end).once("SIGTERM", end);
    process.stdout.once("error", end);
    return ending.signal;
  },
};
