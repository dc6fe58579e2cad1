import { PROXY_STATE_PATH } from "../../spec/names";
import type { Reach } from "../../spec/types";
import type { Serving, TrafficTable } from "../platform";
import { type Transport } from "./transport";
import { withTimeout } from "../timeout";

/** Seconds beyond its own time limits that the proxy may take to answer. */
const ANSWER_MARGIN = 15;
const STATE_FILE = "kamal-proxy.state";

/** Its --tls-staging, as its state file has it. */
const STAGING_DIRECTORY = "https://acme-staging-v02.api.letsencrypt.org/directory";
/** Below the edge's volume; what ACME gives is in certs/, by the proxy itself. */
const OWN_CERTIFICATES = "own-certificates";

/** Name under which an entry is reached by nobody (RFC 6761). */
const NOBODY = "closed.invalid";

/** Its pause_controller's state. Paused: requests wait, and fail after a time. */
const [RUNNING, PAUSED] = [0, 1];
const PAUSED_MESSAGE = "(paused by hand: requests wait)";

/** What matters to us of kamal-proxy's state file (internal/server/service.go, v0.9.2). */
interface ProxyEntry {
  name: string;
  active_targets: string[] | null;
  options?: {
    hosts?: string[];
    tls_enabled?: boolean;
    tls_redirect?: boolean;
    tls_certificate_path?: string;
    acme_directory?: string;
  };
  pause_controller?: { state: number; stop_message: string };
}

/** The application's entry in the proxy's table. */
export type Entry = Pick<Serving, "targets" | "reach" | "maintenance">;

/**
 * The application's entry. Read from the state file: `list` says "running" for a dead target, and needs
 * a running proxy.
 */
