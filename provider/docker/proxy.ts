import { PROXY_STATE_PATH } from "../../spec/names";
import type { Serving, TrafficTable } from "../platform";
import { type Transport, withTimeout } from "./transport";

/** Seconds beyond its own time limits that the proxy may take to answer. */
const ANSWER_MARGIN = 15;
const STATE_FILE = "kamal-proxy.state";

/** What matters to us of kamal-proxy's state file (internal/server/service.go, v0.9.2). */
interface ProxyEntry {
  name: string;
  active_targets: string[] | null;
}

/**
 * The targets that the proxy's table names for the application. Read from the state file: `list`
 * says "running" for a dead target, and needs a running proxy.
 */
export async function readTargets(
  transport: Transport,
  edge: string,
  application: string,
): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const files = await transport.readArchive(edge, `${PROXY_STATE_PATH}/${STATE_FILE}`);
    const text = files.get(STATE_FILE);
    if (text === undefined) return [];
    try {
      const entries = JSON.parse(text) as ProxyEntry[];
      return entries.find((entry) => entry.name === application)?.active_targets ?? [];
    } catch {
      // The proxy writes this file in place: a read in the middle of it is tried again.
      if (attempt === 5) return listedTargets(transport, edge, application);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/**
 * What a running proxy has in its memory, when its file was not written to its end (a full disk, a
 * power cut). One that does not run has lost its table with the file.
 */
async function listedTargets(
  transport: Transport,
  edge: string,
  application: string,
): Promise<string[]> {
  const { State } = await transport.docker.getContainer(edge).inspect();
  if (!State.Running) return [];
  const { exitCode, output } = await transport.exec(edge, ["kamal-proxy", "list"]);
  if (exitCode !== 0) throw new Error(`kamal-proxy's table cannot be read: ${output}`);
  // Service, Host, Path, Target, State, TLS; coloured, and with gaps of spaces.
  const rows = output.split("\n").map((line) => line.replace(/\x1b\[[\d;]*m/g, "").split(/\s{2,}/));
  const row = rows.find(([name]) => name?.trim() === application);
  return row?.[3]?.trim().split(",") ?? [];
}

/** One call: health-checks the new targets, flips, and drains the old ones. */
export async function deploy(
  transport: Transport,
  edge: string,
  application: string,
  table: TrafficTable,
): Promise<void> {
  const limit = table.deployTimeout + table.drainTimeout + ANSWER_MARGIN;
  const call = transport.exec(edge, [
    "kamal-proxy",
    "deploy",
    application,
    ...table.targets.flatMap((target) => ["--target", target]),
    "--health-check-path",
    table.healthPath,
    "--health-check-interval",
    "250ms",
    "--deploy-timeout",
    `${table.deployTimeout}s`,
    "--drain-timeout",
    `${table.drainTimeout}s`,
    "--strip-path-prefix=false",
    "--forward-headers",
  ]);
  const { exitCode, output } = await withTimeout("kamal-proxy deploy", call, limit);
  if (exitCode !== 0) throw new Error(output || `kamal-proxy deploy ended with ${exitCode}`);
}

export async function remove(
  transport: Transport,
  edge: string,
  application: string,
): Promise<void> {
  const { exitCode, output } = await transport.exec(edge, ["kamal-proxy", "remove", application]);
  if (exitCode !== 0 && !/not found/i.test(output)) throw new Error(output);
}

/** Which slot the targets belong to. Targets name containers, and containers say their slot. */
export function servingOf(
  targets: string[],
  fronts: { name: string; slot?: Serving["slot"]; release?: string }[],
): Serving {
  const names = new Set(targets.map((target) => target.replace(/:\d+$/, "")));
  const front = fronts.find((candidate) => names.has(candidate.name));
  if (!front) return { targets };
  return { slot: front.slot, release: front.release, targets };
}
