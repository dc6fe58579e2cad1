import type { Findings } from "./findings";
import { SecretText } from "./interpolate";
import type { Fault, PlatformKind } from "./types";
import { bytesOf, closest, secondsOf, splitCommand } from "./units";

export type Tree = Record<string, unknown>;

export const isMap = (value: unknown): value is Tree =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof SecretText);

/** Keys of one kind of map: read, read but of no effect (with the reason), or refused (with the cure). */
export interface KnownKeys {
  supported: readonly string[];
  /** Key -> why nothing comes of it. */
  ignored?: Record<string, string>;
  /** Key -> cure. */
  refused?: Record<string, string>;
}

export type KeysOn = (platform: PlatformKind) => KnownKeys;

/** A value in the user's file, with the path that names it. Readers return undefined after a fault. */
export class Field {
  constructor(
    readonly value: unknown,
    readonly path: string,
    readonly findings: Findings,
  ) {}

  get absent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The child; absent when there is none. */
  at(key: string): Field {
    const value = isMap(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    const name = key === "" ? '""' : key;
    return new Field(value, this.path ? `${this.path}.${name}` : name, this.findings);
  }

  refuse(what: string, detail: Omit<Fault, "path" | "what"> = {}): undefined {
    return this.findings.fault(this.path, what, { given: show(this.value), ...detail });
  }

  warn(what: string): void {
    this.findings.warn(this.path, what);
  }

  text(): string | undefined {
    if (this.absent) return undefined;
    if (typeof this.value === "string") return this.value;
    if (typeof this.value === "number") return String(this.value);
    return this.refuse("must be a text");
  }

  /** A text out of a closed list. */
  oneOf<T extends string>(allowed: readonly T[]): T | undefined {
    const text = this.text();
    if (text === undefined || allowed.includes(text as T)) return text as T | undefined;
    const near = closest(text, allowed);
    return this.refuse("is not known", {
      allowed: allowed.join(", "),
      ...(near === undefined ? {} : { cure: `Did you mean ${near}?` }),
    });
  }

  integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
    const number = this.number(minimum, maximum);
    if (number === undefined || Number.isInteger(number)) return number;
    return this.refuse("must be a whole number");
  }

  number(minimum: number, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
    if (this.absent) return undefined;
    const digits = typeof this.value === "string" && /^-?\d+(\.\d+)?$/.test(this.value);
    const number = digits ? Number(this.value) : this.value;
    if (typeof number !== "number") return this.refuse("must be a number");
    if (number >= minimum && number <= maximum) return number;
    const limit =
      maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum}` : `${minimum} to ${maximum}`;
    return this.refuse("is out of range", { allowed: limit });
  }

  boolean(): boolean | undefined {
    if (this.absent || typeof this.value === "boolean") return this.value as boolean | undefined;
    if (this.value === "true" || this.value === "false") return this.value === "true";
    return this.refuse("must be true or false");
  }

  /** Seconds, from Go's notation ("1m30s"). */
  duration(): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    return secondsOf(text) ?? this.refuse("is no duration", { allowed: '"2s", "1m30s", "500ms"' });
  }

  /** Bytes, from a number or Docker's notation ("512m"). */
  bytes(): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    return bytesOf(text) ?? this.refuse("is no size", { allowed: '"512m", "1.5g", or bytes' });
  }

  /** The entries of a list; none when absent. */
  list(): Field[] {
    if (this.absent) return [];
    if (!Array.isArray(this.value)) return this.refuse("must be a list") ?? [];
    return this.value.map((value, index) => {
      return new Field(value, `${this.path}[${index}]`, this.findings);
    });
  }

  /** A list of texts; a single text stands for a list of one. */
  texts(): string[] {
    if (typeof this.value === "string") return [this.value];
    return this.list().flatMap((entry) => entry.text() ?? []);
  }

  /** The entries of a map, sorted by key; none when absent. */
  entries(): [string, Field][] {
    if (this.absent) return [];
    if (!isMap(this.value)) return this.refuse("must be a map", allowedIn(this.path)) ?? [];
    return Object.keys(this.value)
      .sort()
      .map((key) => [key, this.at(key)]);
  }

  /** A map of plain texts. */
  textMap(): Record<string, string> {
    return Object.fromEntries(
      this.entries().map(([key, entry]) => {
        const value = typeof entry.value === "boolean" ? String(entry.value) : entry.text();
        return [key, value ?? ""];
      }),
    );
  }

  /** A command as a list, or a line that is split as a shell would. */
  command(): string[] | undefined {
    if (this.absent) return undefined;
    if (typeof this.value !== "string") return this.texts();
    return splitCommand(this.value) ?? this.refuse("has a quote that is not closed");
  }

  /** Refuses keys that are not known, warns about those that have no effect. */
  checkKeys(known: KeysOn): void {
    const { platform } = this.findings;
    const { supported, ignored = {}, refused = {} } = known(platform);
    const no =
      platform === "kubernetes" ? "is not supported on Kubernetes" : "is not supported yet";
    for (const [key, entry] of this.entries()) {
      if (supported.includes(key) || key.startsWith("x-")) continue;
      if (Object.hasOwn(ignored, key)) entry.warn(ignored[key]);
      else if (Object.hasOwn(refused, key)) entry.refuse(no, { cure: refused[key] });
      else unknownKey(entry, key, supported);
    }
  }
}

function unknownKey(entry: Field, key: string, known: readonly string[]): void {
  if (entry.findings.full) return;
  const near = closest(key, known);
  entry.findings.fault(entry.path, "unknown key", {
    allowed: [...known].sort().join(", "),
    ...(near === undefined ? {} : { cure: `Did you mean ${near}?` }),
  });
}

/** Maps that may be written as lists, too. */
const PAIRS = /\.(environment|labels|annotations|sysctls|args|additional_contexts)$/;

const allowedIn = (path: string) =>
  PAIRS.test(path) ? { allowed: "NAME: value, or a list of NAME=value" } : {};

/** A value as a fault quotes it: short, and never the inside of a secret. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function sortedMap<T>(map: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `object` without its undefined members, so that JSON gives back what it got. */
export function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
