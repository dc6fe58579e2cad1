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
import { join, relative, resolve, sep } from "node:path";
import dockerignore from "@balena/dockerignore";

import { statOf } from "./disk";
import { present, type Field } from "./field";
import { appliedMirrors, mirrored } from "./mirrors";
import { imageReference } from "./names";
import type { ImageSource } from "./types";

const BUILD_KEYS = {
  supported: ["context", "dockerfile", "args", "target"],
  ignored: {
    cache_from: "not used: the builder's own cache is",
    cache_to: "not used: the builder's own cache is",
    no_cache: "not used: the hash of the context decides what is built",
    pull: "not used: the hash of the context decides what is built",
    tags: "not used: the image gets a tag of its own",
  },
  refused: {
    dockerfile_inline: "Put it into a file",
    secrets: "Hand values over when the container runs",
    ssh: "Vendor what the build needs",
    additional_contexts: "Use one context",
    platforms: "Images are built for the engine's platform",
  },
};

export interface ImageContext {
  application: string;
  /** Folder of the first Compose file. */
  directory: string;
  mirrors: Record<string, string>;
  /** `slipway:images` */
  overrides: Record<string, string>;
  /** Whether build contexts are read to the last byte; without it a source has no hash. */
  hashes: boolean;
  /** Value of a build argument that is named without one. */
  variable(name: string): string | undefined;
}

/** Where a service's image comes from. */
export function readImage(
  name: string,
  service: Field,
  context: ImageContext,
): ImageSource | undefined {
  const [build, image] = [service.at("build"), service.at("image")];
  const override = context.overrides[name];
  if (override !== undefined) return referenced(override, context);
  if (!build.absent) {
    if (!image.absent) {
      image.warn("does not name the build; slipway:images deploys an image that was pushed");
    }
    return readBuild(name, build, context);
  }
  const reference = image.text();
  if (reference === undefined) {
    if (image.absent) service.findings.fault(service.path, "has neither image nor build");
    return undefined;
  }
  if (!/^[a-z0-9][\w.:/@-]*$/.test(reference)) {
    return image.refuse("is no image reference", { allowed: "registry/name:tag, name@sha256:..." });
  }
  if (/^[^@:]+(:latest)?$|\/[^@:]+(:latest)?$/.test(reference)) {
    image.warn(`${reference} can change without a new release: name a version or a digest`);
  }
  return referenced(reference, context);
}

function referenced(reference: string, context: ImageContext): ImageSource {
  return { kind: "reference", reference: mirrored(reference, context.mirrors) };
}

function readBuild(name: string, build: Field, context: ImageContext): ImageSource | undefined {
  build.checkKeys(BUILD_KEYS);
  const given = build.at("context").text() ?? ".";
  if (/^(https?:|git@|git:|ssh:)/.test(given)) {
    return build.at("context").refuse("must be a folder", { cure: "Check the repository out" });
  }
  const folder = resolve(context.directory, given);
  if (!statOf(folder)?.isDirectory()) {
    return build.at("context").refuse("no such folder", { given: folder });
  }
  const dockerfile = build.at("dockerfile").text() ?? "Dockerfile";
  const file = resolve(folder, dockerfile);
  if (relative(folder, file).startsWith("..")) {
    return build.at("dockerfile").refuse("must lie inside the context", { given: dockerfile });
  }
  if (!statOf(file)?.isFile()) {
    return build.at("dockerfile").refuse("no such file", { given: file });
  }
  const args = readArgs(build.at("args"), context);
  const target = build.at("target").text();
  const path = posix(relative(folder, file));
  const whole = { context: folder, dockerfile: path, args, target, mirrors: context.mirrors };
  const hash = context.hashes ? tryHash(build, whole) : "";
  const reference = imageReference(context.application, name, hash);
  return present<ImageSource>({
    kind: "build",
    context: folder,
    dockerfile: path,
    args,
    target,
    hash,
    reference,
  });
}

function tryHash(field: Field, build: Build): string {
  try {
    return buildHash(build);
  } catch (error) {
    field.at("context").refuse("cannot be read", { given: (error as Error).message });
    return "";
  }
}

function readArgs(args: Field, context: ImageContext): Record<string, string> {
  return Object.fromEntries(
    args.entries().flatMap(([name, entry]): [string, string][] => {
      if (typeof entry.value === "boolean") return [[name, String(entry.value)]];
      const value = entry.absent ? context.variable(name) : entry.text();
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export interface Build {
  context: string;
  dockerfile: string;
  args: Record<string, string>;
  target?: string;
  mirrors: Record<string, string>;
}

/** 16 hex digits over everything that a build is made of; the same on every machine. */
export function buildHash(build: Build): string {
  const dockerfile = readFileSync(join(build.context, build.dockerfile), "utf8");
  const hash = createHash("sha256");
  addLine(hash, "dockerfile", build.dockerfile, dockerfile);
  addLine(hash, "args", ...Object.entries(build.args).sort(byFirst).flat());
  addLine(hash, "target", build.target ?? "");
  addLine(hash, "mirrors", ...appliedMirrors(dockerfile, build.mirrors, build.args).flat());
  for (const path of contextFiles(build.context, build.dockerfile))
    addFile(hash, build.context, path);
  return hash.digest("hex").slice(0, 16);
}

const byFirst = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1);

/** JSON keeps fields apart, whatever is in them. */
function addLine(hash: Hash, ...fields: string[]): void {
  hash.update(`${JSON.stringify(fields)}\n`);
}

/**
 * The files and symbolic links that the builder sees, sorted; folders count by what is in them.
 * `.git` is left out: it changes by a mere `git fetch`, and would make a release of it.
 */
export function contextFiles(context: string, dockerfile: string): string[] {
  const rules = ignoreRules(context, dockerfile);
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

const posix = (path: string) => path.split(sep).join("/");
