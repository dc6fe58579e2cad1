import type { Slot } from "./types";

/** Labels on everything that Slipway makes. */
export const LABEL = {
  /** The application's fixed name: what an observation looks for. */
  application: "slipway.application",
  claim: "slipway.claim",
  slot: "slipway.slot",
  release: "slipway.release",
  service: "slipway.service",
  role: "slipway.role",
  /** Logical name of the resource in the program. */
  resource: "slipway.resource",
  /** Differs in each rendering, so that "unchanged" in the state never hides what is gone in reality. */
  attempt: "slipway.attempt",
  /** On a built image: the application. Not `application`, for containers inherit an image's labels. */
  builtFor: "slipway.built-for",
  /** On the registry of a Docker host and its volume: which one it is. An id of its own, for what was lost is not there any more. */
  store: "slipway.store",
  /** The release's content, compressed: a slot describes itself. */
  record: "slipway.record",
  /** On Kubernetes, of a front door's pods: what the one Service selects. */
  front: "slipway.front",
  /** On Kubernetes, of the one Service: the host names that lead to it. */
  reach: "slipway.reach",
  /** On Kubernetes, of the one Service: percent of requests that a candidate gets before it has the traffic. */
  canary: "slipway.canary",
  /** On Kubernetes, of an app: others of its slot reach it by a Service. */
  named: "slipway.named",
  /** On Kubernetes, of an accessory: logical names of what holds its values. */
  config: "slipway.config",
  /** The user's own keys of a shared part. */
  spec: "slipway.spec",
} as const;

/** Labels that begin so are ours. */
export const LABEL_PREFIX = "slipway.";

/** Application: it begins physical names, and with slot, service and a suffix they stay below 128. */
export const APPLICATION_NAME = /^[a-z][a-z0-9-]{0,30}$/;
export const APPLICATION_NAME_ALLOWED =
  "a-z, 0-9 and -, beginning with a letter, at most 31 characters";

/** Service, volume, network: they become host names and object names (63 with slot and suffix). */
export const PART_NAME = /^[a-z0-9]([a-z0-9_-]{0,38}[a-z0-9])?$/;
export const PART_NAME_ALLOWED =
  "a-z, 0-9, - and _, at most 40 characters, a letter or digit at both ends";

/** Secret: a variable in the Compose file, or (with a dash) one of Compose's own secrets. */
export const SECRET_NAME = /^[a-zA-Z_][a-zA-Z0-9_-]{0,62}$/;
export const SECRET_NAME_ALLOWED =
  "letters, digits, _ and -, beginning with a letter or _, at most 63 characters";

/** What a fault says of a setting that names a secret which the stack does not have. */
export const secretLacking = (name: string, secrets: Record<string, string>) => ({
  given: name,
  allowed: Object.keys(secrets).sort().join(", ") || "none is set",
  cure: `pulumi config set --secret --path slipway:secrets.${name}`,
});

/** What stands for the value of a secret where nothing can open it. As long as a key must be. */
export const SEALED = "[secret]".padEnd(64, " ");

/** Tags and labels of images allow these. */
export const VERSION = /^[a-zA-Z0-9][a-zA-Z0-9._+-]{0,63}$/;
export const VERSION_ALLOWED = "letters, digits and . _ + -, at most 64 characters";

/** Longest physical name that we make. */
export const PHYSICAL_NAME_LIMIT = 128;

/** Logical names of resources. A change of one is a change of identity: what runs would be replaced. */
export const resourceName = {
  network: (slot: Slot, network: string) =>
    network === "default" ? `network-${slot}` : `network-${slot}-${network}`,
  sharedNetwork: (network: string) =>
    network === "default" ? "network-shared" : `network-shared-${network}`,
  images: (slot: Slot) => `images-${slot}`,
  image: (slot: Slot, service: string) => `image-${slot}-${service}`,
  container: (slot: Slot, service: string, index: number) =>
    index === 0 ? `${slot}-${service}` : `${slot}-${service}.${index + 1}`,
  ready: (container: string) => `ready-${container}`,
  task: (slot: Slot, task: string) => `task-${slot}-${task}`,
  trial: (slot: Slot, worker: string) => `trial-${slot}-${worker}`,
  front: (slot: Slot) => `front-${slot}`,
  build: (service: string) => `build-${service}`,
  push: (service: string) => `push-${service}`,
  scan: (service: string) => `scan-${service}`,
  verify: (service: string) => `verify-${service}`,
  sign: (service: string) => `sign-${service}`,
  accessory: (service: string) => `accessory-${service}`,
  worker: (service: string, index: number) =>
    index === 0 ? `worker-${service}` : `worker-${service}.${index + 1}`,
  volume: (volume: string) => `volume-${volume}`,
  release: (id: string) => `release-${id}`,
  /** `github`, `github-environment`, `github-secret-TOKEN`. */
  github: (...parts: string[]) => ["github", ...parts].join("-"),
} as const;

/** A name that a wildcard stands for; any other stands for itself. */
export const sampleHost = (name: string): string => name.replace(/^\*/, "slipway");

// Physical names that must survive `destroy` and a lost state: fixed, without a suffix.

export const volumeName = (application: string, name: string): string =>
  bounded(`${application}-${name}`);
/** The volume of the records; its label is the claim. */
export const recordsVolume = (application: string): string => `slipway-${application}-records`;
/** Dumps of databases; they outlive the application, as its data does. */
export const backupsVolume = (application: string): string => `slipway-${application}-backups`;
/** The edge proxy's own state. */
export const proxyVolume = (application: string): string => `slipway-${application}-edge`;
/** On Kubernetes, the Service that leads to a candidate while it has a share of the requests. */
export const canaryService = (application: string): string => `${application}-canary`;
/** Unique tag of a built image. */
export const imageReference = (
  application: string,
  service: string,
  hash: string,
  registry?: string,
): string => `${registry === undefined ? "" : `${registry}/`}${application}-${service}:${hash}`;

/** What `imageReference` makes. Whose it is says the label: a name has dashes of its own. */
export const BUILT_REFERENCE = /^[a-z][a-z0-9_-]*:[0-9a-f]{16}$/;

function bounded(name: string): string {
  if (name.length <= PHYSICAL_NAME_LIMIT) return name;
  throw new Error(`name "${name}" is longer than ${PHYSICAL_NAME_LIMIT} characters`);
}

/** Where the holder, a container that is made and never started, mounts the records volume. */
export const RECORDS_PATH = "/records";
/** Where kamal-proxy keeps its table; on the edge's volume. */
export const PROXY_STATE_PATH = "/home/kamal-proxy/.config/kamal-proxy";
