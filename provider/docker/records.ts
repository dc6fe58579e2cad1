import type { Lock, RecordEvent, ReleaseContent } from "../../spec/types";
import { LABEL, RECORDS_PATH, recordsVolume } from "../../spec/names";
import { type StoredRecord, type StoredRecords, UPDATE } from "../stored";
import { readVolume } from "./reader";
import type { Transport } from "./transport";

interface StoredContent {
  created: string;
  content: ReleaseContent;
}

/** What is read so far. */
interface ReadRecord {
  id: string;
  events: RecordEvent[];
  content?: ReleaseContent | undefined;
  created?: string | undefined;
  /** Name of a content file that is neither whole nor empty. */
  broken?: string;
}

/**
 * Files of the records volume, read and written through the archive API, so that nothing has to run:
 *   releases/<id>/content.json          immutable {created, content}; empty = removed, for the archive
 *                                       API cannot delete
 *   releases/<id>/events/<time>-<kind>-<random>.json   append-only
 *   settled/<resource>                  id of the unit that is whole and in the state
 *   lock.json                           {who, why, at}; empty = removed
 */
export class Records {
  constructor(
    private readonly transport: Transport,
    private readonly application: string,
  ) {}

  /** Any holder does: they all mount the one volume. */
  async holder(): Promise<string | undefined> {
    const found = await this.transport.docker.listContainers({
      all: true,
      filters: {
        label: [`${LABEL.application}=${this.application}`, `${LABEL.role}=holder`],
      },
    });
    return found[0]?.Id;
  }

  private async requireHolder(): Promise<string> {
    const holder = await this.holder();
    if (holder) return holder;
    throw new Error(
      `the container that holds the release records of "${this.application}" is gone. Run "pulumi up" again: it is made anew, the records are on their own volume`,
    );
  }

  async read(): Promise<StoredRecords> {
    const result: StoredRecords = { records: [], settled: {} };
    const files = await this.files("");
    const byId = new Map<string, ReadRecord>();
    for (const [name, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [, kind, id, part] = name.split("/");
      const lock = kind === LOCK_FILE ? parse<Lock>(text) : undefined;
      if (lock) result.lock = lock;
      if (kind === "settled" && id) result.settled[id] = text.trim();
      if (kind !== "releases" || !id) continue;
      const record = byId.get(id) ?? { id, events: [] };
      byId.set(id, record);
      if (part === "content.json") {
        const stored = parse<StoredContent>(text);
        record.content = stored?.content;
        record.created = stored?.created;
        if (!stored && text !== "") record.broken = name;
      }
      if (part === "events") record.events.push(...[parse<RecordEvent>(text)].filter(isWhole));
    }
    byId.forEach(assertWhole);
    // A removed release that came back begins anew: what happened before is not its history.
    result.records = [...byId.values()]
      .filter((record): record is ReadRecord & StoredRecord => record.content !== undefined)
      .map((record) => ({
        ...record,
        events: record.events.filter((event) => event.at >= record.created),
      }));
    return result;
  }

  async put(release: string, content: ReleaseContent): Promise<void> {
    if (await this.has(release)) return;
    const stored: StoredContent = { created: new Date().toISOString(), content };
    await this.write({ [contentFile(release)]: JSON.stringify(stored) });
  }

  async has(release: string): Promise<boolean> {
    const files = await this.files(`/${contentFile(release)}`);
    return [...files.values()].some((text) => parse(text) !== undefined);
  }

  async events(release: string): Promise<RecordEvent[]> {
    const { records } = await this.read();
    return records.find((record) => record.id === release)?.events ?? [];
  }

  async addEvent(release: string, event: RecordEvent): Promise<void> {
    const random = Math.random().toString(36).slice(2, 8);
    const name = `${event.at.replace(/[:.]/g, "-")}-${event.kind}-${random}.json`;
    const told = { ...event, update: UPDATE };
    await this.write({ [`releases/${release}/events/${name}`]: JSON.stringify(told) });
  }

  async settle(resource: string, unit: string): Promise<void> {
    await this.write({ [`settled/${resource}`]: unit });
  }

  async remove(release: string): Promise<void> {
    if (await this.has(release)) await this.write({ [contentFile(release)]: "" });
  }

  async lock(): Promise<Lock | undefined> {
    const [text = ""] = (await this.files(`/${LOCK_FILE}`)).values();
    return parse<Lock>(text);
  }

  /** Of two at the same moment the later one holds. */
  async putLock(lock: Lock): Promise<Lock> {
    const there = await this.lock();
    if (there) return there;
    await this.write({ [LOCK_FILE]: JSON.stringify(lock) });
    return (await this.lock()) ?? lock;
  }

  async removeLock(): Promise<void> {
    if (await this.lock()) await this.write({ [LOCK_FILE]: "" });
  }

  /**
   * Without a holder they are there all the same: taken for empty, the history would be deleted. It never runs,
   * so each `docker container prune` takes it.
   */
  private async files(below: string): Promise<Map<string, string>> {
    const holder = await this.holder();
    if (holder) return this.transport.readArchive(holder, `${RECORDS_PATH}${below}`);
    return readVolume(this.transport, recordsVolume(this.application), below);
  }

  private async write(files: Record<string, string>): Promise<void> {
    await this.transport.writeArchive(await this.requireHolder(), RECORDS_PATH, files);
  }
}

const LOCK_FILE = "lock.json";

const contentFile = (release: string) => `releases/${release}/content.json`;

/**
 * Absent when it was not written to its end, on a full disk or in a power cut: the run that wrote it
 * failed, so it has not happened.
 */
function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

const isWhole = <T>(value: T | undefined): value is T => value !== undefined;

/** No release serves from content that was not written to its end: this one was damaged later. */
function assertWhole({ id, broken, events }: ReadRecord): void {
  if (!broken || !events.some((event) => event.kind === "served")) return;
  throw new Error(
    `the record file ${broken} is damaged (it is not JSON), and release ${id} has served. Put the file back from a backup; or, to give this release up, make the file empty`,
  );
}
