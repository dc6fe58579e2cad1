import pc from "./colours";

/** Says what a step is doing right now. */
export type Report = (what: string) => void;

interface Step {
  title: string;
  what: string;
  estimateSeconds: number;
  started: number;
  announced: boolean;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const redrawMs = 100;
/** Steps shorter than this leave no line behind. */
const silentMs = 1000;

const running = new Set<Step>();
let timer: NodeJS.Timeout | undefined;
let frame = 0;

/** A moving line only makes sense where a person looks on. */
export function isInteractive(): boolean {
  return Boolean(process.stderr.isTTY) && !isSet(process.env.CI) && process.env.TERM !== "dumb";
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}

/**
 * Runs `work` and shows its progress: one moving line on a terminal (which all running steps share),
 * plain lines elsewhere. The line goes to stderr, so that stdout stays clean for pipes.
 *
 * @param estimateSeconds how long it takes when nothing is there yet; 0 for "no idea"
 */
export async function step<T>(
  title: string,
  estimateSeconds: number,
  work: (report: Report) => Promise<T>,
): Promise<T> {
  const own: Step = { title, what: "", estimateSeconds, started: Date.now(), announced: false };
  running.add(own);
  startTimer();
  const report: Report = (what) => {
    if (what === own.what) return;
    own.what = what;
    if (!isInteractive()) announce(own);
  };
  try {
    const result = await work(report);
    finish(own, pc.green("✓"), "done in");
    return result;
  } catch (error) {
    finish(own, pc.red("✗"), "failed after");
    throw error;
  }
}

/** A line of its own, above the moving one. */
export function line(text: string): void {
  clear();
  process.stderr.write(`${text}\n`);
  draw();
}

/** 75 -> "1 min 15 s"; 200 with `rough` -> "about 3 min". */
export function duration(seconds: number, rough = false): string {
  const whole = Math.max(0, Math.round(seconds));
  if (rough) return whole < 90 ? `about ${whole} s` : `about ${Math.round(whole / 60)} min`;
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function announce(own: Step): void {
  const estimate = own.estimateSeconds > 0 ? ` (${duration(own.estimateSeconds, true)})` : "";
  const what = own.what ? `: ${own.what}` : "";
  process.stderr.write(`- ${own.title}${what}${own.announced ? "" : estimate}\n`);
  own.announced = true;
}

function finish(own: Step, mark: string, verb: string): void {
  clear();
  running.delete(own);
  const elapsed = Date.now() - own.started;
  const failed = verb !== "done in";
  if (own.announced || failed || elapsed >= silentMs) {
    process.stderr.write(`${mark} ${own.title} ${pc.dim(`${verb} ${duration(elapsed / 1000)}`)}\n`);
  }
  if (running.size === 0 && timer) {
    clearInterval(timer);
    timer = undefined;
  }
  draw();
}

function startTimer(): void {
  if (timer || !isInteractive()) return;
  timer = setInterval(() => {
    frame = (frame + 1) % frames.length;
    clear();
    draw();
  }, redrawMs);
  timer.unref();
}

function clear(): void {
  if (isInteractive() && timer) process.stderr.write("\r\x1b[K");
}

function draw(): void {
  if (!isInteractive() || !timer || running.size === 0) return;
  const text = [...running].map(describe).join("  |  ");
  const room = (process.stderr.columns || 80) - 3;
  const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  process.stderr.write(`\r${pc.cyan(frames[frame]!)} ${cut}`);
}

function describe(own: Step): string {
  const elapsed = (Date.now() - own.started) / 1000;
  const estimate = own.estimateSeconds > 0 ? ` of ${duration(own.estimateSeconds, true)}` : "";
  const what = own.what ? `: ${own.what}` : "";
  return `${own.title}${what}, ${duration(elapsed)}${estimate}`;
}
