import { Resolver } from "node:dns/promises";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { aptInstall } from "../engine";
import { ToolchainError } from "../fault";
import { withLock } from "../lock";
import { builtBinary } from "../parts";
import { onPath } from "../paths";
import type { Report } from "../progress";
import { writeCertificates } from "./certificates";
import { commands, manifest, type Binaries } from "./commands";
import { changeSettings, removeTraces, restoreSettings } from "./host";
import { importFromEngine, importPause } from "./images";
import { makeNetwork, removeNetwork } from "./network";
import { ended, killAll, logOf, start, unmountAll } from "./processes";
import * as settings from "./settings";
import { until } from "./until";

/** Seconds that each stage of a start gets; a quick machine needs five for all of them. */
const START_TIMEOUT = 90;
const LOCK = "cluster";
/** There once a start has come to its end: one that was killed before is none. */
const completed = () => settings.inCluster("completed");

export interface Cluster {
  /** As KUBECONFIG takes it. */
  kubeconfig: string;
  /** A user's own, named by KUBECONFIG: it is neither started nor stopped here. */
  foreign: boolean;
  /** Whether this call started it. */
  started: boolean;
  /** The command that speaks to it, in its version. */
  kubectl: string[];
}

/** A file that shows that the Debian package is there -> the package. */
const PACKAGES: Record<string, string> = {
  containerd: "containerd",
  runc: "runc",
  iptables: "iptables",
  conntrack: "conntrack",
  openssl: "openssl",
  ip: "iproute2",
  [path.join(settings.CNI_PLUGINS, "bridge")]: "containernetworking-plugins",
};

/** The cluster that KUBECONFIG names, else the one-node cluster of this machine: started, unless it runs. */
export async function startCluster(report: Report = () => {}): Promise<Cluster> {
  const kubeconfig = process.env.KUBECONFIG;
  if (kubeconfig && kubeconfig !== settings.adminKubeconfig()) {
    return { kubeconfig, foreign: true, started: false, kubectl: ["kubectl"] };
  }
  refuseWithoutRoot();
  const binaries = {
    k8s: await builtBinary("k8s"),
    coredns: await builtBinary("coredns"),
    volumes: await builtBinary("volumes"),
    pause: await builtBinary("pause"),
  };
  const running = {
    kubeconfig: settings.adminKubeconfig(),
    foreign: false,
    started: false,
    kubectl: [binaries.k8s, "kubectl"],
  };
  return withLock(LOCK, report, async () => {
    if (await isHealthy(running)) return running;
    await remove();
    await installPackages(report);
    await refuseTakenPort();
    const fresh = { ...running, started: true };
    await bringUp(fresh, binaries, report);
    return fresh;
  });
}

/** Ends this machine's cluster with all that is in it, volumes too. Whether there was one. */
export async function stopCluster(report: Report = () => {}): Promise<boolean> {
  if (!fs.existsSync(settings.clusterFolder())) return false;
  refuseWithoutRoot();
  await withLock(LOCK, report, remove);
  return true;
}

/**
 * Puts an image of the Docker engine into the cluster. Pods name it as Docker does, with a tag other than
 * `latest` or with `imagePullPolicy: IfNotPresent`. From a registry on localhost it pulls without any of this.
 */
export async function loadImage(cluster: Cluster, reference: string): Promise<void> {
  if (!cluster.foreign) return importFromEngine(reference);
  throw new ToolchainError(
    `the cluster of ${cluster.kubeconfig} cannot be given the image ${reference} directly`,
    "Push it to a registry that the cluster reaches, or unset KUBECONFIG to use this machine's cluster.",
  );
}

/** `kubectl` on the cluster; its input is a manifest for `apply -f -`. */
export function kubectl(cluster: Cluster, args: string[], input?: string): ExecaChildProcess {
  const [command, ...first] = cluster.kubectl;
  const env = { KUBECONFIG: cluster.kubeconfig };
  return execa(command!, [...first, ...args], { env, ...(input === undefined ? {} : { input }) });
}

