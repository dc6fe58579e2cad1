import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import { clusterFolder, inCluster } from "./settings";

/** What a cluster changes on its machine outside of its folder, apart from the network; and the way back. */

/** Kernel settings that kubelet and kube-proxy change by themselves. */
const CHANGED = [
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "vm/overcommit_memory",
  "net/ipv4/conf/all/route_localnet",
];
/** Those that a cluster wants of its machine: packets between Pods pass the packet filter. */
const WANTED = ["net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables"];

const proc = (name: string) => `/proc/sys/${name}`;
const memory = () => inCluster("sysctl.json");

export async function changeSettings(): Promise<void> {
  await execa("modprobe", ["br_netfilter"], { reject: false });
  const names = [...CHANGED, ...WANTED].filter((name) => fs.existsSync(proc(name)));
  const values = names.map((name) => [name, fs.readFileSync(proc(name), "utf8").trim()]);
  fs.writeFileSync(memory(), JSON.stringify(Object.fromEntries(values)));
  for (const name of WANTED) if (names.includes(name)) fs.writeFileSync(proc(name), "1");
}

export function restoreSettings(): void {
  if (!fs.existsSync(memory())) return;
  const values = JSON.parse(fs.readFileSync(memory(), "utf8")) as Record<string, string>;
  for (const [name, value] of Object.entries(values)) {
    // A module may be gone since, after a reboot.
    if (fs.existsSync(proc(name))) fs.writeFileSync(proc(name), value);
  }
}

/** Sockets and links that no setting moves elsewhere. */
export function removeTraces(): void {
  shimSockets().forEach((file) => fs.rmSync(file, { force: true }));
  emptyOf("/var/lib/cni/results", namesCluster);
  emptyOf("/var/log/containers", pointsToCluster);
  emptyOf("/var/lib/kubelet/device-plugins", () => true);
  for (const folder of ["/var/lib/cni", "/var/lib/kubelet"]) removeIfEmpty(folder);
}

/** containerd's shims listen in a folder that all containerds share; each task knows its own. */
function shimSockets(): string[] {
  const tasks = inCluster("containerd-run", "io.containerd.runtime.v2.task", "k8s.io");
  return entries(tasks)
    .map((task) => path.join(task, "address"))
    .filter((file) => fs.existsSync(file))
    .map((file) => fs.readFileSync(file, "utf8").replace("unix://", "").trim());
}

/** What a network plugin remembers of a Pod has the path of its network namespace. */
const namesCluster = (file: string) =>
  fs.readFileSync(file, "utf8").includes(`${clusterFolder()}/`);

function pointsToCluster(file: string): boolean {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!stat?.isSymbolicLink()) return false;
  return fs.readlinkSync(file).startsWith(`${clusterFolder()}/`);
}

function emptyOf(folder: string, isOurs: (file: string) => boolean): void {
  entries(folder)
    .filter(isOurs)
    .forEach((file) => fs.rmSync(file, { force: true }));
  removeIfEmpty(folder);
}

function removeIfEmpty(folder: string): void {
  if (fs.existsSync(folder) && fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}

const entries = (folder: string) =>
  fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [];
