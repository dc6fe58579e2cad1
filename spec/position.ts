import { basename, dirname, resolve } from "node:path";
import { isMap, isSeq, LineCounter, parseDocument, type Node } from "yaml";

import { readIfFile } from "./disk";
import { follow, startOf, valueAt, type Found, type Parsed } from "./follow";
import type { Position } from "./types";

/** Files that lead to each other by `extends` and `include`; deeper is a circle. */
const DEPTH_LIMIT = 10;

/** Files that are looked through for a place; more are a mistake, and told as such elsewhere. */
const FILE_LIMIT = 100;

/** Paths that are told of a file even when nothing of them stands there. */
const TOPS = /^(slipway:|services$)/;

/**
 * Where in the user's files a path of a fault stands. Nothing is noted down while the files are read: they are
 * read once more when there is something to say about them, and then the path is followed as merging
 * follows it: the last file first, then what the service extends and what the file includes.
 */
export class Positions {
  /** The merged Compose tree: tells which file's list an index of the merged list belongs to. */
  merged: unknown;
  private readonly parsed = new Map<string, Parsed | undefined>();

  constructor(
    private readonly compose: () => readonly string[],
    private readonly project: { stackFile: string; projectFile: string },
  ) {}

  /** The nearest place to the path; undefined when no file is behind it. */
  find(path: string): Position | undefined {
    try {
      return this.search(path);
    } catch {
      // A file that cannot be followed (anchors beyond all measure) is a fault of its own already.
      return undefined;
    }
  }

  private search(path: string): Position | undefined {
    const whole = this.compose().find((file) => basename(file) === path);
    if (whole !== undefined) return { file: whole, line: 1, column: 1 };
    const found = path.startsWith("slipway:")
      ? this.inConfig(path)
      : this.inCompose(path, this.compose());
    if (found === undefined || (found.matched === 0 && !TOPS.test(path))) return undefined;
    const { line, col } = found.parsed.lines.linePos(found.offset);
    return { file: found.parsed.file, line, column: col };
  }