async function bringUp(
  cluster: Cluster,
  binaries: Binaries & { pause: string },
  report: Report,
): Promise<void> {
  report("writing certificates and settings");
  fs.mkdirSync(settings.inCluster("cni"), { recursive: true, mode: 0o711 });
  for (const [name, content] of Object.entries(settings.files())) {
    fs.writeFileSync(settings.inCluster(name), content);
  }
  await changeSettings();
  await Promise.all([writeCertificates(), makeNetwork()]);

  report("starting the API server");
  const { containerd, etcd, "kube-apiserver": api, ...others } = commands(binaries);
  start("containerd", containerd!);
  start("etcd", etcd!);
  start("kube-apiserver", api!);
  await comesTrue("containerd answers", async () => fs.existsSync(settings.containerdSocket()));
  await comesTrue("the pause image is imported", () =>
    importPause(binaries.pause).then(() => true),
  );
  await comesTrue("the API server is ready", () => isReady(cluster));

  report("starting the node");
  for (const [name, command] of Object.entries(others)) start(name, command);
  await kubectl(cluster, ["apply", "-f", "-"], manifest);
  const found = (what: string) => says(cluster, ["get", what, "--output=name"]);
  // Without it the first Pod is refused.
  await comesTrue("there is a service account", () => found("serviceaccount/default"));
  await comesTrue("the node is registered", () => found(`node/${settings.NODE_NAME}`));
  const ready = ["wait", "--for=condition=Ready", `node/${settings.NODE_NAME}`, "--timeout=5s"];
  await comesTrue("the node is ready", () => says(cluster, ready));
  await comesTrue("names resolve", resolves);
  fs.writeFileSync(completed(), "");
}

/** As `until`, with the last words of a part that has ended. */
async function comesTrue(what: string, done: () => Promise<boolean>): Promise<void> {
  let dead: string[] = [];
  await until(what, START_TIMEOUT, async () => (dead = ended()).length > 0 || done());
  const [name] = dead;
  if (!name) return;
  const words = fs.readFileSync(logOf(name), "utf8").trim().split("\n").slice(-5).join("\n  ");
  throw new ToolchainError(`${name} has ended:\n  ${words}`, `Its whole log: ${logOf(name)}`);
}

async function isHealthy(cluster: Cluster): Promise<boolean> {
  if (!fs.existsSync(completed()) || ended().length > 0) return false;
  return isReady(cluster);
}

const isReady = (cluster: Cluster) =>
  says(cluster, ["get", "--raw=/readyz", "--request-timeout=5s"]);

const says = (cluster: Cluster, args: string[]) =>
  kubectl(cluster, args).then(
    () => true,
    () => false,
  );

async function resolves(): Promise<boolean> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([settings.NODE_ADDRESS]);
  const [address] = await resolver.resolve4(`kubernetes.default.svc.${settings.DOMAIN}`);
  return address === settings.API_SERVICE_ADDRESS;
}

/** Whatever state it is in. Nothing in it is asked to end: it goes as by a power cut. */
async function remove(): Promise<void> {
  if (!fs.existsSync(settings.clusterFolder())) return;
  await killAll();
  await unmountAll();
  await removeNetwork();
  removeTraces();
  restoreSettings();
  fs.rmSync(settings.clusterFolder(), { recursive: true, force: true });
}

async function installPackages(report: Report): Promise<void> {
  const missing = Object.entries(PACKAGES).filter(
    ([file]) => !(path.isAbsolute(file) ? fs.existsSync(file) : onPath(file)),
  );
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  report(`installing ${names.join(", ")}`);
  await aptInstall(names);
}

function refuseWithoutRoot(): void {
  if (process.platform === "linux" && process.getuid?.() === 0) return;
  throw new ToolchainError(
    "a cluster is started by root, on Linux",
    "Run it with sudo, or name a cluster that runs already: KUBECONFIG=<file>.",
  );
}

/** Kubelet's: another Kubernetes on this machine would share control groups and rules with ours. */
async function refuseTakenPort(): Promise<void> {
  const port = 10_250;
  const server = net.createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.on("error", () => resolve(false)).listen(port, () => resolve(true));
  });
  server.close();
  if (free) return;
  throw new ToolchainError(
    `port ${port} is taken: this machine runs a Kubernetes node already`,
    "Use that cluster: KUBECONFIG=<file>.",
  );
}
