import type { Severity } from "./supplyChain";

/** The vocabulary of Slipway as plain data. Everything here is known before any resource exists. */

/** One of the two closed units that run a release. */
export type Slot = "blue" | "green";
export const SLOTS: readonly Slot[] = ["blue", "green"];
export const other = (slot: Slot): Slot => (slot === "blue" ? "green" : "blue");

export type PlatformKind = "docker" | "kubernetes" | "ecs";

/**
 * app: slotted, takes requests · worker: takes none, one at a time · task: runs to its end once a
 * release · accessory: stateful, shared by both slots, never blue/green.
 */
export type Role = "app" | "worker" | "task" | "accessory";

/** A text that may hold secrets: they stay names until the moment a container is made. */
export type Text = string | { parts: (string | { secret: string })[] };

/** Where a service's image comes from; part of the release id, so never a digest of this run's build. */
export type ImageSource =
  | {
      kind: "reference";
      reference: string;
      /** Stands for a build (promoted, or named in slipway:images); no part of the identity. */
      built?: true;
    }
  | {
      kind: "build";
      /** Absolute path; not part of the identity. */
      context: string;
      /** Path inside the context; empty when the Compose file holds the Dockerfile itself. */
      dockerfile: string;
      /** The Dockerfile that the Compose file holds. */
      inline?: string;
      args: Record<string, string>;
      target?: string;
      /** Name -> absolute path, or docker-image://reference. */
      contexts?: Record<string, string>;
      /** What `RUN --mount=type=secret` gets, by id; no part of the hash, as in BuildKit's cache. */
      secrets?: Record<string, Text>;
      labels?: Record<string, string>;
      network?: BuildNetwork;
      extraHosts?: HostEntry[];
      /** Sorted. Built for several, or with attestations, it is pushed by the builder: no engine can hold it. */
      platforms?: string[];
      attest?: Attest;
      /** Hash over the contexts' content, the Dockerfile, args, target and mirrors. 16 hex digits. */
      hash: string;
      /** The unique tag that this build gets: `<application>-<service>:<hash>`. */
      reference: string;
      /** What the image is called, where files or config say it; no part of the hash, nor of the identity. */
      version?: string;
    };

/** What an image's manifest list says of how it was made. */
export interface Attest {
  provenance: "max";
  /** The image that makes the bill of materials. */
  sbom?: string;
}

/** How images are built. */
export interface BuildSettings {
  /** Name of a buildx builder; absent = docker-build looks for one. */
  builder?: string;
  /** Whether it is the one inside the engine, which can neither push nor write a cache elsewhere. */
  own: boolean;
  /** Absent = the builder's own alone. */
  cache?: boolean | { from: string[]; to: string[] };
}

/** What another stack's active release runs. */
export interface Promoted {
  /** Name of the stack. */
  from: string;
  /** Service -> name@digest; those that were pushed. */
  images: Record<string, string>;
}

export type BuildNetwork = "default" | "host" | "none";

export interface HostEntry {
  host: string;
  ip: string;
}

/** Times in seconds. */
export interface HealthCheck {
  /** A command run inside the container, in Docker's form: ["CMD", ...] or ["CMD-SHELL", line]. */
  test?: string[];
  /** Asked from outside by the gate and the proxy: GET, 200 is healthy. */
  http?: { path: string; port: number };
  interval: number;
  timeout: number;
  retries: number;
  startPeriod: number;
}

/** A request to the candidate before it gets traffic. */
export interface SmokeCheck {
  path: string;
  /** @default the service's first ingress, health or container port */
  port: number;
  status: number;
  contains?: string;
  /** Milliseconds. */
  maxLatency?: number;
}

export interface VolumeMount {
  volume: string;
  path: string;
  readOnly: boolean;
}

/** A file that travels in the release: a read-only bind of a file, a Compose config or secret. */
export interface MountedFile {
  path: string;
  content: Text;
  /** Octal, for example "0444". */
  mode: string;
}

export type DependencyCondition = "started" | "healthy" | "completed";

export interface Dependency {
  service: string;
  condition: DependencyCondition;
}

export interface Resources {
  /** Number of processors, for example 0.5. */
  cpus?: number;
  /** MiB. */
  memory?: number;
}

export interface Logging {
  /** @default json-file */
  driver?: string;
  options: Record<string, string>;
}

