import type { Readable, Writable } from "node:stream";
import type { KeptImage } from "../spec/hostRegistry";
export type { Place } from "../spec/place";
import type {
  Disk,
  Fault,
  HostRegistry,
  Lock,
  Observation,
  ObservedContainer,
  Reach,
  RecordEvent,
  ReleaseContent,
  ServiceSpec,
  Slot,
} from "../spec/types";

/** What is there was read, and nothing may be done with it before somebody mends it. */
export class Refusal extends Error {
  constructor(readonly fault: Fault) {
    super(`${fault.path}: ${fault.what}. ${fault.cure ?? ""}`);
  }
}

/** Who asks a registry for images. */
export interface Login {
  /** Host, with port where there is one. */
  address: string;
  username: string;
  password: string;
}

/** The registry of ours on a Docker host. */
export interface HostRegistrySettings {
  /** What references to it begin with: address and port of the host's loopback. */
  server: string;
  port: number;
  image: string;
}

/** What an observation is to look for, beside the application itself. */
export interface Asked {
  /** References that a registry should serve, asked for where the platform itself lacks them. */
  pushed: string[];
  logins: Login[];
  /** What references to the registry on the host begin with; absent where it is not used. */
  hostRegistry?: string;
}

export interface LackingImages {
  /** Only this machine has them: neither the platform nor a registry that serves it. */
  unsent: string[];
  /** A registry has them for those who log in. */
  unpulled: string[];
}

/** One container or pod, as the gate sees it. */
export interface Unit {
  id: string;
  name: string;
  service: string;
  state: "created" | "running" | "restarting" | "exited" | "missing";
  /** What the platform's own check says. */
  health: "none" | "starting" | "healthy" | "unhealthy";
  exitCode?: number;
  /** How often the platform has started it again. */
  restarts: number;
  /** ISO 8601; the last time. */
  startedAt?: string;
  /** Its last end was for want of memory. */
  outOfMemory?: true;
  /** Output of the last health check, or what else keeps it from being healthy. */
  lastCheck?: string;
  /** Its image is on its way to the node: that is no fault of the candidate's. */
  pulling?: true;
  /** Why it can never be healthy, whatever the time: its image cannot be pulled. */
  fault?: string;
}

/** A service as an image is tried with it: secrets filled in. */
export type TriedService = Omit<ServiceSpec, "image" | "reason" | "environment" | "files"> & {
  environment: Record<string, string>;
  files: { path: string; content: string; mode: string }[];
};

export interface Answer {
  status: number;
  body: string;
  /** Milliseconds. */
  took: number;
}

/** What a look at a port of a unit found: no status where only a connection was tried. Milliseconds, where they can be known. */
export interface Visit {
  status?: number;
  took?: number;
}

/** What the platform says of itself. */
export interface About {
  /** The same as its identity. */
  id: string;
  version: string;
  /** Absent where it cannot be asked. */
  disk?: Disk;
}

/** What the edge shows to clients under a name. */
export interface Certificate {
  /** ISO 8601. */
  until: string;
  /** Why it is not one for this name. */
  fault?: string;
}

/** What the traffic resource writes: one entry for the whole application. */
export interface TrafficTable {
  slot: Slot;
  release: string;
  /** Names of the front door's units, with port. */
  targets: string[];
  healthPath: string;
  /** Seconds. */
  deployTimeout: number;
  drainTimeout: number;
  /** The slot that is left goes on running: what is under way there ends by itself. */
  keepsLeft?: true;
  reach: Reach;
  /** What every request is answered with, in place of the application. */
  maintenance?: string;
  /** The user's own certificate and its key, in PEM form. */
  pem?: { cert: string; key: string };
}

/** Where the traffic goes now, and from where. */
export interface Serving {
  slot?: Slot;
  release?: string;
  targets: string[];
  /** Absent with the entry. */
  reach?: Reach;
  /** Percent of requests that go to a candidate; absent outside a canary. */
  canary?: number;
  /** Absent when requests reach the targets; may be empty: closed by hand, without a message. */
  maintenance?: string;
}

