import type { Life } from "../../provider/life";
import type {
  Answer,
  Certificate,
  Backup,
  HostRegistrySettings,
  HttpsFault,
  LogAsked,
  LogLine,
  OneOff,
  Platform,
  Serving,
  Session,
  TrafficTable,
  TriedService,
  Unit,
  Visit,
} from "../../provider/platform";
import type { CheckContext, Context } from "../../provider/resources/kind";
import type { KeptImage } from "../../spec/hostRegistry";
import type {
  HostRegistry,
  Lock,
  Observation,
  RecordEvent,
  ReleaseContent,
} from "../../spec/types";
import { observation } from "./observation";

export const PLACE = {
  platform: "docker" as const,
  host: "unix:///var/run/docker.sock",
  application: "shop",
};

type Script<T> = (T | Error)[];

/** The next step of a script; its last one stays. */
function next<T>(script: Script<T> | undefined): T | undefined {
  const step = script && script.length > 1 ? script.shift() : script?.[0];
  if (step instanceof Error) throw step;
  return step;
}

/** A platform in memory: what units and answers do is written beforehand, what was done is read afterwards. */
export class FakePlatform implements Platform {
  engine = "engine-1";
  claim: string | undefined;
  found: Observation = observation();
  table: Serving = { targets: [] };
  /** Looks of a unit, one after the other; what is not said is running, without a check. */
  units: Record<string, Script<Partial<Unit>>> = {};
  /** By `<unit> :<port><path>`. */
  answers: Record<string, Script<Partial<Answer>>> = {};
  written: Record<string, string> = {};
  /** How a one-off unit ends. */
  runs: Record<string, number | Error> = {};
  /** What goes wrong with the next flip, and whether the traffic has moved all the same. */
  flipFault: { message: string; moved: boolean; unreachable?: boolean } | undefined;
  /** Which kind of event cannot be written. */
  eventFault: { kind: RecordEvent["kind"]; message: string } | undefined;
  readonly records = new Map<string, ReleaseContent>();
  readonly history = new Map<string, RecordEvent[]>();
  readonly settled: Record<string, string> = {};
  /** Every write, in order. */
  readonly writes: string[] = [];

  async identity() {
    return this.engine;
  }
  version = "28.0.1";
  async about() {
    const { disk } = this.found;
    return { id: this.engine, version: this.version, ...(disk ? { disk } : {}) };
  }
  async observe() {
    const stored = [...this.records.keys()].map((id) => ({
      id,
      events: this.history.get(id) ?? [],
    }));
    return { observation: this.found, stored, serving: this.table };
  }

  async readClaim() {
    return this.claim;
  }
  async putClaim(id: string) {
    this.writes.push(`putClaim ${id}`);
    return (this.claim ??= id);
  }
  async removeClaim() {
    this.writes.push("removeClaim");
    this.claim = undefined;
  }

  lock: Lock | undefined;
  async readLock() {
    return this.lock;
  }
  async putLock(lock: Lock) {
    this.writes.push(`putLock ${lock.who}`);
    return (this.lock ??= lock);
  }
  async removeLock() {
    this.writes.push("removeLock");
    this.lock = undefined;
  }

  registry: HostRegistry = { state: "absent", kept: false };
  async hostRegistry() {
    return this.registry;
  }
  async ensureHostRegistry({ server }: HostRegistrySettings) {
    this.writes.push(`ensureHostRegistry ${server}`);
    this.registry = { store: "store-1", ...this.registry, server, state: "running", kept: true };
    return this.registry.store!;
  }
  async fillHostRegistry(images: KeptImage[]) {
    this.writes.push(`fillHostRegistry ${images.map(({ reference }) => reference).join(" ")}`);
  }

  async putRecord(release: string, content: ReleaseContent) {
    this.writes.push(`putRecord ${release}`);
    if (!this.records.has(release)) this.records.set(release, content);
  }
  async hasRecord(release: string) {
    return this.records.has(release);
  }
  async removeRecord(release: string) {
    this.writes.push(`removeRecord ${release}`);
    this.records.delete(release);
  }
  async events(release: string) {
    return this.history.get(release) ?? [];
  }
  async addEvent(release: string, event: RecordEvent) {
    if (event.kind === this.eventFault?.kind) throw new Error(this.eventFault.message);
    this.writes.push(`addEvent ${release} ${event.kind}`);
    this.history.set(release, [...(this.history.get(release) ?? []), event]);
  }
  async settle(resource: string, unit: string) {
    this.writes.push(`settle ${resource} ${unit}`);
    this.settled[resource] = unit;
  }