export interface Device {
  host: string;
  container: string;
  /** Of r, w, m. */
  permissions: string;
}

export interface PublishedPort {
  /** Port inside the container. */
  container: number;
  /** Port on the host. */
  host?: number;
  protocol: "tcp" | "udp";
}

/** One service, complete: defaults applied, roles decided. Maps are sorted by key. */
export interface ServiceSpec {
  name: string;
  role: Role;
  /** Why it has this role, in words for `check`. */
  reason: string;
  image: ImageSource;
  entrypoint?: string[];
  command?: string[];
  environment: Record<string, Text>;
  files: MountedFile[];
  volumes: VolumeMount[];
  /** Paths of in-memory file systems, with `:options` where there are any. */
  tmpfs: string[];
  /** Compose's own networks that it joins ("default" when it names none). */
  networks: { name: string; aliases: string[] }[];
  ports: PublishedPort[];
  /** Ports that the container listens on, published or exposed. */
  expose: number[];
  health?: HealthCheck;
  dependsOn: Dependency[];
  resources: Resources;
  replicas: number;
  /** Seconds between the stop signal and the kill. */
  stopGracePeriod: number;
  stopSignal?: string;
  user?: string;
  workingDir?: string;
  hostname?: string;
  init?: boolean;
  readOnly?: boolean;
  privileged?: boolean;
  capAdd: string[];
  capDrop: string[];
  extraHosts: HostEntry[];
  /** Bytes. */
  shmSize?: number;
  sysctls: Record<string, string>;
  ulimits: { name: string; soft: number; hard: number }[];
  /** The user's own labels. */
  labels: Record<string, string>;
  // Keys below came later: absent unless given, so that no release's id changes without a reason.
  domainname?: string;
  dns?: string[];
  dnsSearch?: string[];
  dnsOptions?: string[];
  groupAdd?: string[];
  securityOpt?: string[];
  devices?: Device[];
  /** "all", a number, or "device=0,1", as `docker run --gpus` takes them. */
  gpus?: string;
  /** On Kubernetes: what a pod requests of its node, where that is not what it may take. */
  requests?: Resources;
  runtime?: string;
  ipc?: "private" | "shareable";
  cpuShares?: number;
  cpuset?: string;
  /** MiB of memory and swap together; -1 = without a limit. */
  memorySwap?: number;
  storageOpt?: Record<string, string>;
  tty?: boolean;
  stdinOpen?: boolean;
  logging?: Logging;
  /** A one-off command with the new image, before its slot starts. */
  release?: string[];
  /** Of a worker: when it runs, as cron has it, in UTC. */
  schedule?: string;
  /** Of an app; `replicas` is its min. `cpu`: percent of what a pod requests. */
  autoscale?: { min: number; max: number; cpu: number };
  smoke: SmokeCheck[];
}

/** Which requests go to which service. Ordered: longest path first within a host. */
export interface IngressRule {
  service: string;
  /** Port of the container. */
  port: number;
  /** The Host to match; absent = any. */
  host?: string;
  /** Path prefix, "/" for all. */
  path: string;
  stripPrefix: boolean;
  /** The port that clients use (the edge publishes it). */
  publishedPort: number;
}

export interface Strategy {
  /** Seconds that a candidate may take to become healthy. */
  deployTimeout: number;
  /** Seconds that requests on the old slot may take to end after the flip. */
  drainTimeout: number;
  /** Served releases that stay possible to roll back to. */
  retain: number;
  /** Whether the slot that was left goes on running. */
  idle: "keep" | "empty";
  /** Shares of the requests, in percent, that a new release gets first, each for so many seconds. */
  canary?: { weight: number; pause: number }[];
}

/** Dumps of the databases that accessories are. */
export interface BackupSettings {
  /** Of each database. */
  keep: number;
  beforeDeploy: boolean;
}

/** https at the edge. */
export interface TlsSettings {
  /** By Let's Encrypt's staging directory: for trials, browsers do not trust it. */
  staging: boolean;
  /** Plain HTTP is redirected, once https works for every name. */
  redirect: boolean;
  /** One of the user's own, by the names of its secrets; absent = by ACME. `fingerprint`: of the public part. */
  certificate?: { cert: string; key: string; fingerprint: string };
}

