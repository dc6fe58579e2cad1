import type { KnownKeys } from "./field";
import type { PlatformKind } from "./types";

/** What becomes of a key: read and kept, read and told to have no effect, or refused by name. */
export type Outcome = "honoured" | "warned" | "refused";

export interface KeyRule extends Record<PlatformKind, Outcome> {
  /** On Docker: a remark on how it is honoured, why nothing comes of it, or what to write instead. */
  why: string;
  /** The same where another platform will differ. */
  elsewhere: string;
}

/** The keys of one map of a Compose file. */
export type KeyTable = Readonly<Record<string, KeyRule>>;

/** Platforms that will do something else, and why. */
type Elsewhere = { kubernetes?: Outcome; ecs?: Outcome; elsewhere?: string };

const rule =
  (docker: Outcome) =>
  (why = "", other: Elsewhere = {}): KeyRule => ({
    docker,
    kubernetes: other.kubernetes ?? docker,
    ecs: other.ecs ?? docker,
    why,
    elsewhere: other.elsewhere ?? "",
  });

export const honoured = rule("honoured");
export const warned = rule("warned");
export const refused = rule("refused");

const read = new WeakMap<KeyTable, KnownKeys>();

/** The table as a reader of these maps needs it. */
export function knownKeys(table: KeyTable): KnownKeys {
  const known = read.get(table) ?? knownOn(table, "docker");
  read.set(table, known);
  return known;
}

function knownOn(table: KeyTable, platform: PlatformKind): KnownKeys {
  const those = (outcome: Outcome) =>
    Object.entries(table).filter(([, entry]) => entry[platform] === outcome);
  return {
    supported: those("honoured").map(([key]) => key),
    ignored: Object.fromEntries(those("warned").map(([key, { why }]) => [key, `not used: ${why}`])),
    refused: Object.fromEntries(those("refused").map(([key, { why }]) => [key, why])),
  };
}