  /** Images that only the machine of the run has. */
  readonly unsent: string[] = [];
  /** Images that a registry has for our logins. */
  readonly unpulled: string[] = [];
  async lackingImages(references: string[]) {
    const among = (list: string[]) => references.filter((reference) => list.includes(reference));
    return { unsent: among(this.unsent), unpulled: among(this.unpulled) };
  }
  async pushImage(reference: string, tags: string[]) {
    this.writes.push([`pushImage ${reference}`, ...tags].join(" "));
    return `${reference}@sha256:0`;
  }
  async saveImage(reference: string) {
    this.writes.push(`saveImage ${reference}`);
  }
  async stageImage(reference: string, tag: string) {
    this.writes.push(`stageImage ${reference} ${tag}`);
  }
  async pullImages(references: string[]) {
    if (references.length > 0) this.writes.push(`pullImages ${references.join(" ")}`);
    this.unpulled.splice(0);
  }
  async sendImages(references: string[]) {
    this.writes.push(`sendImages ${references.join(" ")}`);
    this.unsent.splice(0);
  }

  async whatRuns() {
    const { slots, accessories, workers, edge } = this.found;
    const inSlots = Object.values(slots).flatMap(({ containers }) => containers);
    const units = [...inSlots, ...accessories, ...workers, ...(edge ? [edge] : [])];
    return { serving: this.table, units };
  }
  /** Called for each beat; done when it says so. */
  beat: () => boolean | Promise<boolean> = () => false;
  async *changes(signal: AbortSignal) {
    do yield;
    while (!signal.aborted && (await this.beat()));
  }
  /** What each unit has written, and goes on to write where its log is followed. */
  lines: Record<string, LogLine[]> = {};
  readonly asked: (LogAsked & { id: string })[] = [];
  async openLog(id: string, asked: LogAsked) {
    this.asked.push({ id, ...asked });
    const lines = this.lines[id];
    if (lines === undefined) throw new Error("it has no log");
    const { since = "", lines: count = lines.length } = asked;
    const found = lines.filter(({ at }) => at >= since).slice(lines.length - count);
    return (async function* () {
      yield* found;
    })();
  }
  async exec(id: string, command: string[], { input, output }: Session) {
    this.writes.push(`exec ${id} ${command.join(" ")}`);
    for await (const chunk of input) output.write(chunk);
    const end = this.runs[id] ?? 0;
    if (end instanceof Error) throw end;
    return end;
  }
  async makeOneOff({ like, content, command, files }: OneOff) {
    this.writes.push(`makeOneOff ${like} ${content} ${[...files, ...command].join(" ")}`);
    return "one-off";
  }
  runOneOff = (id: string, session: Session) => this.exec(id, [], session);

  stored: Backup[] = [];
  /** Why the next dump, or its way back, fails. */
  backupFault: string | undefined;
  async backups() {
    return this.stored;
  }
  async backUp(accessory: string, unit: string, keep: number) {
    this.writes.push(`backUp ${accessory} ${unit} ${keep}`);
    if (this.backupFault !== undefined) throw new Error(this.backupFault);
    const at = "2026-01-01T10:00:00Z";
    const name = `${accessory}-20260101T100000Z.dump`;
    const made = { name, accessory, at, bytes: 2048, sha256: "a".repeat(64) };
    const removed = this.stored.splice(keep - 1).map((one) => one.name);
    this.stored.unshift(made);
    return { made, removed };
  }
  async restore({ name }: Backup, unit: string) {
    this.writes.push(`restore ${name} ${unit}`);
    if (this.backupFault !== undefined) throw new Error(this.backupFault);
  }

  async unit(id: string): Promise<Unit> {
    const look = next(this.units[id]) ?? {};
    return { id, name: id, service: id, state: "running", health: "none", restarts: 0, ...look };
  }
  async removeUnits(ids: string[]) {
    this.writes.push(`removeUnits ${ids.join(" ")}`);
    return ids.map((id) => `shop-${id}`);
  }
  async evidence() {
    return {};
  }

