import type { HealthCheck } from "../../spec/types";
import type { Unit } from "../platform";
import { mask } from "../values";
import { type Context, sleep } from "./kind";

/** A unit, and what it must show before it counts as healthy. */
export interface Expectation {
  id: string;
  service: string;
  health?: HealthCheck;
}

/** Milliseconds between two looks. */
const POLL_INTERVAL = 250;
/** Milliseconds that a unit without a health check must run without a restart. */
const SETTLE_TIME = 2000;
const LOG_LINES = 15;
/** Seconds that images may take to come; what a candidate may take begins after that. */
const PULL_TIMEOUT = 600;

/** When a unit was first looked at, and how often it had been restarted by then. */
type Seen = Map<string, { at: number; restarts: number }>;

type Verdict =
  { kind: "healthy" | "waiting" | "pulling"; word: string } | { kind: "failed"; word: string };

/**
 * Waits until each unit is healthy. Throws with the service, the check, its last answer and the last
 * log lines as soon as one has failed for good, or when `timeout` seconds are over.
 */
export async function waitUntilHealthy(
  expected: Expectation[],
  timeout: number,
  secrets: string[],
  context: Context,
): Promise<void> {
  const first = Date.now();
  let begin = first;
  const seen: Seen = new Map();
  let said = "";
  for (;;) {
    const verdicts = await Promise.all(
      expected.map(async (expectation) => ({
        expectation,
        verdict: await judge(expectation, seen, context),
      })),
    );
    const failed = verdicts.filter(({ verdict }) => verdict.kind === "failed");
    const pulling = verdicts.filter(({ verdict }) => verdict.kind === "pulling");
    const waiting = verdicts.filter(({ verdict }) => ["waiting", "pulling"].includes(verdict.kind));
    if (pulling.length > 0 && Date.now() - first <= PULL_TIMEOUT * 1000) begin = Date.now();
    if (failed.length === 0 && waiting.length === 0) return;
    const late = Date.now() - begin > timeout * 1000;
    if (failed.length > 0 || late) {
      const culprits = failed.length > 0 ? failed : waiting;
      const reports = await Promise.all(
        culprits.map(({ expectation, verdict }) =>
          report(
            expectation,
            late && failed.length === 0
              ? `${verdict.word}, after ${begin === first ? timeout : Math.round((Date.now() - first) / 1000)} s`
              : verdict.word,
            context,
          ),
        ),
      );
      throw new Error(mask(reports.join("\n"), secrets));
    }
    const line = `waiting for ${waiting.map((w) => `${w.expectation.service} (${w.verdict.word})`).join(", ")}`;
    if (line !== said) context.say(mask(line, secrets));
    said = line;
    await sleep(POLL_INTERVAL);
  }
}

async function judge(expectation: Expectation, seen: Seen, context: Context): Promise<Verdict> {
  const unit = await context.platform.unit(expectation.id);
  const first = seen.get(unit.id) ?? { at: Date.now(), restarts: unit.restarts };
  seen.set(unit.id, first);
  const stopped = verdictOfState(unit, first.restarts);
  if (stopped) return stopped;
  if (unit.health === "unhealthy") {
    return { kind: "failed", word: `unhealthy by its own check${quoted(unit.lastCheck)}` };
  }
  if (unit.pulling) return { kind: "pulling", word: "its image is being pulled" };
  if (unit.health === "starting") {
    return { kind: "waiting", word: `still starting${quoted(unit.lastCheck)}` };
  }
  const { health } = expectation;
  // A check inside the container has been asked already; HTTP is asked from here when there is none.
  if (unit.health === "none" && health?.http) return judgeHttp(expectation, health, context);
  if (unit.health === "healthy") return { kind: "healthy", word: "healthy" };
  return Date.now() - first.at >= SETTLE_TIME
    ? { kind: "healthy", word: "running" }
    : { kind: "waiting", word: "started" };
}

function verdictOfState(unit: Unit, restartsBefore: number): Verdict | undefined {
  if (unit.state === "missing") return { kind: "failed", word: "its container is gone" };
  // Restarts of another day do not count: only what happens while we look is a crash loop.
  if (unit.state === "restarting" || unit.restarts > restartsBefore) {
    const ended = unit.exitCode === undefined ? "it" : `ended with ${unit.exitCode} and`;
    return { kind: "failed", word: `it crashes: ${ended} was restarted ${unit.restarts} times` };
  }
  if (unit.fault !== undefined) return { kind: "failed", word: unit.fault };
  if (unit.state === "exited")
    return { kind: "failed", word: `it ended with ${unit.exitCode ?? "?"}` };
  if (unit.state === "created") return { kind: "failed", word: "its container was never started" };
  return undefined;
}

async function judgeHttp(
  expectation: Expectation,
  health: HealthCheck,
  context: Context,
): Promise<Verdict> {
  const { path, port } = health.http!;
  try {
    const answer = await context.platform.request(expectation.id, port, path, health.timeout);
    if (answer.status === 200) return { kind: "healthy", word: "healthy" };
    return {
      kind: "waiting",
      word: `GET :${port}${path} answered ${answer.status}${quoted(answer.body)}`,
    };
  } catch (error) {
    return { kind: "waiting", word: `GET :${port}${path} failed: ${(error as Error).message}` };
  }
}

/** What people need to see of a unit that failed. */
export async function report(
  { id, service }: { id: string; service: string },
  what: string,
  context: Context,
): Promise<string> {
  const logs = await context.platform.logs(id, LOG_LINES);
  const lines = logs === "" ? "  (it wrote nothing)" : logs.replace(/^/gm, "  | ");
  return `service "${service}": ${what}\n  its last log lines:\n${lines}`;
}

const quoted = (text?: string) => (text ? `: ${JSON.stringify(text.slice(0, 200))}` : "");
