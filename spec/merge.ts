import { isMap, type Tree } from "./field";
import { joined, SecretText } from "./interpolate";

/** What a YAML tag says about the value at a path (keys joined by NUL). */
export type Directives = Map<string, "reset" | "override">;

export const directivePath = (path: string[]): string => path.join("\0");

/** Lists that the later file replaces; all other lists are joined. */
const REPLACED = ["command", "entrypoint", "test"];

/** Lists whose entries have an identity: the later file's entry takes the earlier one's place. */
const IDENTITY: Record<string, (entry: unknown) => string> = {
  volumes: mountTarget,
  configs: mountTarget,
  secrets: mountTarget,
  tmpfs: (entry) => String(entry).split(":")[0],
  ports: portOf,
};

/** `later` laid over `base` as Compose does it. Both have been through `normalise`. */
export function merge(
  base: unknown,
  later: unknown,
  tags: Directives,
  path: string[] = [],
): unknown {
  if (isMap(base) && isMap(later)) {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(later)])];
    return Object.fromEntries(
      keys.flatMap((key): [string, unknown][] => {
        const inner = [...path, key];
        const tag = tags.get(directivePath(inner));
        if (tag === "reset") return [];
        if (!Object.hasOwn(later, key)) return [[key, base[key]]];
        const under = tag === "override" || !Object.hasOwn(base, key) ? undefined : base[key];
        return [[key, merge(under, later[key], tags, inner)]];
      }),
    );
  }
  if (isMap(later) && base === undefined) return merge({}, later, tags, path);
  // A variable without a value is one from the environment; any other empty value says nothing.
  if (later === null && base !== undefined && path[2] !== "environment") return base;
  if (Array.isArray(base) && Array.isArray(later)) return mergeLists(base, later, path);
  return later;
}

function mergeLists(base: unknown[], later: unknown[], path: string[]): unknown[] {
  const key = path[path.length - 1];
  if (REPLACED.includes(key)) return later;
  const identity = IDENTITY[key] ?? JSON.stringify;
  const byIdentity = new Map([...base, ...later].map((entry) => [identity(entry), entry]));
  return [...byIdentity.values()];
}

/** Short and long forms of one port are one port. */
function portOf(entry: unknown): string {
  if (!isMap(entry)) return String(entry).replace(/\/tcp$/, "");
  const { host_ip: address, published, target, protocol } = entry;
  const host = published === undefined || published === "" ? [] : [published];
  const text = [...(address === undefined ? [] : [address]), ...host, target].join(":");
  return protocol === "udp" ? `${text}/udp` : text;
}

function mountTarget(entry: unknown): string {
  if (typeof entry === "string") return entry.split(":")[1] ?? entry;
  return isMap(entry) ? String(entry.target ?? entry.source) : JSON.stringify(entry);
}

/** Brings the several ways of writing one thing into one form, so that files can be merged key by key. */
export function normalise(file: Tree): Tree {
  if (!isMap(file.services)) return file;
  const services = Object.entries(file.services).map(([name, service]) => {
    return [name, isMap(service) ? normaliseService(service) : service];
  });
  return { ...file, services: Object.fromEntries(services) };
}

const KEY_VALUES = ["environment", "labels", "sysctls", "extra_hosts", "annotations"];
const BUILD_KEY_VALUES = ["args", "labels", "additional_contexts", "extra_hosts"];
const TEXT_LISTS = ["env_file", "label_file", "tmpfs", "dns", "dns_search"];

function normaliseService(service: Tree): Tree {
  const entries = Object.entries(service).map(([key, value]): [string, unknown] => {
    if (KEY_VALUES.includes(key)) return [key, keyValues(value, key === "extra_hosts")];
    if (TEXT_LISTS.includes(key)) return [key, typeof value === "string" ? [value] : value];
    if (key === "networks") return [key, named(value, () => null)];
    if (key === "depends_on") return [key, named(value, () => ({ condition: "service_started" }))];
    if (key === "build") return [key, normaliseBuild(value)];
    if (key === "extends") return [key, typeof value === "string" ? { service: value } : value];
    return [key, value];
  });
  return Object.fromEntries(entries);
}

function normaliseBuild(build: unknown): unknown {
  if (typeof build === "string") return { context: build };
  if (!isMap(build)) return build;
  return Object.fromEntries(
    Object.entries(build).map(([key, value]) => [
      key,
      BUILD_KEY_VALUES.includes(key) ? keyValues(value, key === "extra_hosts") : value,
    ]),
  );
}

function named(list: unknown, content: () => unknown): unknown {
  if (!Array.isArray(list) || !list.every((entry) => typeof entry === "string")) return list;
  return Object.fromEntries(list.map((name) => [name, content()]));
}

/** ["A=1", "B"] -> {A: "1", B: null}; anything else stays, to be refused where it is read. */
function keyValues(list: unknown, colon = false): unknown {
  const isText = (entry: unknown) => typeof entry === "string" || entry instanceof SecretText;
  if (!Array.isArray(list) || !list.every(isText)) return list;
  return Object.fromEntries(
    (list as (string | SecretText)[]).map((entry) => splitPair(entry, colon)),
  );
}

function splitPair(pair: string | SecretText, colon: boolean): [string, unknown] {
  const [first, ...rest] = typeof pair === "string" ? [pair] : pair.text.parts;
  const name = typeof first === "string" ? first : "";
  const at = name.search(colon ? /[=:]/ : /=/);
  // Without "=" a secret would be part of the name: no variable has such a one.
  if (at < 0) return typeof pair === "string" ? [pair, null] : ["", pair];
  const value = joined([name.slice(at + 1), ...rest]);
  return [name.slice(0, at), typeof value === "string" ? value : new SecretText(value)];
}
