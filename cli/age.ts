const STEPS: [unit: string, seconds: number][] = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
];

/** `3 d`, `5 min`. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  const step = STEPS.find(([, size]) => seconds >= size);
  return step ? `${Math.floor(seconds / step[1])} ${step[0]}` : `${Math.floor(seconds)} s`;
}
