import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Document,
  type LineCounter,
  type Node,
  type Pair,
} from "yaml";

export interface Parsed {
  file: string;
  document: Document;
  lines: LineCounter;
}

/** What a path led to: the node, and how much of the path it answers for. */
export interface Found {
  parsed: Parsed;
  offset: number;
  /** Characters of the path that were followed. */
  matched: number;
  node?: Node | null;
}

/** Follows a path as far as the document goes. Keys may hold dots: the longest one that fits is taken. */
export function follow(parsed: Parsed, path: string): Found | undefined {
  const { document } = parsed;
  let node = plainNode(document.contents, document);
  if (!node) return undefined;
  let offset = startOf(node);
  let matched = 0;
  for (let rest = path; rest !== ""; rest = path.slice(matched)) {
    const step = isMap(node)
      ? inMap(node, rest, document)
      : isSeq(node)
        ? inList(node, rest)
        : undefined;
    if (step === undefined) break;
    ({ offset } = step);
    matched += step.length;
    node = plainNode(step.node, document);
    if (path[matched] === "." && matched < path.length) matched += 1;
  }
  // What follows a single value (a text that stands for a list or a map) is that value.
  if (isScalar(node) && node.value !== null && matched > 0)
    matched = Math.max(matched, path.length);
  return { parsed, offset, matched, node };
}

interface Step {
  node: unknown;
  offset: number;
  length: number;
}

function inMap(map: { items: Pair[] }, rest: string, document: Document): Step | undefined {
  const steps = map.items.flatMap((pair): Step[] => {
    const key =
      isScalar(pair.key) && typeof pair.key.value !== "symbol" ? String(pair.key.value) : "";
    // The library reads "<<" as a symbol.
    if (isScalar(pair.key) && pair.key.source === "<<") return mergedIn(pair, rest, document);
    if (key === "" || !rest.startsWith(key) || !/^$|^[.[]/.test(rest.slice(key.length))) return [];
    return [{ node: pair.value, offset: startOf(pair.key as Node), length: key.length }];
  });
  // An own key goes before one of `<<`, which stands behind it or before it.
  return steps.sort((a, b) => b.length - a.length)[0];
}

function mergedIn(pair: Pair, rest: string, document: Document): Step[] {
  const value = plainNode(pair.value, document);
  const sources = isSeq(value) ? value.items.map((item) => plainNode(item, document)) : [value];
  return sources.flatMap((source) => (isMap(source) ? (inMap(source, rest, document) ?? []) : []));
}

/** `[2]`, or a name: "NAME=value", "NAME" and {source: NAME} stand for the key NAME. */
function inList(list: { items: unknown[] }, rest: string): Step | undefined {
  const index = /^\[(\d+)\]/.exec(rest);
  if (index) {
    const item = list.items[Number(index[1])];
    if (item === undefined) return undefined;
    return { node: item, offset: startOf(item as Node), length: index[0].length };
  }
  for (const item of list.items) {
    if (!isScalar(item)) continue;
    const name = String(item.value).split(/[=:]/)[0];
    if (name !== "" && rest.startsWith(name) && /^$|^[.[]/.test(rest.slice(name.length))) {
      return { node: item, offset: startOf(item), length: name.length };
    }
  }
  return undefined;
}

function plainNode(node: unknown, document: Document): Node | undefined | null {
  return isAlias(node) ? node.resolve(document) : (node as Node | null | undefined);
}

export const startOf = (node: Node | null | undefined): number => node?.range?.[0] ?? 0;

/** The value at a path in plain data. */
export function valueAt(tree: unknown, path: string): unknown {
  let value = tree;
  for (let rest = path; rest !== "";) {
    const index = /^\[(\d+)\]\.?/.exec(rest);
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    const key = index
      ? index[1]
      : keys
          .filter((one) => rest.startsWith(one) && /^$|^[.[]/.test(rest.slice(one.length)))
          .sort((a, b) => b.length - a.length)[0];
    if (key === undefined) return undefined;
    value = (value as Record<string, unknown>)?.[key];
    rest = index ? rest.slice(index[0].length) : rest.slice(key.length).replace(/^\./, "");
  }
  return value;
}
