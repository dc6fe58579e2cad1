import { randomBytes } from "node:crypto";
import type { Lock, RecordEvent, ReleaseContent } from "../spec/types";

/** By which events tell of this run. The provider is a process of its own in each update. */
export const UPDATE = process.env.SLIPWAY_UPDATE ?? randomBytes(4).toString("hex");

/** A release's record, as a platform keeps it. */
export interface StoredRecord {
  id: string;
  /** ISO 8601. */
  created: string;
  content: ReleaseContent;
  /** Oldest first. */
  events: RecordEvent[];
}

export interface StoredRecords {
  records: StoredRecord[];
  /** Resource -> id of the unit that is whole and in the state. */
  settled: Record<string, string>;
  lock?: Lock;
}