/** All that is there, and what it was told from. */
export interface Look {
  observation: Observation;
  /** Records that are in their store; the observation has those too that only their containers tell of. */
  stored: { id: string; events: RecordEvent[] }[];
  serving: Serving;
}

/** Why https does not work under a name. */
export interface HttpsFault {
  /** In the words of whoever found it. */
  seen: string;
  /** It is about an earlier try, and there was no other since: the edge tries again when its entry is written. */
  stale: boolean;
}

/** What is asked of a unit's log. */
export interface LogAsked {
  /** The last ones. @default all */
  lines?: number;
  /** ISO 8601; what was written at that very moment is told again. */
  since?: string;
  /** And all that is written from now on, until the unit ends. */
  follow: boolean;
}

export interface LogLine {
  /** ISO 8601 in UTC with nine digits behind the second, by the clock of the platform. */
  at: string;
  source: "stdout" | "stderr";
  text: string;
}

/** What a process in a unit reads from, and writes to. */
export interface Session {
  input: Readable;
  output: Writable;
  errors: Writable;
  /** It is a terminal: its size is told now, and whenever it changes. Returns what ends that. */
  sizes?(listener: (size: { rows: number; columns: number }) => void): () => void;
}

/** A unit like one that is there, for one command. */
export interface OneOff {
  /** Its networks, mounts and limits. */
  like: string;
  /** The unit that its image, environment and files are of. */
  content: string;
  service: string;
  command: string[];
  /** Paths of files that were put into it. */
  files: string[];
  terminal: boolean;
}

/** A dump of an accessory's database, as the platform keeps it. */
export interface Backup {
  /** `<accessory>-<time>.dump` */
  name: string;
  accessory: string;
  /** ISO 8601, UTC, to the second. */
  at: string;
  bytes: number;
  sha256: string;
}

/** What the resources of this provider need from a platform. Each method is one short conversation. */
export interface Platform {
  /** The engine's own identity: `docker info` ID, kube-system uid. */
  identity(): Promise<string>;
  about(): Promise<About>;
  observe(asked?: Asked): Promise<Look>;

  readClaim(): Promise<string | undefined>;
  /** Puts the claim if there is none; returns the one that holds afterwards. */
  putClaim(id: string): Promise<string>;
  /** And what all applications there share, when this was the last one. */
  removeClaim(): Promise<void>;

  readLock(): Promise<Lock | undefined>;
  /** Puts the lock if there is none; returns the one that holds afterwards. */
  putLock(lock: Lock): Promise<Lock>;
  removeLock(): Promise<void>;

  hostRegistry(): Promise<HostRegistry>;
  /** Returns which one it is. */
  ensureHostRegistry(settings: HostRegistrySettings, logins: Login[]): Promise<string>;
  fillHostRegistry(images: KeptImage[]): Promise<void>;

  /** Put if absent. */
  putRecord(release: string, content: ReleaseContent): Promise<void>;
  hasRecord(release: string): Promise<boolean>;
  removeRecord(release: string): Promise<void>;
  events(release: string): Promise<RecordEvent[]>;
  addEvent(release: string, event: RecordEvent): Promise<void>;
  /** Remembers that a resource is whole and in the state. */
  settle(resource: string, unit: string): Promise<void>;

  /** Which of these images are not on the platform and come there by us only. */
  lackingImages(references: string[], logins: Login[]): Promise<LackingImages>;
  sendImages(references: string[], logins: Login[], say: (line: string) => void): Promise<void>;
  /** To its registry, under these further tags too. Returns name@digest. */
  pushImage(reference: string, tags: string[], logins: Login[]): Promise<string>;
  /** Into a file of this machine, as `docker save` writes it. */
  saveImage(reference: string, file: string, logins: Login[]): Promise<void>;
  /** To its registry, under this tag alone. */
  stageImage(reference: string, tag: string, logins: Login[]): Promise<void>;
  /** From a registry that wants a login. */
  pullImages(references: string[], logins: Login[]): Promise<void>;