/** Under which names, and how, the edge takes requests. */
export interface Reach {
  /** None = any. */
  hosts: string[];
  /** `certificate`: fingerprint of the user's own. */
  tls?: { staging: boolean; redirect: boolean; certificate?: string };
}

/** Who asks a registry for images. */
export interface RegistryLogin {
  /** Host, with port where there is one. */
  address: string;
  username: string;
  /** Name of the secret. */
  password: string;
}

/** What a built image has to pass before a candidate runs it. */
export interface SupplyChain {
  /** Services whose images are started once before they get their tags. */
  verified: string[];
  /** Refused: findings of this severity or above, without those that are ignored. */
  scan?: { severity: Severity; ignore: string[] };
  /** By cosign. `publicKey`: its PEM text; the others are names of secrets. */
  sign?: { publicKey: string; key?: string; password?: string };
}

export interface DockerSettings {
  /** unix:///..., tcp://... or ssh://user@host */
  host: string;
  /** Address that the edge publishes its ports on. */
  bind: string;
  /** Ports that the edge publishes; absent = the HTTP ports of the first release. */
  ports?: number[];
  /** Images of the edge proxy and the generated router, mirrors applied. */
  proxyImage: string;
  routerImage: string;
}

/** Where on Kubernetes, and what the cluster is asked for. */
export interface KubernetesSettings {
  /** Of the kubeconfig; absent = its current one. */
  context?: string;
  namespace: string;
  /** Of the one Service that takes the traffic. */
  expose: "ClusterIP" | "NodePort" | "LoadBalancer";
  /** With NodePort, of the first port; absent = the cluster chooses. */
  nodePort?: number;
  ingress?: {
    /** Absent = the cluster's default. */
    class?: string;
    annotations: Record<string, string>;
    /** A Secret with the certificate for all names; what fills it, where that is not the user, say annotations. */
    tlsSecret?: string;
  };
  /** Whose HTTPRoute leads to the Service, in place of an Ingress. */
  gateway?: { name: string; namespace?: string; section?: string };
  /** Absent = the cluster's default. */
  storageClass?: string;
  /** Of each volume: "8Gi". */
  storage: string;
}

/** What this stack says of a repository on GitHub: an environment of its own, and what the repository has for all. */
export interface Github {
  repository: { owner: string; name: string };
  /** Made so where it is not there. */
  create?: { visibility: "private" | "internal" | "public"; description: string };
  /** Address of an Enterprise Server; absent = GitHub itself. */
  server?: string;
  /** Name of the secret; absent = GITHUB_TOKEN. */
  token?: string;
  environment: {
    name: string;
    /** Logins, and teams as organization/team. */
    reviewers: string[];
    preventSelfReview: boolean;
    adminsBypass: boolean;
    /** Minutes. */
    waitTimer: number;
    /** Patterns; neither = any branch and tag. */
    branches?: "protected" | string[];
    tags?: string[];
    secrets: Record<string, Text>;
    variables: Record<string, string>;
  };
  secrets: Record<string, Text>;
  variables: Record<string, string>;
  protection?: {
    branches: string[];
    /** Approvals. */
    reviews: number;
    codeOwners: boolean;
    requiredChecks: string[];
    upToDate: boolean;
    /** Names of environments. */
    requiredDeployments: string[];
    linearHistory: boolean;
  };
  /** `color`: six hex digits. */
  labels: Record<string, { color: string; description: string }>;
  dependabot?: boolean;
}

/** What git knows of the project's folder; it is asked when that is first needed. */
export interface Git {
  /** As `git describe` has it; `-dirty` at both when tracked files differ from the commit. */
  describe(): { version: string; revision: string } | { why: string };
  /** The remote `origin`, without credentials. */
  source(): string | undefined;
  /** The branch that is checked out; undefined for a commit alone. */
  branch(): string | undefined;
}

