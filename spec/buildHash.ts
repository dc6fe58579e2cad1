import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";

import { statOf } from "./disk";
import { appliedMirrors } from "./mirrors";
import { canonical } from "./release";
import type { ImageSource } from "./types";

export type Build = Omit<
  Extract<ImageSource, { kind: "build" }>,
  "kind" | "hash" | "reference" | "secrets" | "version"
> & { mirrors: Record<string, string> };

/** 16 hex digits over everything that a build is made of; the same on every machine. */
export function buildHash(build: Build): string {
  const dockerfile = dockerfileOf(build);
  const hash = createHash("sha256");
  addLine(hash, "dockerfile", build.dockerfile, dockerfile);
  addLine(hash, "args", ...Object.entries(build.args).sort(byFirst).flat());
  addLine(hash, "target", build.target ?? "");
  addLine(hash, "mirrors", ...appliedMirrors(dockerfile, build.mirrors, build.args).flat());
  for (const path of contextFiles(build.context, build.dockerfile))
    addFile(hash, build.context, path);
  const { contexts, labels, network, extraHosts, platforms, attest } = build;
  for (const [name, place] of Object.entries(contexts ?? {})) {
    addLine(hash, "context", name, ...(place.includes("://") ? [place] : []));
    if (!place.includes("://")) addFolder(hash, place);
  }
  for (const [key, value] of Object.entries({ labels, network, extraHosts, platforms, attest })) {
    if (value !== undefined) addLine(hash, key, canonical(value));
  }
  return hash.digest("hex").slice(0, 16);
}

const byFirst = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1);

/** JSON keeps fields apart, whatever is in them. */
function addLine(hash: Hash, ...fields: string[]): void {
  hash.update(`${JSON.stringify(fields)}\n`);
}

/**
 * The files and symbolic links that the builder sees, sorted; folders count by what is in them.
 * `.git` is left out: it changes by a mere `git fetch`, and would make a release of it. Without a
 * Dockerfile nothing is ignored.
 */
export function contextFiles(context: string, dockerfile?: string): string[] {
  const rules = dockerfile === undefined ? [] : ignoreRules(context, dockerfile);
  const ignored = rules.length > 0 ? dockerignore().add(rules) : undefined;
  const exceptions = rules
    .filter((rule) => rule.startsWith("!"))
    .map((rule) => segments(rule.slice(1)));
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(context, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (path === ".git") continue;
      const skipped = ignored?.ignores(path) ?? false;
      if (entry.isDirectory()) {
        if (!skipped || exceptions.some((exception) => mayMatchBelow(exception, segments(path)))) {
          walk(path);
        }
      } else if (!skipped && (entry.isFile() || entry.isSymbolicLink())) found.push(path);
    }
  };
  walk("");
  return found.sort();
}

/** `<Dockerfile>.dockerignore` goes before `.dockerignore`, as in BuildKit. */
function ignoreRules(context: string, dockerfile: string): string[] {
  const file = [`${dockerfile}.dockerignore`, ".dockerignore"]
    .map((name) => join(context, name))
    .find((path) => statOf(path)?.isFile());
  if (file === undefined) return [];
  const lines = readFileSync(file, "utf8")
    .split(/\r?\n/)
    .map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

const segments = (path: string) => path.split("/").filter((part) => part !== "" && part !== ".");

/** Whether an exception (!a/b) can bring back something below an ignored folder. */
function mayMatchBelow(exception: string[], folder: string[]): boolean {
  for (let i = 0; i < Math.min(exception.length, folder.length); i++) {
    if (/[*?[]/.test(exception[i])) return true;
    if (exception[i] !== folder[i]) return false;
  }
  return true;
}

function addFolder(hash: Hash, folder: string): void {
  for (const path of contextFiles(folder)) addFile(hash, folder, path);
}

function addFile(hash: Hash, context: string, path: string): void {
  const full = join(context, path);
  const stat = lstatSync(full);
  if (stat.isSymbolicLink()) return addLine(hash, "link", path, readlinkSync(full));
  const executable = (stat.mode & 0o111) !== 0;
  addLine(hash, executable ? "executable" : "file", path, contentHash(full));
}

const CHUNK = Buffer.alloc(1024 * 1024);

/** Read in pieces: a context may hold files that are larger than memory should be. */
function contentHash(file: string): string {
  const hash = createHash("sha256");
  const handle = openSync(file, "r");
  try {
    for (let size = readSync(handle, CHUNK); size > 0; size = readSync(handle, CHUNK)) {
      hash.update(CHUNK.subarray(0, size));
    }
  } finally {
    closeSync(handle);
  }
  return hash.digest("hex");
}

/** The text of the Dockerfile, wherever it is. */
export function dockerfileOf(build: Pick<Build, "context" | "dockerfile" | "inline">): string {
  return build.inline ?? readFileSync(join(build.context, build.dockerfile), "utf8");
}
