import { join, resolve } from "node:path";
import { parse } from "smol-toml";

import type { Settings } from "./config";
import { foldersIn, readIfFile } from "./disk";
import { isMap } from "./field";
import type { Findings } from "./findings";
import { VERSION, VERSION_ALLOWED } from "./names";
import type { Fault, Git, ImageSource } from "./types";

/** Versions: said in config, or read from where a project keeps them (docs/adr/0018-versions.md). */

type Version = { version: string } | { fault: Omit<Fault, "path"> };
type Setting = Settings["version"];

/** Git, or a file that a version can be read from. */
export const VERSION_PLACE = /^(git|(.*\/)?(package\.json|pyproject\.toml|VERSION|[^/]+\.py))$/;
export const VERSION_PLACES =
  "git, or the path of a package.json, pyproject.toml, VERSION or *.py file";

/** What a setting comes to; a file is named from `folder`. Undefined after a fault, too. */
export function settledVersion(
  setting: Setting,
  path: string,
  folder: string,
  git: Git,
  findings: Findings,
): string | undefined {
  if (setting === undefined || typeof setting === "string") return setting;
  const { from } = setting;
  const found = from === "git" ? versionOfGit(git) : versionIn(resolve(folder, from));
  if ("version" in found) return found.version;
  const { what, ...detail } = found.fault;
  return findings.fault(`${path}.from`, what, detail);
}

/** Where nobody can be asked. */
export const NO_GIT: Git = {
  describe: () => ({ why: "git was not asked" }),
  source: () => undefined,
  branch: () => undefined,
};

export interface VersionContext {
  settings: Pick<Settings, "version" | "services">;
  /** The release's. */
  version?: string;
  git: Git;
}

/** The version of an image that is built, and what says so; without one it is named after git's, if at all. */
export function imageVersion(
  service: string,
  folder: string,
  { settings, version, git }: VersionContext,
  findings: Findings,
): { version?: string; from?: string } {
  const own = Object.hasOwn(settings.services, service) && settings.services[service].version;
  if (own) {
    const path = `slipway:services.${service}.version`;
    return { version: settledVersion(own, path, folder, git, findings), from: path };
  }
  const release = version === undefined ? {} : { version, from: "slipway:version" };
  return typeof settings.version === "string" ? release : (versionBeside(folder) ?? release);
}

/** What its image is called. Git is asked last: a run that builds nothing does not wait for it. */
export function builtVersion(
  image: Extract<ImageSource, { kind: "build" }>,
  git: Git,
): string | undefined {
  if (image.version !== undefined) return image.version;
  const found = versionOfGit(git);
  return "version" in found ? found.version : undefined;
}

function versionOfGit(git: Git): Version {
  const found = git.describe();
  if ("version" in found) return usable(found.version, "git describe");
  return {
    fault: {
      what: "git knows no version",
      given: found.why,
      allowed: "a folder in a git work tree with a commit",
      cure: "Name a file ({from: VERSION}), or say the version itself",
    },
  };
}

/** The first file of a folder that has a version. */
function versionBeside(folder: string): { version: string; from: string } | undefined {
  for (const from of ["VERSION", "package.json", "pyproject.toml"]) {
    const found = versionIn(join(folder, from));
    if ("version" in found) return { version: found.version, from };
  }
  for (const name of foldersIn(folder)) {
    const from = `${name}/__init__.py`;
    const found = versionIn(join(folder, from));
    if ("version" in found) return { version: found.version, from };
  }
  return undefined;
}

function versionIn(file: string): Version {
  // A byte order mark counts as white space.
  const text = readIfFile(file)?.trim();
  if (text === undefined) return { fault: { what: "no such file", given: file } };
  try {
    return usable(readerOf(file)(text), file);
  } catch (error) {
    const [why] = (error as Error).message.split("\n");
    return { fault: { what: `cannot be read: ${why}`, given: file } };
  }
}

function readerOf(file: string): (text: string) => unknown {
  if (file.endsWith(".json")) return (text) => mapOf(JSON.parse(text)).version;
  if (file.endsWith(".toml")) return inPyproject;
  if (file.endsWith(".py")) return inPython;
  return (text) => text;
}

const mapOf = (value: unknown) => (isMap(value) ? value : {});

/** Poetry may keep what is dynamic for everybody else. */
function inPyproject(text: string): unknown {
  const { project, tool } = parse(text);
  const { version, dynamic } = mapOf(project);
  const found = version ?? mapOf(mapOf(tool).poetry).version;
  if (found === undefined && Array.isArray(dynamic) && dynamic.includes("version")) return DYNAMIC;
  return found;
}

/** What only the project's own build knows. */
const DYNAMIC = Symbol("dynamic");

const inPython = (text: string) =>
  /^__version__\s*(?::[^=\n]*)?=\s*(["'])([^"'\n]*)\1/m.exec(text)?.[2];

function usable(found: unknown, given: string): Version {
  if (typeof found === "string" && VERSION.test(found)) return { version: found };
  if (found === DYNAMIC) {
    return {
      fault: {
        what: "its version is dynamic: only its build knows it",
        given,
        cure: "Name where that takes it from: {from: git}, or {from: path/of/__init__.py}",
      },
    };
  }
  if (found === undefined || found === "") {
    const cure = "Write one there, name another file, or say the version itself";
    return { fault: { what: "has no version", given, cure } };
  }
  const what = `its version cannot be used: ${JSON.stringify(found)}`;
  return { fault: { what: what.slice(0, 200), given, allowed: VERSION_ALLOWED } };
}
