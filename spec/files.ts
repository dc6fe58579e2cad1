import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { EXECUTABLE_MODE, FILE_MODE, MOUNTED_FILE_LIMIT_BYTES, SECRETS_FOLDER } from "./defaults";
import { statOf } from "./disk";
import { isMap, type Field } from "./field";
import { SecretText, type Lookup } from "./interpolate";
import type { Secrets } from "./secrets";
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
}

const LONG_KEYS = {
  supported: ["type", "source", "target", "read_only"],
  ignored: {
    bind: "not used: only content travels",
    tmpfs: "not used: Docker's own limits hold",
    consistency: "not used",
  },
  refused: { volume: "Mount the whole volume", image: "Copy the content into the image" },
};
const NO_EFFECT = ["rw", "z", "Z", "cached", "delegated", "consistent", "nocopy"];
const OVERLAY =
  "Leave it to development: list a second file in slipway:compose that says `volumes: !override []` here, or copy it into the image";

/** Everything that is mounted into a service, sorted by path. */
export function readMounts(service: Field, context: MountContext): Mounts {
  const mounts: Mounts = { volumes: [], files: [], tmpfs: [] };
  for (const entry of service.at("volumes").list()) {
    const mount = readMount(entry);
    if (mount) addMount(entry, mount, context, mounts);
  }
  for (const entry of service.at("tmpfs").list()) {
    const [path, options] = (entry.text() ?? "").split(":");
    if (options !== undefined) entry.warn(`options "${options}" are not used`);
    if (absolute(entry, path)) mounts.tmpfs.push(path);
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
    entry.checkKeys(LONG_KEYS);
    const type = entry.at("type").oneOf(["volume", "bind", "tmpfs"]);
    const target = entry.at("target").text();
    if (type === undefined || !absolute(entry, target)) return undefined;
    const readOnly = entry.at("read_only").boolean() ?? false;
    return { type, source: entry.at("source").text(), target, readOnly };
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

function addMount(entry: Field, mount: Mount, context: MountContext, mounts: Mounts): void {
  if (mount.type === "tmpfs") mounts.tmpfs.push(mount.target);
  else if (mount.source === undefined) {
    entry.refuse("has no name, so its data would be lost with every release", {
      cure: `Name the volume, or use tmpfs: [${mount.target}]`,
    });
  } else if (mount.type === "bind") {
    const file = readBind(entry, mount.source, mount, context);
    if (file) mounts.files.push(file);
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
): MountedFile | undefined {
  const path = resolve(context.directory, source);
  const stat = statOf(path);
  if (stat?.isDirectory() || stat?.isSocket()) {
    const what = stat.isSocket() ? "a socket" : "a folder";
    return entry.refuse(`${what} of this machine cannot travel in a release`, { cure: OVERLAY });
  }
  if (!stat?.isFile()) return entry.refuse("no such file", { given: path });
  if (!mount.readOnly) {
    return entry.refuse(
      "a file can only be mounted read-only: its content travels in the release",
      {
        cure: `Write ${source}:${mount.target}:ro`,
      },
    );
  }
  const content = readFileText(entry, path);
  const mode = (stat.mode & 0o111) === 0 ? FILE_MODE : EXECUTABLE_MODE;
  return content === undefined ? undefined : { path: mount.target, content, mode };
}

function readFileText(entry: Field, path: string): string | undefined {
  const stat = statOf(path);
  if (!stat?.isFile()) return entry.refuse("no such file", { given: path });
  const cure = "Copy it into the image";
  if (stat.size > MOUNTED_FILE_LIMIT_BYTES) {
    const allowed = `${MOUNTED_FILE_LIMIT_BYTES} bytes`;
    return entry.refuse("is too long to travel in a release", {
      given: `${stat.size} bytes`,
      allowed,
      cure,
    });
  }
  const bytes = readFileSync(path);
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes)
    ? text
    : entry.refuse("is not UTF-8 text", { cure });
}

const GRANT_KEYS = {
  supported: ["source", "target", "mode"],
  ignored: { uid: "not used: the file belongs to root", gid: "not used: the file belongs to root" },
};

/** A Compose config or secret in a service. */
function readGrant(
  kind: "configs" | "secrets",
  entry: Field,
  context: MountContext,
): MountedFile | undefined {
  const long = isMap(entry.value);
  if (long) entry.checkKeys(GRANT_KEYS);
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
  definition.checkKeys({
    supported: ["file", "content", "environment"],
    ignored: { name: "not used: the content travels in the release" },
    refused: { external: "Use file or content" },
  });
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
    ...mounts.tmpfs,
  ];
  for (const path of new Set(paths.filter((path, i) => paths.indexOf(path) !== i))) {
    service.findings.fault(service.path, "mounts two things at one path", { given: path });
  }
}