/** Everything that one run needs, validated and complete. Secret values are not in it. */
export interface ApplicationSpec {
  /** Fixed physical prefix. */
  name: string;
  /** The stack. */
  environment: string;
  platform: PlatformKind;
  docker: DockerSettings;
  /** On that platform only. */
  kubernetes?: KubernetesSettings;
  /** Names that the edge answers to; none = any. */
  domains: string[];
  tls?: TlsSettings;
  /** What people call the release; part of its id. */
  version?: string;
  /** A retained release to go back to: id, or a version that exactly one served record bears. */
  release?: string;
  /** A held release that shall be deployed all the same. */
  force?: string;
  /** Claim to take over. */
  adopt?: string;
  /** What every request is answered with, in place of the application. */
  maintenance?: string;
  strategy: Strategy;
  backup: BackupSettings;
  services: ServiceSpec[];
  ingress: IngressRule[];
  /** Named volumes (Compose's key). */
  volumes: string[];
  /** Compose's own networks; "default" included when used. */
  networks: { name: string; internal: boolean }[];
  /** Secret names that the application uses -> fingerprint (16 hex). */
  secrets: Record<string, string>;
  /** All names in slipway:secrets -> fingerprint, used or not: an older release may want them. */
  availableSecrets: Record<string, string>;
  /** Images taken from elsewhere: public reference -> reference used instead. */
  mirrors: Record<string, string>;
  /** Built images are pushed here; absent = they stay on the engine. */
  registry?: {
    /** Host and path. */
    server: string;
    /** Whether the tag `latest` follows. */
    latest: boolean;
    /** One of ours, on the Docker host; absent = somebody else's. */
    onHost?: { port: number; image: string };
  };
  logins: RegistryLogin[];
  /** Absent = as docker-build does by itself. */
  builds?: BuildSettings;
  supply: SupplyChain;
  /** Absent = GitHub is left alone. */
  github?: Github;
  warnings: string[];
}

/** The immutable content of a release: what is kept in its record and rendered into a slot. */
export interface ReleaseContent {
  /** Version of this format and of how it is rendered; a change travels as an ordinary deploy. */
  renderer: number;
  application: string;
  platform: PlatformKind;
  version?: string;
  /** App, worker and task services. */
  services: ServiceSpec[];
  ingress: IngressRule[];
  networks: { name: string; internal: boolean }[];
  secrets: Record<string, string>;
  /** Accessories that it was made with: name -> image reference. */
  accessories: Record<string, string>;
  /** Image of the generated router. */
  routerImage: string;
}

export interface Release {
  /** 12 hex digits, a hash of the content. */
  id: string;
  /** What people call it: the explicit version, else the id. */
  label: string;
  content: ReleaseContent;
}

export type EventKind =
  | "gate-passed"
  | "moving"
  | "served"
  | "task-started"
  | "task-done"
  | "digest"
  | "rolled-back-from";

export interface RecordEvent {
  kind: EventKind;
  /** ISO 8601, UTC, by the clock of the machine that ran the update. */
  at: string;
  /** Id of the update that wrote it: of `slipway deploy`, or its own. */
  update?: string;
  /** Task's service, slot, image digest, ... */
  detail?: Record<string, string>;
}

/** A release as the platform keeps it. */
export interface ReleaseRecord {
  id: string;
  content: ReleaseContent;
  /** Oldest first. */
  events: RecordEvent[];
  /** References of images that are no longer to be had, by service; with a reason where a registry gave one. */
  missingImages: Record<string, string>;
}

export interface ObservedContainer {
  id: string;
  name: string;
  /** Logical resource name (label `slipway.resource`). */
  resource: string;
  service: string;
  role:
    "app" | "task" | "trial" | "worker" | "front" | "accessory" | "edge" | "holder" | "throwaway";
  slot?: Slot;
  release?: string;
  running: boolean;
  /** What Docker says: "starting" | "healthy" | "unhealthy" | "none". */
  health: string;
  labels: Record<string, string>;
}

export interface ObservedSlot {
  /** empty: nothing there · complete: a running container of each service of one release · incomplete: anything else */
  state: "empty" | "complete" | "incomplete";
  /** The one release whose containers are there; absent when none or several. */
  release?: string;
  containers: ObservedContainer[];
  /** Service names that are missing or not running, when incomplete. */
  lacking: string[];
}

export interface Disk {
  /** For Docker. */
  free: number;
  /** What `slipway prune` would free at least; looked for only when little is free. */
  prunable?: number;
}

/** The registry of ours on the Docker host. */
export interface HostRegistry {
  state: "running" | "stopped" | "absent";
  /** What references to it begin with; absent in a container that only has its name. */
  server?: string;
  /** Which one it is. */
  store?: string;
  /** Whether what was pushed to it is there. */
  kept: boolean;
}

/** Nobody is to deploy. */
export interface Lock {
  who: string;
  why: string;
  /** ISO 8601, UTC. */
  at: string;
}

