import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { Transport } from "../../provider/docker/transport";

/**
 * A second Docker engine with nothing in it, as on another machine: its own data, and its own network
 * namespace, so that it does not touch the first one's rules of the firewall.
 */
export interface PrivateEngine {
  socket: string;
  /** Where the namespace is reached from this machine. */
  address: string;
  namespace: string;
  stop(): Promise<void>;
}

const START_TIMEOUT = 60_000;

/** @param name of namespace and links, at most 12 letters; @param subnet two numbers, as in 10.<subnet>.0.0/16 */
export async function startPrivateEngine(name: string, subnet = 157): Promise<PrivateEngine> {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  // The socket has its group; the way to it is free.
  chmodSync(folder, 0o711);
  const socket = join(folder, "docker.sock");
  const address = `10.${subnet}.255.2`;
  await removeNamespace(name);
  const ip = (line: string) => execa("ip", line.split(" "));
  await ip(`netns add ${name}`);
  await ip(`link add ${name}-a type veth peer name ${name}-b netns ${name}`);
  await ip(`addr add 10.${subnet}.255.1/30 dev ${name}-a`);
  await ip(`link set ${name}-a up`);
  await ip(`-n ${name} addr add ${address}/30 dev ${name}-b`);
  await ip(`-n ${name} link set ${name}-b up`);
  await ip(`-n ${name} link set lo up`);
  mkdirSync(join(folder, "data"));
  const log = openSync(join(folder, "log"), "a");
  const args = [
    ...["--host", `unix://${socket}`, "--group", "docker"],
    ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
    ...["--pidfile", join(folder, "pid")],
    ...["--default-address-pool", `base=10.${subnet}.0.0/17,size=24`],
  ];
  const daemon = spawn("nsenter", [`--net=/run/netns/${name}`, "dockerd", ...args], {
    stdio: ["ignore", log, log],
  });
  const ended = new Promise<void>((resolve) => daemon.once("exit", () => resolve()));
  const stop = async () => {
    daemon.kill();
    await ended;
    await removeNamespace(name);
    rmSync(folder, { recursive: true, force: true });
  };
  const { docker } = new Transport(`unix://${socket}`);
  for (const limit = Date.now() + START_TIMEOUT; ; await new Promise((r) => setTimeout(r, 200))) {
    if (await docker.ping().then(() => true, () => false)) break; // prettier-ignore
    if (Date.now() < limit && daemon.exitCode === null) continue;
    const { stdout } = await execa("tail", ["-5", join(folder, "log")]);
    await stop();
    throw new Error(`the private engine did not start:\n${stdout}`);
  }
  return { socket, address, namespace: name, stop };
}

async function removeNamespace(name: string): Promise<void> {
  await execa("ip", ["link", "del", `${name}-a`], { reject: false });
  await execa("ip", ["netns", "del", name], { reject: false });
}
