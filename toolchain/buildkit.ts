import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { aptInstall } from "./engine";
import { ToolchainError } from "./fault";
import { builtBinary } from "./parts";
import { cacheRoot, onPath } from "./paths";

/** A BuildKit of this machine's own, for what the one inside the engine cannot do. */

/** Seconds that a fresh buildkitd gets until it listens. */
const START_TIMEOUT = 60;
/** By which buildx, and so the docker-build plugin, know it. */
export const BUILDER = "slipway";

export interface Buildkit {
  /** Of the process that was started; undefined when it ran already. */
  pid?: number;
  /** As buildx names it. */
  address: string;
}

/**
 * Starts it, unless it runs, and names it to buildx. On a socket that only root reaches: whoever builds runs what he
 * likes as root.
 *
 * @param folder its data, log and socket
 * @param store buildx's folder
 */
export async function startBuildkit(
  folder = path.join(cacheRoot(), "buildkitd"),
  store = buildxFolder(),
): Promise<Buildkit> {
  const binary = await builtBinary("buildkit");
  if (process.getuid?.() !== 0) {
    throw new ToolchainError(
      "BuildKit runs as root here",
      "Run it with sudo, or make a builder with docker buildx create",
    );
  }
  if (!onPath("runc")) await aptInstall(["runc"]);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const socket = path.join(folder, "buildkitd.sock");
  const address = `unix://${socket}`;
  nameTo(store, address);
  if (await listens(socket)) return { address };
  const log = fs.openSync(path.join(folder, "buildkitd.log"), "a");
  const args = ["--addr", address, "--root", path.join(folder, "data"), "--oci-worker-net", "host"];
  const child = spawn(binary, args, { detached: true, stdio: ["ignore", log, log] });
  child.unref();
  fs.closeSync(log);
  for (let waited = 0; !(await listens(socket)); waited++) {
    if (waited > START_TIMEOUT * 10 || child.exitCode !== null) throw notStarted(folder);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { address, pid: child.pid! };
}

function notStarted(folder: string): ToolchainError {
  const log = path.join(folder, "buildkitd.log");
  const last = fs.readFileSync(log, "utf8").trim().split("\n").slice(-5).join("\n  ");
  return new ToolchainError(`buildkitd does not start:\n  ${last}`, `Its whole log: ${log}`);
}

const buildxFolder = () =>
  process.env.BUILDX_CONFIG ||
  path.join(process.env.DOCKER_CONFIG || path.join(os.homedir(), ".docker"), "buildx");

/** As `docker buildx create --driver remote` would. */
function nameTo(store: string, address: string): void {
  const node = { Name: `${BUILDER}0`, Endpoint: address, Platforms: null, DriverOpts: null };
  const builder = {
    Name: BUILDER,
    Driver: "remote",
    Nodes: [{ ...node, Flags: null, Files: null }],
    Dynamic: false,
  };
  const folder = path.join(store, "instances");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, BUILDER), JSON.stringify(builder));
}

function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = net.connect(socket);
    client.on("connect", () => resolve(true)).on("error", () => resolve(false));
    client.on("connect", () => client.end());
  });
}