export async function readEntry(
  transport: Transport,
  edge: string,
  application: string,
): Promise<Entry> {
  for (let attempt = 1; ; attempt++) {
    const files = await transport.readArchive(edge, `${PROXY_STATE_PATH}/${STATE_FILE}`);
    const text = files.get(STATE_FILE);
    if (text === undefined) return { targets: [] };
    try {
      const entries = JSON.parse(text) as ProxyEntry[];
      const entry = entries.find(({ name }) => name === application);
      if (!entry) return { targets: [] };
      return { targets: entry.active_targets ?? [], reach: reachIn(entry), ...closedIn(entry) };
    } catch {
      // The proxy writes this file in place: a read in the middle of it is tried again.
      if (attempt === 5) return listedEntry(transport, edge, application);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function reachIn({ options = {} }: ProxyEntry): Reach {
  const hosts = (options.hosts ?? []).filter((host) => host !== "");
  if (!options.tls_enabled) return { hosts };
  const own = /([0-9a-f]+)\.crt$/.exec(options.tls_certificate_path ?? "")?.[1];
  return {
    hosts,
    tls: {
      staging: options.acme_directory === STAGING_DIRECTORY,
      redirect: options.tls_redirect ?? false,
      ...(own === undefined ? {} : { certificate: own }),
    },
  };
}

function closedIn({ pause_controller: control }: ProxyEntry): Pick<Serving, "maintenance"> {
  if (!control || control.state === RUNNING) return {};
  return { maintenance: control.state === PAUSED ? PAUSED_MESSAGE : control.stop_message };
}

/**
 * What a running proxy has in its memory, when its file was not written to its end (a full disk, a
 * power cut). One that does not run has lost its table with the file.
 */
async function listedEntry(
  transport: Transport,
  edge: string,
  application: string,
): Promise<Entry> {
  const { State } = await transport.docker.getContainer(edge).inspect();
  if (!State.Running) return { targets: [] };
  const { exitCode, output } = await transport.exec(edge, ["kamal-proxy", "list"]);
  if (exitCode !== 0) throw new Error(`kamal-proxy's table cannot be read: ${output}`);
  // Service, Host, Path, Target, State, TLS; coloured, and with gaps of spaces.
  const rows = output.split("\n").map((line) => line.replace(/\x1b\[[\d;]*m/g, "").split(/\s{2,}/));
  const row = rows.find(([name]) => name?.trim() === application);
  if (!row?.[3]) return { targets: [] };
  const cell = (index: number) => row[index]?.trim() ?? "";
  const hosts = cell(1) === "*" ? [] : cell(1).split(",");
  // The rest of https is not listed: taken for the least, the entry is written anew, and the file with it.
  const tls = cell(5) === "yes" ? { tls: { staging: false, redirect: false } } : {};
  // Nor is its message.
  const closed = cell(4) === "running" ? {} : { maintenance: "" };
  return { targets: cell(3).split(","), reach: { hosts, ...tls }, ...closed };
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
    // The same path in the proxy's request, and none that a client can ask for: of a closed entry that one gets an empty 200.
    `.${table.healthPath}`,
    "--health-check-interval",
    "250ms",
    "--deploy-timeout",
    `${table.deployTimeout}s`,
    "--drain-timeout",
    `${table.drainTimeout}s`,
    "--strip-path-prefix=false",
    // Without TLS here there may be a TLS proxy in front, which says what it was asked.
    `--forward-headers=${table.reach.tls === undefined}`,
    ...reachOptions(table.reach),
  ]);
  const { exitCode, output } = await withTimeout("kamal-proxy deploy", call, limit);
  if (exitCode !== 0) throw new Error(output || `kamal-proxy deploy ended with ${exitCode}`);
}

function reachOptions({ hosts, tls }: Reach): string[] {
  const options = hosts.flatMap((host) => ["--host", host]);
  if (!tls) return options;
  options.push("--tls", `--tls-redirect=${tls.redirect}`);
  if (tls.staging) options.push("--tls-staging");
  if (tls.certificate !== undefined) {
    const file = `${PROXY_STATE_PATH}/${OWN_CERTIFICATES}/${tls.certificate}`;
    options.push("--tls-certificate-path", `${file}.crt`, "--tls-private-key-path", `${file}.key`);
  }
  return options;
}

/**
 * Answers every request with 503 and the table's message, and lets those that are under way end. The proxy keeps that
 * over a deploy and a restart.
 */
export async function close(
  transport: Transport,
  edge: string,
  application: string,
  table: TrafficTable,
): Promise<void> {
  if (await stop(transport, edge, application, table)) return;
  // There is no entry: one that is open for a moment must not be reached.
  await deploy(transport, edge, application, { ...table, reach: { hosts: [NOBODY] } });
  await stop(transport, edge, application, table);
}

/** Whether there is an entry that could be stopped. */
async function stop(
  transport: Transport,
  edge: string,
  application: string,
  { maintenance = "", drainTimeout }: TrafficTable,
): Promise<boolean> {
  const options = [`--drain-timeout=${drainTimeout}s`, `--message=${maintenance}`];
  const call = transport.exec(edge, ["kamal-proxy", "stop", application, ...options]);
  const limit = drainTimeout + ANSWER_MARGIN;
  const { exitCode, output } = await withTimeout("kamal-proxy stop", call, limit);
  if (exitCode === 0) return true;
  if (/not found/i.test(output)) return false;
  throw new Error(output || `kamal-proxy stop ended with ${exitCode}`);
}

export async function open(transport: Transport, edge: string, application: string): Promise<void> {
  const { exitCode, output } = await transport.exec(edge, ["kamal-proxy", "resume", application]);
  if (exitCode !== 0) throw new Error(output || `kamal-proxy resume ended with ${exitCode}`);
}

/** Puts a certificate of the user's own beside the table; without content it is made empty. */
export async function putCertificate(
  transport: Transport,
  edge: string,
  fingerprint: string,
  { cert, key } = { cert: "", key: "" },
): Promise<void> {
  const file = `${OWN_CERTIFICATES}/${fingerprint}`;
  await transport.writeArchive(edge, PROXY_STATE_PATH, {
    [`${file}.crt`]: cert,
    [`${file}.key`]: key,
  });
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
  { targets, reach, maintenance }: Entry,
  fronts: { name: string; slot?: Serving["slot"]; release?: string }[],
): Serving {
  const names = new Set(targets.map((target) => target.replace(/:\d+$/, "")));
  const front = fronts.find((candidate) => names.has(candidate.name));
  const entry = {
    targets,
    ...(reach ? { reach } : {}),
    ...(maintenance === undefined ? {} : { maintenance }),
  };
  return front ? { slot: front.slot, release: front.release, ...entry } : entry;
}
