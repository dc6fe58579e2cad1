import { resolve } from "node:path";

import { modeOf, OVERLAY, readFileText, readFolder } from "./content";
import { FILE_MODE, SECRETS_FOLDER } from "./defaults";
import { statOf } from "./disk";
import { isMap, type Field } from "./field";
import { SecretText, type Lookup } from "./interpolate";
import { knownKeys } from "./keys";
import { GRANT_KEYS, MOUNT_KEYS, TMPFS_KEYS, VOLUME_MOUNT_KEYS } from "./partKeys";
import type { Secrets } from "./secrets";
import { CONFIG_KEYS } from "./topKeys";
import type { MountedFile, Text, VolumeMount } from "./types";

export interface MountContext {
  /** Folder of the first Compose file. */
  directory: string;
  /** Top level of the Compose tree. */
  compose: Field;
  lookup: Lookup;
  secrets: Secrets;
}

export interface Mounts {
  volumes: VolumeMount[];
  files: MountedFile[];
  tmpfs: string[];
}

interface Mount {
  type: string;
  source?: string;
  target: string;
  readOnly: boolean;
  /** Of a tmpfs, as mount(8) has them. */
  options?: string;
}

const NO_EFFECT = ["rw", "z", "Z", "cached", "delegated", "consistent", "nocopy"];
/** Everything that is mounted into a service, sorted by path. */
export function readMounts(service: Field, context: MountContext): Mounts {
  const mounts: Mounts = { volumes: [], files: [], tmpfs: [] };
  for (const entry of service.at("volumes").list()) {
    const mount = readMount(entry);
    if (mount) addMount(entry, mount, context, mounts);
  }
  for (const entry of service.at("tmpfs").list()) {
    const text = entry.text() ?? "";
    if (absolute(entry, text)) mounts.tmpfs.push(text);
  }
  for (const kind of ["configs", "secrets"] as const) {
    for (const entry of service.at(kind).list()) {
      const file = readGrant(kind, entry, context);
      if (file) mounts.files.push(file);
    }
  }
  refuseDoubles(service, mounts);
  const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
  return {
    volumes: mounts.volumes.sort(byPath),
    files: mounts.files.sort(byPath),
    tmpfs: mounts.tmpfs.sort(),
  };
}

function absolute(entry: Field, path: string | undefined): path is string {
  if (path?.startsWith("/")) return true;
  entry.refuse("must be mounted at an absolute path");
  return false;
}

function readMount(entry: Field): Mount | undefined {
  if (isMap(entry.value)) {
    entry.checkKeys(knownKeys(MOUNT_KEYS));
    entry.at("volume").checkKeys(knownKeys(VOLUME_MOUNT_KEYS));
    const type = entry.at("type").oneOf(["volume", "bind", "tmpfs"]);
    const target = entry.at("target").text();
    if (type === undefined || !absolute(entry, target)) return undefined;
    const readOnly = entry.at("read_only").boolean() ?? false;
    const options = tmpfsOptions(entry.at("tmpfs"));
    return { type, source: entry.at("source").text(), target, readOnly, options };
  }
  const parts = entry.text()?.split(":");
  if (parts === undefined) return undefined;
  const [source, target, options = ""] = parts.length === 1 ? [undefined, parts[0]] : parts;
  if (parts.length > 3) return entry.refuse("is no volume", { allowed: "source:/path[:ro]" });
  if (!absolute(entry, target)) return undefined;
  const words = options.split(",").filter((word) => word !== "" && !NO_EFFECT.includes(word));
  const strange = words.find((word) => word !== "ro");
  if (strange !== undefined) return entry.refuse(`option ${strange} is not supported yet`);
  const bind = source !== undefined && /^[./~]/.test(source);
  return { type: bind ? "bind" : "volume", source, target, readOnly: words.includes("ro") };
}

function tmpfsOptions(field: Field): string {
  field.checkKeys(knownKeys(TMPFS_KEYS));
  const size = field.at("size").bytes();
  const mode = field.at("mode");
  const options = [
    ...(size === undefined ? [] : [`size=${size}`]),
    ...(mode.absent ? [] : [`mode=${readMode(mode)}`]),
  ];
  return options.length === 0 ? "" : `:${options.join(",")}`;
}

