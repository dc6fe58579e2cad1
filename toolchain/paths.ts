import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** The checkout: where package.json and Pulumi.yaml are. */
export const projectRoot = path.resolve(__dirname, "..");

/** One Go module per part. */
export const goRoot = path.join(__dirname, "go");

/** Everything that was built or downloaded; outside the checkout, so that `git clean` is harmless. */
export function cacheRoot(): string {
  const own = process.env.SLIPWAY_CACHE;
  if (own) return path.resolve(own);
  return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "slipway");
}

/** The CLI, its language host and its helpers, when PATH has none. */
export function binFolder(): string {
  return path.join(cacheRoot(), "bin");
}

/** Exists when the official downloads were out of reach at the last try. */
export function offlineMarker(): string {
  return path.join(cacheRoot(), "offline");
}

export function pulumiHome(): string {
  return process.env.PULUMI_HOME || path.join(os.homedir(), ".pulumi");
}

export function pluginFolder(name: string, version: string): string {
  return path.join(pulumiHome(), "plugins", `resource-${name}-v${version}`);
}

/** PATH's folders without our own one, which `source .slipway/env` puts there. */
function foreignFolders(): string[] {
  const own = binFolder();
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders.filter((folder) => folder !== "" && path.resolve(folder) !== own);
}

/** The first executable of this name on PATH; `undefined` when there is none. */
export function onPath(name: string): string | undefined {
  return foreignFolders()
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