/** What a namespace lets in, in our own units. */
export interface NamespaceLimits {
  /** Left of each resource as the quota calls it: processors, bytes, or a number of objects. */
  quotas: { name: string; left: Record<string, number> }[];
  /** Of each container; `limit` and `request` where it says nothing itself. */
  ranges: {
    name: string;
    max: Resources;
    min: Resources;
    limit: Resources;
    request: Resources;
  }[];
}

/** What really is there, read at the start of each run. Whole, or not at all. */
export interface Observation {
  /** `docker info` ID, kube-system uid. */
  engine: string;
  claim?: string;
  /** The slot that the traffic goes to; absent when nothing serves. */
  serving?: Slot;
  /** As the proxy's entry has it; absent without one. */
  reach?: Reach;
  /** What the edge answers every request with, in place of the application. */
  maintenance?: string;
  lock?: Lock;
  slots: Record<Slot, ObservedSlot>;
  /** Oldest first by first event or creation. */
  records: ReleaseRecord[];
  accessories: ObservedContainer[];
  workers: ObservedContainer[];
  edge?: ObservedContainer;
  /** The container through which records are read; more than one after killed runs. */
  holders: ObservedContainer[];
  /** In which an image was tried by a run that was killed. */
  throwaways: ObservedContainer[];
  /** References of this application's built images that are on the engine, or with a registry that serves them to it. */
  builds: string[];
  /** Ids of the networks that are there, by logical name; on Kubernetes of Services and volume claims. */
  networks: Record<string, string>;
  /** Container ids that are known to be complete (written by Ready), by logical resource name. */
  settled: Record<string, string>;
  /** Absent where it is not used. */
  hostRegistry?: HostRegistry;
  /** Of the images that this run's description takes from it: those that it has not, and why. */
  unserved?: Record<string, string>;
  /** Bytes; absent where the disk cannot be asked. */
  disk?: Disk;
  /** On Kubernetes, when a run asks for it. */
  limits?: NamespaceLimits;
  /** The state was lost: it knows of nothing here but the claim that it adopts (spec/adopt.ts). */
  adopting?: true;
}

/** What happens to a part that both slots share. */
export type SharedAction =
  /** As it is: declared, never touched. */
  | "keep"
  /** Absent, stopped, or the orphan of a killed run: made anew. */
  | "create"
  /** The user's own keys changed: replaced, which interrupts it. */
  | "change";

export interface EdgePlan {
  action: SharedAction;
  image: string;
  bind: string;
  ports: number[];
  /** 443 is published too, and 80, from where clients are redirected. */
  https?: true;
  /** With a change: ports that are not open yet. */
  opens?: number[];
}

/** What this run will do. */
export type Plan = DeployPlan | { kind: "refused"; faults: Fault[] };

export interface DeployPlan {
  /** first and deploy: render into the target · flip: only traffic moves · steady: nothing · restore: give the last serving slot its traffic back */
  kind: "first" | "deploy" | "flip" | "steady" | "restore";
  /** The slot that has the traffic when this run ends. */
  target: Slot;
  release: Release;
  /** The slot that has the traffic as the run begins. */
  serving?: Slot;
  /** After the loss of a state: containers and networks that this run leaves behind, to be removed when it has the traffic. */
  leaves?: string[];
  /** The slot that goes on beside it, sealed. */
  kept?: Slot;
  /** The release that is left by going back; it is held afterwards. */
  rolledBackFrom?: string;
  edge: EdgePlan;
  /** By accessory. */
  accessories: Record<string, SharedAction>;
  /** Records to keep, oldest first; the target's own is among them. */
  records: { id: string; content: ReleaseContent }[];
  /** Lines for people: what goes where, what differs, what restarts. */
  summary: string[];
  warnings: string[];
}

/** A place in a file of the user's; line and column count from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** A user's fault, or a warning: `path: what, given, allowed, cure`. */
export interface Fault {
  /** In the user's own key names: `services.api.ports[0]`, `slipway:strategy.retain`. */
  path: string;
  what: string;
  given?: string;
  allowed?: string;
  cure?: string;
  /** Found when it is told, not while reading. */
  at?: Position;
  /** Only a stack's config can mend it: without a stack, `check` tells it as a warning. */
  stack?: true;
}
