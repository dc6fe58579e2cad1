import type { ApplicationSpec, PlatformKind } from "./types";

/** Which platform, and where: all that our resources carry, so that a state fits every machine. */
export interface Place {
  platform: PlatformKind;
  /** Docker: the engine's address. Kubernetes: `kubernetes://<context>/<namespace>`, without a context the current one. */
  host: string;
  /** The application's fixed name. */
  application: string;
}

type Placed = Pick<ApplicationSpec, "name" | "platform" | "docker" | "kubernetes">;

/** Where an application is deployed to. */
export function placeOf({ name, platform, docker, kubernetes }: Placed): Place {
  const host = platform === "kubernetes" && kubernetes ? clusterAddress(kubernetes) : docker.host;
  return { platform, host, application: name };
}

/** Contexts have all kinds of characters (`arn:aws:eks:…/name`). */
const clusterAddress = ({ context = "", namespace }: { context?: string; namespace: string }) =>
  `kubernetes://${encodeURIComponent(context)}/${namespace}`;

export function clusterOf(host: string): { context?: string; namespace: string } {
  const [, context = "", namespace = ""] = /^kubernetes:\/\/([^/]*)\/(.+)$/.exec(host) ?? [];
  return { ...(context === "" ? {} : { context: decodeURIComponent(context) }), namespace };
}

/** For people: what a sentence says that something is on. */
export function whereOf({ platform, host }: Pick<Place, "platform" | "host">): string {
  if (platform !== "kubernetes") return `the Docker engine at ${host}`;
  const { context, namespace } = clusterOf(host);
  const cluster = context === undefined ? "the current context" : `context ${context}`;
  return `namespace ${namespace} of the cluster (${cluster})`;
}
