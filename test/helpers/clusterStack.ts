import { LABEL } from "../../spec/names";
import { type Cluster, kubectl, loadImage, startCluster } from "../../toolchain/kubernetes/cluster";
import { hasImage } from "../../toolchain/image-build";
import { ensureBaseImages } from "../../toolchain/images";
import type { Load } from "./load";
import { ensureProbeImage } from "./probeImage";
import { type Container, type Run, TestStack } from "./stack";
import { until } from "./until";

interface Listed {
  metadata: {
    name: string;
    uid: string;
    labels?: Record<string, string>;
    creationTimestamp: string;
    deletionTimestamp?: string;
  };
  status?: { phase?: string; readyReplicas?: number };
}

/** Everything that an application has in its namespace; pods go with what they belong to. */
const KINDS = [
  ...["deployments", "statefulsets", "jobs", "cronjobs", "services", "ingresses", "configmaps"],
  ...["secrets", "serviceaccounts", "networkpolicies", "poddisruptionbudgets"],
  "persistentvolumeclaims",
].join(",");

/** Where the API server takes NodePorts from. */
const NODE_PORTS = { from: 30_000, to: 32_767 };

/** A stack that is deployed into a namespace of a real cluster; requests go to a NodePort. */
export class ClusterStack extends TestStack {
  private cluster!: Cluster;
  /** Requests go to a port of the node, and not to what stands before the Service. */
  private isOnNode = false;

  static async createIn(name: string): Promise<ClusterStack> {
    const port = NODE_PORTS.from + Math.floor(Math.random() * (NODE_PORTS.to - NODE_PORTS.from));
    const stack = new ClusterStack(name, port, { host: "", bind: "", command: [] });
    stack.cluster = await startCluster();
    // What an earlier run has left, or is about to be gone.
    await kubectl(stack.cluster, ["delete", "namespace", name, "--ignore-not-found"]);
    await loadImage(stack.cluster, await ensureProbeImage());
    await stack.begin();
    stack.set("platform", "kubernetes");
    stack.set("kubernetes", { namespace: name, expose: "NodePort", nodePort: port });
    stack.set("strategy", { drainTimeout: 1, deployTimeout: 20 });
    return stack;
  }

  override set(key: string, value: unknown): void {
    if (key === "kubernetes") this.isOnNode = (value as { expose?: string }).expose === "NodePort";
    super.set(key, value);
  }

  /** Images that pods of this stack run from, or what stands in for them; what the engine has not is pulled by the node. */
  async loadImages(...references: string[]): Promise<void> {
    const mirrors = await ensureBaseImages(() => {});
    for (const reference of references) {
      const image = mirrors[reference] ?? reference;
      if (await hasImage(this.transport.docker, image)) await loadImage(this.cluster, image);
    }
  }

  override environment(): Record<string, string> {
    return { ...super.environment(), KUBECONFIG: this.cluster?.kubeconfig ?? "" };
  }

  async kubectl(...args: string[]): Promise<string> {
    const { stdout } = await kubectl(this.cluster, ["--namespace", this.name, ...args]);
    return stdout;
  }

  async objects(kind: string): Promise<Listed[]> {
    const selector = `${LABEL.application}=${this.name}`;
    const text = await this.kubectl("get", kind, "--selector", selector, "--output=json");
    return (JSON.parse(text) as { items: Listed[] }).items;
  }

  /** Of the one Service; what is opened on the node is the cluster's affair. */
  override get published(): number {
    return 80;
  }

  override at(published: number, path = "/") {
    return this.get(path, this.port, `localhost:${published}`);
  }

  /**
   * A Service leads connections, not requests: who keeps one stays with the pods that it began with. What stands
   * before it in earnest, an Ingress, asks the new ones at once; so do these clients.
   */
  override load(how: Load = {}) {
    return super.load({ keepAlive: false, ...how });
  }

  /** The pods: those that are on their way out do not count. */
  override async containers(): Promise<Container[]> {
    const pods = await this.objects("pods");
    return pods
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata: { name, uid, labels = {}, creationTimestamp }, status }) => ({
        id: uid,
        name,
        slot: labels[LABEL.slot],
        release: labels[LABEL.release],
        service: labels[LABEL.service] ?? "",
        role: labels[LABEL.role] ?? "",
        state: (status?.phase ?? "").toLowerCase(),
        startedAt: creationTimestamp,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A node opens the port of a first Service a moment after the API server has it; no later run closes it again. */
  override async up(...more: string[]): Promise<Run> {
    const run = await super.up(...more);
    if (run.ok && this.isOnNode) await until(() => this.get("/").then(() => true), 10);
    return run;
  }

  /** How many pods of a service are ready. */
  async ready(service: string, slot: string): Promise<number> {
    const found = await this.kubectl("get", `deployment/${service}-${slot}`, "--output=json");
    return (JSON.parse(found) as Listed).status?.readyReplicas ?? 0;
  }

  /** What is there of the application, as `kind/name`. */
  async remains(): Promise<string[]> {
    const selector = `${LABEL.application}=${this.name}`;
    const names = await this.kubectl("get", KINDS, "--selector", selector, "--output=name");
    return names.split("\n").filter(Boolean).sort();
  }

  override async dispose(): Promise<void> {
    await kubectl(this.cluster, ["delete", "namespace", this.name, "--wait=false"]).catch(() => {});
    await super.dispose();
  }
}
