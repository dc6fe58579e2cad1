import type { KeysOn, KnownKeys } from "./field";
import type { PlatformKind } from "./types";

/** What becomes of a key: read and kept, read and told to have no effect, or refused by name. */
export type Outcome = "honoured" | "warned" | "refused";

export interface KeyRule extends Record<PlatformKind, Outcome> {
  /** On Docker: a remark on how it is honoured, why nothing comes of it, or what to write instead. */
  why: string;
  /** The same on the others, where that differs. */
  elsewhere: string;
}

/** The keys of one map of a Compose file. */
export type KeyTable = Readonly<Record<string, KeyRule>>;

/** Platforms that do something else, and why. */
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

const read = new WeakMap<KeyTable, Partial<Record<PlatformKind, KnownKeys>>>();

/** The table as a reader of these maps needs it. */
export function knownKeys(table: KeyTable): KeysOn {
  const known = read.get(table) ?? {};
  read.set(table, known);
  return (platform) => (known[platform] ??= knownOn(table, platform));
}

function knownOn(table: KeyTable, platform: PlatformKind): KnownKeys {
  const those = (outcome: Outcome) =>
    Object.entries(table).filter(([, entry]) => entry[platform] === outcome);
  const reason = ({ why, elsewhere }: KeyRule) => (platform === "docker" ? why : elsewhere || why);
  return {
    supported: those("honoured").map(([key]) => key),
    ignored: Object.fromEntries(
      those("warned").map(([key, entry]) => [key, `not used: ${reason(entry)}`]),
    ),
    refused: Object.fromEntries(those("refused").map(([key, entry]) => [key, reason(entry)])),
  };
}
