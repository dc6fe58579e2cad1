import { interpolate, type Interpolated, type Lookup } from "./interpolate";

export interface DotenvEntry extends Omit<Interpolated, "text"> {
  name: string;
  /** Undefined: the name alone, its value comes from the environment. */
  text?: Interpolated["text"];
}

const LINE =
  /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*(?:=[ \t]*("(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\r\n]*))?[^\r\n]*$/gm;
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };

/**
 * Reads an env file as Compose does: single quotes are literal, double quotes know escapes, and
 * everything but single quotes may hold variables, of earlier lines first.
 */
export function readDotenv(content: string, lookup: Lookup): DotenvEntry[] {
  const entries = new Map<string, DotenvEntry>();
  const own: Lookup = (name) => {
    const text = entries.get(name)?.text;
    return lookup(name) ?? (typeof text === "string" ? { value: text } : undefined);
  };
  for (const [, name, raw] of content.matchAll(LINE)) {
    entries.set(name, { name, ...valueOf(raw?.trim(), own) });
  }
  return [...entries.values()];
}

/** A lookup that falls back to what an env file holds. */
export function withDotenv(own: Lookup, content: string): Lookup {
  const known = new Map(readDotenv(content, own).map((entry) => [entry.name, entry.text]));
  return (name) => {
    const text = known.get(name);
    return own(name) ?? (typeof text === "string" ? { value: text } : undefined);
  };
}

/** `format: raw`: what stands behind the "=", to the end of the line. */
export function readRaw(content: string): [string, string][] {
  return content.split(/\r?\n/).flatMap((line): [string, string][] => {
    const at = line.indexOf("=");
    return at <= 0 || line.trimStart().startsWith("#")
      ? []
      : [[line.slice(0, at).trim(), line.slice(at + 1)]];
  });
}

function valueOf(raw: string | undefined, lookup: Lookup): Omit<DotenvEntry, "name"> {
  if (raw === undefined) return { missing: [], errors: [] };
  if (raw.startsWith("'") && raw.length > 1 && raw.endsWith("'")) {
    return { text: raw.slice(1, -1), missing: [], errors: [] };
  }
  if (raw.startsWith('"') && raw.length > 1 && raw.endsWith('"')) {
    const inside = raw
      .slice(1, -1)
      .replace(/\\([nrt"\\])/g, (_, char: string) => ESCAPES[char] ?? char);
    return interpolate(inside, lookup);
  }
  return interpolate(raw.replace(/(^|\s+)#.*$/, ""), lookup);
}
