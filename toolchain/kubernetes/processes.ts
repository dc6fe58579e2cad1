import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import { daemonEnvironment } from "../engine";
import { clusterFolder, inCluster } from "./settings";
import { until } from "./until";

/** Seconds that killed processes get to be gone, and their control groups with them. */
const END_TIMEOUT = 20;

const pidFile = () => inCluster("processes.json");
export const logOf = (name: string) => inCluster("logs", `${name}.log`);

/** In a session of its own, with its output in a file: it lives on when this process ends. */
export function start(name: string, [program, ...args]: string[]): void {
  fs.mkdirSync(inCluster("logs"), { recursive: true });
  const log = fs.openSync(logOf(name), "a");
  const options = { cwd: "/", detached: true, env: daemonEnvironment() };
  const child = spawn(program!, args, { ...options, stdio: ["ignore", log, log] });
  fs.closeSync(log);
  child.on("error", (error) => fs.appendFileSync(logOf(name), `${error.message}\n`));
  child.unref();
  const pids = { ...started(), [name]: child.pid ?? 0 };
  fs.writeFileSync(pidFile(), JSON.stringify(pids));
}

/** The names of those that were started and do not run any more. */
export function ended(): string[] {
  const pids = Object.entries(started());
  return pids.filter(([, pid]) => !isOurs(pid)).map(([name]) => name);
}

/** All that the cluster runs, at once: kubelet and containerd first, which would start again what ends. */
export async function killAll(): Promise<void> {
  await end(Object.values(started()).filter(isOurs));
  // A Pod's processes, whatever they are called.
  await end(podGroups().flatMap(membersOf));
  await end(shims());
  for (const group of podGroups()) await removeGroup(group);
}

/** What is mounted below the cluster's folder, innermost first. */
export async function unmountAll(): Promise<void> {
  const mounts = fs.readFileSync("/proc/mounts", "utf8").split("\n");
  const paths = mounts.map((line) => line.split(" ")[1] ?? "").reverse();
  for (const mount of paths) {
    if (mount.startsWith(`${clusterFolder()}/`)) await execa("umount", ["--lazy", mount]);
  }
}

function started(): Record<string, number> {
  if (!fs.existsSync(pidFile())) return {};
  return JSON.parse(fs.readFileSync(pidFile(), "utf8")) as Record<string, number>;
}

/** A number may have gone to another process; each of ours has the cluster's folder in its arguments. */
const isOurs = (pid: number) => commandOf(pid).includes(`${clusterFolder()}/`);

/** Empty for a process that has ended, also when nobody has taken note of it yet. */
function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** They are children of nobody, and outlive containerd. */
function shims(): number[] {
  const pids = fs.readdirSync("/proc").map(Number).filter(Boolean);
  return pids.filter((pid) => /containerd-shim/.test(commandOf(pid)) && isOurs(pid));
}

async function end(pids: number[]): Promise<void> {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  await until("processes end", END_TIMEOUT, async () => pids.every((pid) => !commandOf(pid)));
}

/** Kubelet's control group, in each hierarchy there is. */
function podGroups(): string[] {
  const root = "/sys/fs/cgroup";
  const hierarchies = [root, ...subfolders(root)];
  return hierarchies.map((folder) => path.join(folder, "kubepods")).filter((g) => fs.existsSync(g));
}

function membersOf(group: string): number[] {
  const own = fs.readFileSync(path.join(group, "cgroup.procs"), "utf8");
  const pids = own.split("\n").map(Number).filter(Boolean);
  return [...pids, ...subfolders(group).flatMap(membersOf)];
}

/** A group can go once the kernel has cleared away what was in it. */
async function removeGroup(group: string): Promise<void> {
  for (const inner of subfolders(group)) await removeGroup(inner);
  await until(`${group} is empty`, END_TIMEOUT, async () => {
    fs.rmdirSync(group);
    return true;
  });
}

function subfolders(folder: string): string[] {
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  return entries.filter((e) => e.isDirectory()).map((e) => path.join(folder, e.name));
}