  async logs(id: string, lines: number) {
    return (this.written[id] ?? "").split("\n").slice(-lines).join("\n");
  }
  async makeThrowaway(image: string, { name }: TriedService) {
    this.writes.push(`makeThrowaway ${image} ${name}`);
    return `throwaway-${name}`;
  }
  obstacles: Record<string, string> = {};
  async startUnit(id: string): Promise<void> {
    const obstacle = this.obstacles[id];
    if (obstacle !== undefined) throw new Error(obstacle);
  }
  trial = (id: string) => this.startUnit(id);

  async run(id: string) {
    this.writes.push(`run ${id}`);
    const end = this.runs[id] ?? 0;
    if (end instanceof Error) throw end;
    return { exitCode: end };
  }
  async request(id: string, port: number, path: string): Promise<Answer> {
    const answer = next(this.answers[`${id} :${port}${path}`]);
    if (!answer) throw new Error("connection refused");
    return { status: 200, body: "", took: 1, ...answer };
  }

  /** By `<unit> :<port>`, with the path of a GET behind it; without a script no way leads there. */
  visits: Record<string, Script<Visit>> = {};
  async visit(id: string, port: number, path = "") {
    return next(this.visits[`${id} :${port}${path}`]);
  }

  /** Ports that something listens on. */
  taken: number[] = [];
  async listens(_address: string, port: number) {
    return this.taken.includes(port);
  }

  async serving() {
    if (this.flipFault?.unreachable && this.writes.includes("setTraffic")) {
      throw new Error("the engine does not answer");
    }
    return this.table;
  }
  async setTraffic({ slot, release, targets, reach }: TrafficTable) {
    this.writes.push("setTraffic");
    const { maintenance } = this.table;
    const closed = maintenance === undefined ? {} : { maintenance };
    const moves = !this.flipFault || this.flipFault.moved;
    if (moves) this.table = { slot, release, targets, reach, ...closed };
    if (this.flipFault) throw new Error(this.flipFault.message);
  }
  async weigh(_table: unknown, percent: number) {
    this.writes.push(`weigh ${percent}`);
    const { canary: _canary, ...table } = this.table;
    this.table = percent === 0 ? table : { ...table, canary: percent };
  }
  /** By host, what one look after the other finds. */
  https: Record<string, Script<HttpsFault | undefined>> = {};
  async httpsFault(host: string) {
    return next(this.https[host]);
  }
  async close({ maintenance = "" }: TrafficTable) {
    this.writes.push(`close ${maintenance}`);
    this.table = { ...this.table, maintenance };
  }
  async open() {
    this.writes.push("open");
    const { maintenance: _maintenance, ...table } = this.table;
    this.table = table;
  }
  certificates: Record<string, Script<Certificate>> = {};
  async certificate(host: string) {
    const certificate = next(this.certificates[host]);
    if (!certificate) throw new Error("the edge has no certificate");
    return certificate;
  }
  /** By URL; what is not said answers well. */
  edgeAnswers: Record<string, Script<Partial<Answer>>> = {};
  async visitEdge(url: string): Promise<Answer> {
    return { status: 200, body: "", took: 1, ...next(this.edgeAnswers[url]) };
  }
  async removeTraffic() {
    this.writes.push("removeTraffic");
    this.table = { targets: [] };
  }
}

/** What a resource works with: the platform, a run that lives on, and the lines that it says. */
export function context(platform: Platform) {
  const said: string[] = [];
  const alive = { assertAlive: async () => {} } as Life;
  const made: CheckContext & { said: string[] } = {
    platform,
    seen: platform,
    life: alive,
    say: (line) => void said.push(line),
    tell: (line) => void said.push(line),
    warn: (line) => void said.push(`warning: ${line}`),
    isPreview: false,
    said,
  };
  return made;
}

/** The same, of a run that has ended meanwhile. */
export const deadContext = (platform: Platform): Context => ({
  ...context(platform),
  life: {
    assertAlive: async () => {
      throw new Error("the run that asked for this has ended; nothing was written");
    },
  } as unknown as Life,
});

/** The message of the error that the work ends with. */
export async function errorOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: Error) => error.message,
  );
}

/** Lets minutes pass in a moment (with jest's fake timers), until the work has ended. */
export async function hurried<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await jest.advanceTimersByTimeAsync(180_000);
  return work;
}
