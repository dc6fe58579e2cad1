import type { Session } from "../provider/places";
import type { Surroundings } from "./run";

/** Hands the user's own streams over: as a terminal where they are one at both ends. */
export async function inSession<T>(
  around: Surroundings,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { input, output, errors } = around.streams;
  if (!isTerminal(around)) return work({ input, output, errors });
  // Each key goes to the process there, Ctrl-C too.
  input.setRawMode?.(true);
  try {
    return await work({ input, output, errors, sizes });
  } finally {
    input.setRawMode?.(false);
  }

  function sizes(listener: (size: { rows: number; columns: number }) => void) {
    const tell = () => listener({ rows: output.rows ?? 24, columns: output.columns ?? 80 });
    tell();
    output.on("resize", tell);
    return () => void output.off("resize", tell);
  }
}

export const isTerminal = ({ streams: { input, output } }: Surroundings): boolean =>
  Boolean(input.isTTY && output.isTTY);
