import fs from "node:fs";
import path from "node:path";
import type { Part } from "./part-table";
import { binFolder, isExecutable, onPath, pluginFolder, projectRoot } from "./paths";

/** Marks a plugin that was built here: holds the content key of its sources. */
const keyFile = "slipway-key";

/** Scripts of @pulumi/pulumi that the official CLI carries beside itself. */
const helperScripts = ["pulumi-resource-pulumi-nodejs"];

/** The CLI or its language host: on PATH, or in our bin folder when that is up to date. */
export function locateCli(part: Part, key: string): string | undefined {
  const foreign = onPath(part.go.binary);
  const own = path.join(binFolder(), part.go.binary);
  if (foreign) {
    // One of each is enough: ours would shadow the one that the user updates.
    fs.rmSync(own, { force: true });
    return foreign;
  }
  if (!isExecutable(own) || !helpersArePlaced()) return undefined;
  const origin = readOrigin(part.go.binary);
  return origin === key || origin === officialOrigin(part.version) ? own : undefined;
}

/** The plugin: in Pulumi's plugin cache under the SDK's version, or on PATH. */
export function locatePlugin(part: Part, key: string): string | undefined {
  const folder = pluginFolder(part.name, part.version);
  const file = path.join(folder, part.go.binary);
  if (isExecutable(file) && !fs.existsSync(`${folder}.partial`)) {
    const marker = path.join(folder, keyFile);
    // No marker: the official one. An old marker: our sources have changed since.
    if (!fs.existsSync(marker) || fs.readFileSync(marker, "utf8").trim() === key) return file;
    return undefined;
  }
  return onPath(part.go.binary);
}

/** Whether the plugin in Pulumi's cache is one that was built here. */
export function isBuiltPlugin(name: string, version: string): boolean {
  return fs.existsSync(path.join(pluginFolder(name, version), keyFile));
}

/** Puts a built CLI or language host, and the helper scripts, into the bin folder. */
export function placeCli(part: Part, file: string, key: string): void {
  fs.mkdirSync(binFolder(), { recursive: true });
  put(file, path.join(binFolder(), part.go.binary));
  writeOrigin(part.go.binary, key);
  for (const name of helperScripts) {
    const script = path.join(projectRoot, "node_modules", "@pulumi", "pulumi", name);
    const placed = path.join(binFolder(), name);
    fs.copyFileSync(script, placed);
    fs.chmodSync(placed, 0o755);
  }
}

/** Puts all executables of an unpacked official CLI into the bin folder. */
export function placeOfficialCli(folder: string, version: string): void {
  fs.mkdirSync(binFolder(), { recursive: true });
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    if (!isExecutable(file)) continue;
    put(file, path.join(binFolder(), name));
    writeOrigin(name, officialOrigin(version));
  }
}

/**
 * Puts a built plugin into Pulumi's plugin cache under the version that the SDK asks for. On PATH it
 * would work as well, but each run would warn about it.
 */
export function placePlugin(part: Part, file: string, key: string): void {
  const folder = pluginFolder(part.name, part.version);
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const scratch = fs.mkdtempSync(path.join(path.dirname(folder), ".slipway-"));
  fs.chmodSync(scratch, 0o755);
  fs.copyFileSync(file, path.join(scratch, part.go.binary));
  fs.chmodSync(path.join(scratch, part.go.binary), 0o755);
  fs.writeFileSync(path.join(scratch, keyFile), `${key}\n`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(`${folder}.partial`, { force: true });
  fs.renameSync(scratch, folder);
}

function helpersArePlaced(): boolean {
  return helperScripts.every((name) => isExecutable(path.join(binFolder(), name)));
}

/**
 * A second name for the same file. Not a symbolic link: the CLI follows that one, does not see its
 * language host beside itself any more and warns on each run.
 */
function put(file: string, name: string): void {
  const scratch = `${name}.${process.pid}`;
  fs.rmSync(scratch, { force: true });
  try {
    fs.linkSync(file, scratch);
  } catch {
    fs.copyFileSync(file, scratch);
  }
  fs.renameSync(scratch, name);
}

/** What a binary in the bin folder was made from: a content key, or an official version. */
function readOrigin(binary: string): string | undefined {
  const file = originFile(binary);
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : undefined;
}

function writeOrigin(binary: string, origin: string): void {
  fs.writeFileSync(originFile(binary), `${origin}\n`);
}

function originFile(binary: string): string {
  return path.join(binFolder(), `.${binary}.origin`);
}

function officialOrigin(version: string): string {
  return `official ${version}`;
}
