import { basename, dirname, resolve } from "node:path";

import { INCLUDE_LIMIT_FILES } from "./defaults";
import { readIfFile, statOf } from "./disk";
import { withDotenv } from "./dotenv";
import { Field, isMap, type Tree } from "./field";
import type { Findings } from "./findings";
import type { Lookup } from "./interpolate";
import { knownKeys } from "./keys";
import { merge, type Directives } from "./merge";
import { EXTENDS_KEYS } from "./partKeys";
import { rebased } from "./rebase";
import { INCLUDE_KEYS } from "./topKeys";

/** One file: its variables replaced, its several ways of writing brought into one. */
export interface Source {
  file: string;
  tree: Tree;
  directives: Directives;
}

/** Where and how a file is read. */
export interface Place {
  /** What relative paths start from. */
  directory: string;
  lookup: Lookup;
  findings: Findings;
  /** Files that include each other down to this one. */
  chain: readonly string[];
  /** Shared by all places of one run. */
  budget: { files: number };
  read(file: string, place: Place): Source | undefined;
}

const PARTS = ["services", "volumes", "networks", "secrets", "configs"];
const REMOTE = /^(https?:|git@|git:|ssh:|oci:)/;

/** A file with what its services extend, laid over what it includes. */
export function completed(source: Source, place: Place): Tree {
  const { tree } = source;
  const services = isMap(tree.services)
    ? Object.fromEntries(
        Object.keys(tree.services).map((name) => [name, extended(name, source, place, [])]),
      )
    : tree.services;
  const own = { ...tree, services };
  const include = new Field(tree, "", place.findings).at("include");
  if (include.absent) return own;
  const chain = [...place.chain, source.file];
  const whole = include.list().reduce<Tree>((before, entry) => {
    const found = included(entry, { ...place, chain });
    const parts = PARTS.filter((key) => isMap(found?.[key])).map((key) => [key, found?.[key]]);
    return merge(before, Object.fromEntries(parts), new Map()) as Tree;
  }, {});
  return merge(whole, own, source.directives) as Tree;
}

/** A file that another one names; undefined after a fault. */
function readNamed(field: Field, file: string, place: Place): Source | undefined {
  if (++place.budget.files > INCLUDE_LIMIT_FILES) {
    return field.refuse("brings in too many files", { allowed: `${INCLUDE_LIMIT_FILES}` });
  }
  if (!statOf(file)?.isFile()) return field.refuse("no such file", { given: file });
  return place.read(file, place);
}

function included(entry: Field, place: Place): Tree | undefined {
  const long = isMap(entry.value);
  if (long) entry.checkKeys(knownKeys(INCLUDE_KEYS));
  const paths = (long ? entry.at("path") : entry).texts();
  const [first] = paths;
  if (first === undefined) return entry.refuse("has no path");
  const remote = paths.find((path) => REMOTE.test(path));
  if (remote) return entry.refuse("must be a file of this machine", { cure: "Check it out" });
  const files = paths.map((path) => resolve(place.directory, path));
  const circle = files.find((file) => place.chain.includes(file));
  if (circle !== undefined) {
    const given = [...place.chain, circle].map((path) => basename(path)).join(" -> ");
    return entry.refuse("leads in a circle", { given });
  }
  const directory = resolve(
    place.directory,
    entry.at("project_directory").text() ?? dirname(first),
  );
  const inside = { ...place, directory, lookup: lookupInside(entry, directory, place) };
  let whole: unknown = {};
  for (const file of files) {
    const source = readNamed(entry, file, inside);
    if (source === undefined) return undefined;
    whole = merge(whole, completed(source, inside), source.directives);
  }
  return rebased(whole as Tree, directory);
}

/** What this file may name, then the included one's own `.env`, or its `env_file`. */
function lookupInside(entry: Field, directory: string, place: Place): Lookup {
  const field = entry.at("env_file");
  const files = field.absent
    ? [resolve(directory, ".env")]
    : field.texts().map((path) => resolve(place.directory, path));
  // The last file has the last word.
  return files.reduceRight((lookup, path) => {
    const content = readIfFile(path);
    if (content === undefined && !field.absent) field.refuse("no such file", { given: path });
    return withDotenv(lookup, content ?? "");
  }, place.lookup);
}

/** A service laid over the one that it extends, of this file or another. */
function extended(name: string, source: Source, place: Place, trail: string[]): unknown {
  const field = new Field(source.tree, "", place.findings).at("services").at(name);
  const extend = field.at("extends");
  if (!isMap(field.value) || extend.absent) return field.value;
  const { extends: _, ...own } = field.value;
  extend.checkKeys(knownKeys(EXTENDS_KEYS));
  const base = extend.at("service").text();
  if (base === undefined) {
    if (extend.at("service").absent) extend.refuse("has no service");
    return own;
  }
  const step = `${basename(source.file)}: ${name}`;
  if (trail.includes(step)) {
    extend.refuse("leads in a circle", { given: [...trail, step].join(" -> ") });
    return own;
  }
  const other = extend.at("file").text();
  const origin = other === undefined ? { source, place } : originOf(extend, other, place);
  if (origin === undefined) return own;
  const found = extended(base, origin.source, origin.place, [...trail, step]);
  if (isMap(found)) return merge(found, own, source.directives, ["services", name]);
  extend.refuse(`there is no service ${base}`);
  return own;
}

function originOf(extend: Field, other: string, place: Place) {
  if (REMOTE.test(other)) {
    return extend.refuse("must be a file of this machine", { cure: "Check it out" });
  }
  const file = resolve(place.directory, other);
  const inside = { ...place, directory: dirname(file) };
  const source = readNamed(extend, file, inside);
  return (
    source && { source: { ...source, tree: rebased(source.tree, inside.directory) }, place: inside }
  );
}