function addMount(entry: Field, mount: Mount, context: MountContext, mounts: Mounts): void {
  if (mount.type === "tmpfs") mounts.tmpfs.push(mount.target + (mount.options ?? ""));
  else if (mount.source === undefined) {
    entry.refuse("has no name, so its data would be lost with every release", {
      cure: `Name the volume, or use tmpfs: [${mount.target}]`,
    });
  } else if (mount.type === "bind") {
    mounts.files.push(...readBind(entry, mount.source, mount, context));
  } else if (context.compose.at("volumes").at(mount.source).value === undefined) {
    entry.refuse(`volume ${mount.source} is not declared`, {
      cure: `Add it to the top-level volumes: ${mount.source}: {}`,
    });
  } else {
    mounts.volumes.push({ volume: mount.source, path: mount.target, readOnly: mount.readOnly });
  }
}

function readBind(
  entry: Field,
  source: string,
  mount: Mount,
  context: MountContext,
): MountedFile[] {
  const path = resolve(context.directory, source);
  if (["/etc/localtime", "/etc/timezone"].includes(path)) {
    const cure = "Set the time zone in the environment: TZ: Europe/Berlin";
    return entry.refuse("is this machine's own", { cure }) ?? [];
  }
  const stat = statOf(path);
  if (stat?.isSocket() || (stat?.isDirectory() && !mount.readOnly)) {
    const what = stat.isSocket() ? "a socket" : "a folder";
    const cure = stat.isSocket()
      ? "Leave it out: whoever holds the engine's socket owns the host"
      : OVERLAY;
    return entry.refuse(`${what} of this machine cannot travel in a release`, { cure }) ?? [];
  }
  if (stat?.isDirectory()) return readFolder(entry, path, mount.target);
  if (!stat?.isFile()) return entry.refuse("no such file", { given: path }) ?? [];
  if (!mount.readOnly) {
    const cure = `Write ${source}:${mount.target}:ro`;
    const what = "a file can only be mounted read-only: its content travels in the release";
    return entry.refuse(what, { cure }) ?? [];
  }
  const content = readFileText(entry, path);
  return content === undefined ? [] : [{ path: mount.target, content, mode: modeOf(stat) }];
}

/** A Compose config or secret in a service. */
function readGrant(
  kind: "configs" | "secrets",
  entry: Field,
  context: MountContext,
): MountedFile | undefined {
  const long = isMap(entry.value);
  if (long) entry.checkKeys(knownKeys(GRANT_KEYS));
  const name = long ? entry.at("source").text() : entry.text();
  if (name === undefined) return long ? entry.refuse("has no source") : undefined;
  const definition = context.compose.at(kind).at(name);
  if (definition.value === undefined) {
    return entry.refuse(`${name} is not declared`, { cure: `Add it to the top-level ${kind}` });
  }
  const base = kind === "secrets" ? SECRETS_FOLDER : "";
  const target = (long ? entry.at("target").text() : undefined) ?? name;
  const content =
    kind === "secrets"
      ? context.secrets.mounted(name, definition)
      : readConfig(definition, context);
  if (content === undefined) return undefined;
  const mode = long ? readMode(entry.at("mode")) : FILE_MODE;
  return { path: target.startsWith("/") ? target : `${base}/${target}`, content, mode };
}

function readConfig(definition: Field, context: MountContext): Text | undefined {
  definition.checkKeys(knownKeys(CONFIG_KEYS));
  const content = definition.at("content");
  if (content.value instanceof SecretText) return content.value.text;
  if (!content.absent) return content.text();
  const file = definition.at("file");
  if (!file.absent) return readFileText(file, resolve(context.directory, file.text() ?? ""));
  const variable = definition.at("environment");
  const found = context.lookup(variable.text() ?? "");
  if (found === undefined) return definition.refuse("has no value", { allowed: "file, content" });
  return "value" in found ? found.value : { parts: [found] };
}

/** Octal digits; YAML gives a number for 0440. */
function readMode(field: Field): string {
  if (field.absent) return FILE_MODE;
  const digits = typeof field.value === "number" ? field.value.toString(8) : String(field.value);
  if (/^[0-7]{3,4}$/.test(digits)) return digits.padStart(4, "0");
  field.refuse("is no file mode", { allowed: "0444" });
  return FILE_MODE;
}

function refuseDoubles(service: Field, mounts: Mounts): void {
  const paths = [
    ...mounts.volumes.map((mount) => mount.path),
    ...mounts.files.map((file) => file.path),
    ...mounts.tmpfs.map((mount) => mount.split(":")[0]),
  ];
  for (const path of new Set(paths.filter((path, i) => paths.indexOf(path) !== i))) {
    service.findings.fault(service.path, "mounts two things at one path", { given: path });
  }
}