  /** What is there, and where the traffic goes: less than `observe` tells, with fewer questions. */
  whatRuns(): Promise<{ serving: Serving; units: ObservedContainer[] }>;
  /** A beat whenever a unit has started, or the traffic may have moved. */
  changes(signal: AbortSignal): AsyncIterable<void>;
  unit(id: string): Promise<Unit>;
  /** Makes a unit that reaches nothing and is reached by nobody. Returns its id. */
  makeThrowaway(image: string, service: TriedService): Promise<string>;
  startUnit(id: string): Promise<void>;
  /** Removes units, and networks after them, that carry this application's label. Returns the names of those that were there. */
  removeUnits(ids: string[]): Promise<string[]>;
  /** Last lines of what a unit wrote. */
  logs(id: string, lines: number): Promise<string>;
  /** All that the platform knows of these units and of what happened since, as files, for who looks for a reason. */
  evidence(ids: string[], since: Date, withEnvironment: boolean): Promise<Record<string, string>>;
  /** Line by line, oldest first, until the signal; throws what keeps it from being read. */
  openLog(id: string, asked: LogAsked, signal: AbortSignal): Promise<AsyncIterable<LogLine>>;
  /** Runs a command in a unit. Returns its exit code. */
  exec(id: string, command: string[], session: Session): Promise<number>;
  makeOneOff(oneOff: OneOff): Promise<string>;
  /** Starts a one-off unit that was made for a session, and waits for its end. Returns its exit code. */
  runOneOff(id: string, session: Session): Promise<number>;
  /** Starts a one-off unit and waits for its end. Throws after `timeout` seconds. */
  run(id: string, timeout: number): Promise<{ exitCode: number }>;
  /** Starts a one-off unit and ends it at once. Throws what keeps it from starting. */
  trial(id: string): Promise<void>;
  /** GET on a port of a unit, from outside the slot. Throws when nothing answers. */
  request(id: string, port: number, path: string, timeout: number): Promise<Answer>;

  /**
   * From the platform's own machine, at a port of a unit that may be published or not: GET of a path, without one a
   * connection alone. Undefined where no way leads there from here; throws when nothing answers.
   */
  visit(id: string, port: number, path?: string): Promise<Visit | undefined>;
  /** Of all accessories, newest first. */
  backups(): Promise<Backup[]>;
  /** Dumps the database of a unit, and removes the oldest beyond `keep`. */
  backUp(
    accessory: string,
    unit: string,
    keep: number,
    signal?: AbortSignal,
  ): Promise<{ made: Backup; removed: string[] }>;
  /** In one transaction: when this throws, the database is as it was. */
  restore(backup: Backup, unit: string, signal?: AbortSignal): Promise<void>;

  /** Whether something takes connections there, on the platform's own machine. */
  listens(address: string, port: number): Promise<boolean>;

  serving(): Promise<Serving>;
  /** `left`: what the entry says until then, where that is another reach. */
  setTraffic(table: TrafficTable, left?: Reach): Promise<void>;
  /** Lets the table's slot have so many percent of the requests before it gets the traffic; 0 ends that. */
  weigh(table: Pick<TrafficTable, "targets">, percent: number): Promise<void>;
  /** Every request is answered with the table's maintenance from now on, before an entry that is new could be reached. */
  close(table: TrafficTable): Promise<void>;
  /** Requests reach the targets again. */
  open(): Promise<void>;
  removeTraffic(): Promise<void>;
  /** A handshake at the edge under this name; undefined when it has a certificate for it. */
  httpsFault(host: string): Promise<HttpsFault | undefined>;
  /** Throws why there is none. */
  certificate(host: string): Promise<Certificate>;
  /** GET of a public address at the edge itself: neither DNS nor what stands before the host is asked. */
  visitEdge(url: string, timeout: number): Promise<Answer>;
}
