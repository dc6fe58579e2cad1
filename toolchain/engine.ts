import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import execa from "execa";
import { Transport } from "../provider/docker/transport";
import { withTimeout } from "../provider/timeout";
import { ToolchainError } from "./fault";
import { cacheRoot, onPath } from "./paths";

export interface Engine {
  /** As DOCKER_HOST takes it. */
  host: string;
  version: string;
  /** Whether this call started it. */
  started: boolean;
}

/** What there is now, and what `ensureEngine` would do about it. */
export type EngineStatus =
  | { state: "running"; host: string; version: string }
  | { state: "startable"; host: string; what: string }
  | { state: "impossible"; host: string; cure: string };

export const DEFAULT_ENGINE_HOST = "unix:///var/run/docker.sock";

/** Seconds that an engine gets to say who it is; over ssh that includes the login. */
const PING_TIMEOUT = 8;
/** Seconds that a fresh dockerd gets until it answers; the first start makes networks and storage. */
const START_TIMEOUT = 60;

/** The engine that this process talks to, as DOCKER_HOST takes it. */
export function engineHost(): string {
  return process.env.DOCKER_HOST || DEFAULT_ENGINE_HOST;
}

/** What a look at the machine says; changes nothing. */
export async function engineStatus(): Promise<EngineStatus> {
  const host = engineHost();
  const answer = await ask(host);
  if ("version" in answer) return { state: "running", host, version: answer.version };
  const cure = cureFor(host, answer.reason);
  if (cure) return { state: "impossible", host, cure };
  const what = dockerd() ? "start dockerd" : "install Debian's docker.io (about 1 min), start it";
  return { state: "startable", host, what };
}

/** An engine that answers: the one that is there, else Debian's own, installed and started. */
export async function ensureEngine(report: (line: string) => void): Promise<Engine> {
  const host = engineHost();
  const answer = await ask(host);
  if ("version" in answer) return { host, version: answer.version, started: false };
  const cure = cureFor(host, answer.reason);
  if (cure) throw new ToolchainError(`no Docker engine answers at ${host}: ${answer.reason}`, cure);
  if (!dockerd()) {
    await installEngine(report);
    // Where a service manager runs, the package has started the engine by now.
    const after = await ask(host);
    if ("version" in after) return { host, version: after.version, started: true };
  }
  report("starting the Docker engine");
  const version = systemdRuns() ? await startByService(host) : await startDaemon(host);
  return { host, version, started: true };
}

async function ask(host: string): Promise<{ version: string } | { reason: string }> {
  try {
    const { Version } = await withTimeout(
      "the Docker engine",
      new Transport(host).docker.version(),
      PING_TIMEOUT,
    );
    return { version: Version };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What a person has to do; `undefined` when this process can get an engine by itself. */
function cureFor(host: string, reason: string): string | undefined {
  if (host !== DEFAULT_ENGINE_HOST) {
    return `DOCKER_HOST is "${host}": start the engine there, or unset DOCKER_HOST to use this machine's.`;
  }
  if (reason.includes("EACCES")) {
    return "Let this user talk to the engine: `sudo usermod -aG docker $USER`, then log in again.";
  }
  const isRoot = process.getuid?.() === 0;
  if (isRoot && (dockerd() || onPath("apt-get"))) return undefined;
  if (process.platform === "linux") {
    return dockerd()
      ? "Start it: `sudo systemctl start docker` (or `sudo service docker start`)."
      : "Install Docker (Debian and Ubuntu: `sudo apt-get install docker.io`; else https://docs.docker.com/engine/install/), or set DOCKER_HOST.";
  }
  return "Start Docker Desktop (https://docs.docker.com/get-docker/), or set DOCKER_HOST.";
}

/** Services' programs are not on everybody's PATH. */
export function dockerd(): string | undefined {
  const usual = ["/usr/sbin/dockerd", "/usr/bin/dockerd", "/usr/local/bin/dockerd"];
  return onPath("dockerd") ?? usual.find((file) => fs.existsSync(file));
}

async function installEngine(report: (line: string) => void): Promise<void> {
  report("installing Debian's Docker engine (docker.io)");
  await aptInstall(["docker.io", "iptables"]);
}

/** Installs Debian packages without a question; an error quotes what apt-get said. */
export async function aptInstall(packages: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const run = (args: string[]) => execa("apt-get", ["-qq", "-y", ...args], { env, all: true });
  try {
    await run(["update"]);
    await run(["install", "--no-install-recommends", ...packages]);
  } catch (error) {
    const said = (error as { all?: string }).all ?? String(error);
    throw new ToolchainError(
      `apt-get could not install ${packages.join(", ")}: ${lastLines(said, 5)}`,
      `Install by hand, then run this again: apt-get install ${packages.join(" ")}`,
    );
  }
}

function systemdRuns(): boolean {
  return fs.existsSync("/run/systemd/system");
}

async function startByService(host: string): Promise<string> {
  await execa("systemctl", ["start", "docker"], { reject: false, all: true });
  return waitFor(host, undefined, () => "see `journalctl -u docker`");
}

/**
 * dockerd in a session of its own, with its output in a file: it lives on when this process, its
 * terminal or its npm ends.
 *
 * @param args more arguments for dockerd; the default engine needs none
 */
export async function startDaemon(host: string, args: string[] = []): Promise<string> {
  const folder = cacheRoot();
  fs.mkdirSync(folder, { recursive: true });
  const logFile = path.join(folder, "dockerd.log");
  const log = fs.openSync(logFile, "a");
  const begin = fs.fstatSync(log).size;
  const daemon = spawn(dockerd()!, args, {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: daemonEnvironment(),
  });
  fs.closeSync(log);
  daemon.unref();
  let ended = false;
  daemon.once("error", () => (ended = true));
  daemon.once("exit", () => (ended = true));
  return waitFor(
    host,
    () => ended,
    () => `${logFile} ends with:\n${lastLines(fs.readFileSync(logFile, "utf8").slice(begin), 5)}`,
  );
}

/** A daemon outlives this run, so it gets what an init script would give it and nothing of npm's. */
export function daemonEnvironment(): NodeJS.ProcessEnv {
  const kept = /^(LANG|SSL_CERT_(FILE|DIR)|(HTTPS?|NO|ALL)_PROXY)$/i;
  const entries = Object.entries(process.env).filter(([name]) => kept.test(name));
  const usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return { ...Object.fromEntries(entries), HOME: os.homedir(), PATH: usual };
}

async function waitFor(
  host: string,
  ended: (() => boolean) | undefined,
  why: () => string,
): Promise<string> {
  const deadline = Date.now() + START_TIMEOUT * 1000;
  while (Date.now() < deadline) {
    const answer = await ask(host);
    if ("version" in answer) return answer.version;
    if (ended?.()) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new ToolchainError(
    `the Docker engine was started but does not answer at ${host}`,
    `Repair it and run this again; ${why()}`,
  );
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}
