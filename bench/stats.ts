/** One request of the load: when it was due and when it ended, in milliseconds since the start of the load. */
export interface Sample {
  due: number;
  end: number;
  failure?: string;
}

export interface LoadFigures {
  requests: number;
  failed: number;
  /** What went wrong -> how often. */
  failures: Record<string, number>;
  /** Milliseconds of successful requests, from the moment that each was due. */
  p50: number;
  p99: number;
  slowest: number;
  /** Longest time in which no request succeeded. */
  gap: number;
  /** What the unluckiest client waited: the slowest request or the longest gap. */
  stall: number;
}

/** Nearest rank, of values in ascending order; NaN of none. */
export function percentile(sorted: readonly number[], percent: number): number {
  if (sorted.length === 0) return NaN;
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1]!;
}

export const median = (values: readonly number[]): number =>
  percentile(
    [...values].sort((a, b) => a - b),
    50,
  );

/** The generator's lines: due and end in microseconds, and what went wrong. */
export function parseSamples(text: string): Sample[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [due, end, ...failure] = line.split(" ");
      const why = failure.join(" ");
      return { due: Number(due) / 1000, end: Number(end) / 1000, ...(why ? { failure: why } : {}) };
    });
}

/** Longest time between two ends of successful requests; the edges of the load count as ends. */
export function longestGap(samples: readonly Sample[]): number {
  const from = Math.min(...extent(samples.map((sample) => sample.due)));
  const to = Math.max(...extent(samples.map((sample) => sample.end)));
  const ends = samples
    .filter((sample) => sample.failure === undefined)
    .map((sample) => sample.end)
    .sort((a, b) => a - b);
  let last = from;
  let gap = 0;
  for (const end of [...ends, to]) {
    gap = Math.max(gap, end - last);
    last = end;
  }
  return gap;
}

/** Least and greatest; Math.min(...values) of a hundred thousand values is too much for the stack. */
function extent(values: readonly number[]): number[] {
  if (values.length === 0) return [0];
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
}

export function figuresOf(samples: readonly Sample[]): LoadFigures {
  const failures: Record<string, number> = {};
  const latencies: number[] = [];
  for (const { due, end, failure } of samples) {
    if (failure === undefined) latencies.push(end - due);
    else failures[failure] = (failures[failure] ?? 0) + 1;
  }
  latencies.sort((a, b) => a - b);
  const slowest = latencies[latencies.length - 1] ?? NaN;
  const gap = longestGap(samples);
  return {
    requests: samples.length,
    failed: samples.length - latencies.length,
    failures,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    slowest,
    gap,
    stall: Number.isNaN(slowest) ? gap : Math.max(slowest, gap),
  };
}
