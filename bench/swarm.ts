import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { ensureProbeImage } from "../test/helpers/probeImage";
import { engineHost } from "../toolchain/engine";
import type { DowntimeRow } from "./downtime";
import { underLoad } from "./load";
import { atEnd, say, sleep } from "./progress";

const WHAT = "Docker Swarm, start-first";
const PORT = 18080;
const URL = `http://127.0.0.1:${PORT}/`;

/**
 * An engine of our own in a network namespace of its own: a swarm on the shared one would change its
 * firewall for all. It needs root; where something is missing, the engine's own words are the row.
 */
export async function swarmRow(times: number): Promise<DowntimeRow> {
  if (process.getuid?.() !== 0) return impossible("a private dockerd needs root");
  const folder = mkdtempSync(join(tmpdir(), "slipway-swarm-"));
  const engine = await startEngine(folder).catch((error: Error) => error);
  if (engine instanceof Error) return impossible(engine.message);
  try {
    return await measured(engine, times);
  } catch (error) {
    return impossible(engineError(folder) ?? (error as Error).message.split("\n")[0]!);
  } finally {
    await engine.stop();
  }
}

const impossible = (why: string): DowntimeRow => ({ what: WHAT, times: 0, impossible: why });

interface Engine {
  pid: number;
  docker(args: string[], input?: string): Promise<string>;
  stop(): Promise<void>;
}

async function startEngine(folder: string): Promise<Engine> {
  const socket = `unix://${folder}/socket`;
  const args = ["--data-root", `${folder}/data`, "--exec-root", `${folder}/exec`, "--bridge=none"];
  const daemon = ["dockerd", ...args, "--pidfile", `${folder}/pid`, "-H", socket];
  const script = `ip link set lo up; exec ${daemon.join(" ")} >${folder}/log 2>&1`;
  say("swarm: starting an engine of its own");
  const unshared = ["--net", "--mount", "sh", "-c", script];
  const child = execa("unshare", unshared, { reject: false });
  let stopped: Promise<void> | undefined;
  const stop = () =>
    (stopped ??= (async () => {
      await docker(["swarm", "leave", "--force"]).catch(() => {});
      child.kill("SIGTERM");
      await child;
      rmSync(folder, { recursive: true, force: true });
    })());
  atEnd(stop);
  const docker = async (command: string[], input?: string) => {
    // BuildKit would need a network for its frontend.
    const env = { DOCKER_HOST: socket, DOCKER_BUILDKIT: "0" };
    return (await execa("docker", command, { env, timeout: 60_000, ...(input ? { input } : {}) }))
      .stdout;
  };
  for (let attempt = 0; attempt < 60; attempt++) {
    if ((await docker(["info"]).catch(() => "")) !== "") return { pid: child.pid!, docker, stop };
    await sleep(500);
  }
  const log = readFileSync(`${folder}/log`, "utf8").trim().split("\n");
  await stop();
  throw new Error(`the engine did not start: ${log[log.length - 1]}`);
}

async function measured({ pid, docker }: Engine, times: number): Promise<DowntimeRow> {
  await docker(["swarm", "init", "--advertise-addr", "127.0.0.1"]);
  const image = await ensureProbeImage();
  const env = { DOCKER_HOST: engineHost() };
  const saved = execa("docker", ["save", image], { env, encoding: null, buffer: true });
  await docker(["load"], (await saved).stdout as unknown as string);
  const health = 'HEALTHCHECK --interval=1s --retries=2 CMD ["/probe", "check"]';
  await docker(["build", "-t", "bench-probe", "-"], `FROM ${image}\n${health}\n`);
  const service = ["--name", "web", "--publish", `${PORT}:8080`, "--update-order", "start-first"];
  await docker(["service", "create", "--env", "VERSION=0", ...service, "bench-probe"]);
  const prefix = ["nsenter", "-t", String(pid), "-n"];
  await execa(prefix[0]!, [...prefix.slice(1), "curl", "-sf", "-m", "5", URL]);
  const update = async () => {
    for (let index = 1; index <= times; index++) {
      say(`under load: ${WHAT} ${index} of ${times}`);
      await docker(["service", "update", "--env-add", `VERSION=${index}`, "web"]);
    }
  };
  return { what: WHAT, times, figures: await underLoad(URL, update, { prefix }) };
}

/** What the engine says of its load balancing, which start-first cannot do without. */
function engineError(folder: string): string | undefined {
  const log = readFileSync(`${folder}/log`, "utf8");
  return /level=error msg="([^"]*ipvs[^"]*)"/.exec(log)?.[1];
}
