import { randomBytes } from "node:crypto";
import { LABEL } from "../../spec/names";
import type { Lock, RecordEvent, ReleaseContent } from "../../spec/types";
import { type StoredRecord, type StoredRecords, UPDATE } from "../stored";
import { type Client, isConflict, isNotFound, type KubernetesObject } from "./client";

interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}

/** Roles of the ConfigMaps in which Slipway keeps what it knows. They hold no values of secrets. */
const KEPT = "record";
const EVENT = /^event\./;

/**
 * ConfigMaps of the namespace, each labelled with the application:
 *   slipway-<application>-claim          {claim}
 *   slipway-<application>-lock           {lock}: JSON of {who, why, at}
 *   slipway-<application>-settled        resource -> id of the unit that is whole and in the state
 *   slipway-<application>-release-<id>   {content, created, event.<time>.<kind>.<random>...}; content is immutable, events are only added
 */
export class Records {
  constructor(
    private readonly client: Client,
    private readonly application: string,
  ) {}

  async read(): Promise<StoredRecords & { claim?: string }> {
    const selector = `${LABEL.application}=${this.application},${LABEL.role}=${KEPT}`;
    const found = await this.client.list<ConfigMap>(this.client.path("configmaps"), selector);
    const named = new Map(found.map((one) => [one.metadata!.name!, one.data ?? {}]));
    const claim = named.get(this.name("claim"))?.claim;
    const lock = named.get(this.name("lock"))?.lock;
    const prefix = this.name("release-");
    const records = [...named]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, data]) => recordOf(name.slice(prefix.length), data));
    return {
      ...(claim === undefined ? {} : { claim }),
      records,
      settled: named.get(this.name("settled")) ?? {},
      ...(lock === undefined ? {} : { lock: JSON.parse(lock) as Lock }),
    };
  }

  async claim(): Promise<string | undefined> {
    return (await this.data("claim"))?.claim;
  }

  /** Creation is atomic: who comes first holds it. */
  async putClaim(id: string): Promise<string> {
    await this.createIfAbsent("claim", { claim: id });
    return (await this.claim()) ?? "";
  }

  async removeClaim(): Promise<void> {
    await this.remove("settled");
    await this.remove("lock");
    await this.remove("claim");
  }

  async lock(): Promise<Lock | undefined> {
    const text = (await this.data("lock"))?.lock;
    return text === undefined ? undefined : (JSON.parse(text) as Lock);
  }

  async putLock(lock: Lock): Promise<Lock> {
    await this.createIfAbsent("lock", { lock: JSON.stringify(lock) });
    return (await this.lock()) ?? lock;
  }

  removeLock = () => this.remove("lock");

  put(release: string, content: ReleaseContent): Promise<void> {
    const created = new Date().toISOString();
    return this.createIfAbsent(`release-${release}`, { content: JSON.stringify(content), created });
  }

  async has(release: string): Promise<boolean> {
    return (await this.data(`release-${release}`)) !== undefined;
  }

  async events(release: string): Promise<RecordEvent[]> {
    return eventsOf((await this.data(`release-${release}`)) ?? {});
  }

  async addEvent(release: string, event: RecordEvent): Promise<void> {
    const time = event.at.replace(/[:.]/g, "-");
    const key = `event.${time}.${event.kind}.${randomBytes(3).toString("hex")}`;
    await this.add(`release-${release}`, { [key]: JSON.stringify({ ...event, update: UPDATE }) });
  }

  async settle(resource: string, unit: string): Promise<void> {
    await this.createIfAbsent("settled", {});
    await this.add("settled", { [resource]: unit });
  }

  removeRecord = (release: string) => this.remove(`release-${release}`);

  private name = (what: string) => `slipway-${this.application}-${what}`;

  private path = (what?: string) =>
    this.client.path(what === undefined ? "configmaps" : `configmaps/${this.name(what)}`);

  private async data(what: string): Promise<Record<string, string> | undefined> {
    const found = await this.client.find<ConfigMap>(this.path(what));
    return found && (found.data ?? {});
  }

  private async add(what: string, data: Record<string, string>): Promise<void> {
    try {
      await this.client.patch(this.path(what), { data });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new Error(
        `the ConfigMap ${this.name(what)} is gone. Run "pulumi up" again: it is made anew`,
      );
    }
  }

  private async createIfAbsent(what: string, data: Record<string, string>): Promise<void> {
    const labels = { [LABEL.application]: this.application, [LABEL.role]: KEPT };
    const metadata = { name: this.name(what), labels };
    await this.client
      .create(this.path(), { apiVersion: "v1", kind: "ConfigMap", metadata, data })
      .catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
  }

  private async remove(what: string): Promise<void> {
    await this.client.remove(this.path(what));
  }
}

function recordOf(id: string, data: Record<string, string>): StoredRecord {
  const { content = "", created = "" } = data;
  try {
    return { id, created, content: JSON.parse(content) as ReleaseContent, events: eventsOf(data) };
  } catch {
    throw new Error(
      `the record of release ${id} (ConfigMap, key content) is damaged: it is not JSON. Put it back from a backup; or, to give this release up, delete the ConfigMap`,
    );
  }
}

const eventsOf = (data: Record<string, string>): RecordEvent[] =>
  Object.keys(data)
    .filter((key) => EVENT.test(key))
    .sort()
    .map((key) => JSON.parse(data[key]!) as RecordEvent);