  /** The stack's file, else the project's, where keys may go without namespace and values stand deeper. */
  private inConfig(path: string): Found | undefined {
    const short = path.slice("slipway:".length);
    const key = short.split(/[.[]/)[0];
    const keys = [`slipway:${key}`, key];
    const inside = (file: string, starts: string[]) => {
      const parsed = this.parse(file);
      return parsed && bestOf(starts.map((start) => below(parsed, start, short.slice(key.length))));
    };
    const stack = inside(this.project.stackFile, [`config.slipway:${key}`]);
    const holders = [".value", ".default", ""];
    const starts = keys.flatMap((name) => holders.map((holder) => `config.${name}${holder}`));
    return bestOf([stack, inside(this.project.projectFile, starts)]);
  }

  private inCompose(path: string, files: readonly string[]): Found | undefined {
    const parsed = files.flatMap((file) => this.parse(file) ?? []);
    const index = /^(.*)\[(\d+)\](?!.*\[)/.exec(path);
    const found = parsed.map((one) => this.inOne(one, path, 0));
    if (index && parsed.length > 1) {
      const [, list, number] = index;
      const entry = this.inMergedList(parsed, list, Number(number));
      if (entry) return entry;
    }
    const best = bestOf(found.reverse());
    if (best?.matched === path.length) return best;
    // A fault in what is extended bears the names of that file.
    return bestOf([best, ...this.reached(parsed).map((one) => follow(one, path))]);
  }

  /** Files that are named by `extends` or `include`, here or there. */
  private reached(from: readonly Parsed[]): Parsed[] {
    const known = new Set(from);
    for (const one of known) {
      if (known.size > FILE_LIMIT) break;
      for (const name of [...included(one), ...extendedFiles(one)]) {
        const file = this.parse(resolve(dirname(one.file), name));
        if (file) known.add(file);
      }
    }
    return [...known].filter((one) => !from.includes(one));
  }

  /** In the file itself, else in what it takes in. */
  private inOne(parsed: Parsed, path: string, depth: number): Found | undefined {
    const own = follow(parsed, path);
    if (own?.matched === path.length || depth > DEPTH_LIMIT) return own;
    const folder = dirname(parsed.file);
    const elsewhere: (Found | undefined)[] = [];
    const service = /^services\.([^.]+)(.*)$/.exec(path);
    const base = service && extended(parsed, service[1]);
    if (service && base) {
      const file = base.file === undefined ? parsed : this.parse(resolve(folder, base.file));
      const there = `services.${base.service}${service[2]}`;
      const found = file && this.inOne(file, there, depth + 1);
      const surplus = path.length - there.length;
      if (found) elsewhere.push({ ...found, matched: found.matched + surplus });
    }
    for (const name of included(parsed)) {
      const file = this.parse(resolve(folder, name));
      if (file) elsewhere.push(this.inOne(file, path, depth + 1));
    }
    return bestOf([own, ...elsewhere]);
  }

  /** An entry of a list that several files share: the one that says the same, else by counting. */
  private inMergedList(parsed: Parsed[], list: string, number: number): Found | undefined {
    const lists = parsed.flatMap((one) => {
      const found = this.inOne(one, list, 0);
      return found && found.matched === list.length && isSeq(found.node)
        ? [{ parsed: found.parsed, items: found.node.items as Node[] }]
        : [];
    });
    if (lists.length < 2) return undefined;
    const merged = valueAt(this.merged, list);
    const all = lists.flatMap((one) => one.items.map((node) => ({ parsed: one.parsed, node })));
    const said = JSON.stringify(Array.isArray(merged) ? merged[number] : undefined);
    const same = all
      .reverse()
      .find(({ parsed: one, node }) => JSON.stringify(node.toJS(one.document)) === said);
    const counted =
      Array.isArray(merged) && merged.length === all.length ? all.reverse()[number] : undefined;
    const entry = same ?? counted;
    return entry && { parsed: entry.parsed, offset: startOf(entry.node), matched: list.length };
  }

  private parse(file: string): Parsed | undefined {
    if (!this.parsed.has(file)) {
      const text = readIfFile(file);
      const lines = new LineCounter();
      const document =
        text === undefined
          ? undefined
          : parseDocument(text, {
              lineCounter: lines,
              merge: true,
              uniqueKeys: false,
              logLevel: "silent",
            });
      this.parsed.set(file, document && { file, document, lines });
    }
    return this.parsed.get(file);
  }
}

/** The one that answers for most of the path; the first of equals. */
function bestOf(found: readonly (Found | undefined)[]): Found | undefined {
  return found.reduce((best, one) => {
    return one && (!best || one.matched > best.matched) ? one : best;
  }, undefined);
}

/** `rest` of a path below `start`; what does not get so far has followed nothing. */
function below(parsed: Parsed, start: string, rest: string): Found | undefined {
  const found = follow(parsed, start + rest);
  return found && { ...found, matched: Math.max(0, found.matched - start.length + 1) };
}

/** What a service extends: {service, file}. */
function extended(parsed: Parsed, service: string): { service: string; file?: string } | undefined {
  const value = parsed.document.getIn(["services", service, "extends"]);
  if (typeof value === "string") return { service: value };
  if (!isMap(value)) return undefined;
  const [base, file] = [value.get("service"), value.get("file")];
  if (typeof base !== "string") return undefined;
  return typeof file === "string" ? { service: base, file } : { service: base };
}

function extendedFiles(parsed: Parsed): string[] {
  const services = parsed.document.get("services");
  if (!isMap(services)) return [];
  return services.items.flatMap((pair) => {
    const name = String(pair.key);
    return extended(parsed, name)?.file ?? [];
  });
}

/** Paths under the top level's `include`. */
function included(parsed: Parsed): string[] {
  const content: unknown = parsed.document.get("include");
  if (!isSeq(content)) return [];
  return content.items.flatMap((item): string[] => {
    const value: unknown = (item as Node).toJS(parsed.document);
    const path =
      typeof value === "object" && value !== null && "path" in value ? value.path : value;
    return (Array.isArray(path) ? path : [path]).filter((one) => typeof one === "string");
  });
}
