import { readFileSync, type Stats } from "node:fs";

import {
  EXECUTABLE_MODE,
  FILE_MODE,
  MOUNTED_FILE_LIMIT_BYTES,
  MOUNTED_FOLDER_LIMIT_BYTES,
  MOUNTED_FOLDER_LIMIT_FILES,
} from "./defaults";
import { filesBelow, statOf } from "./disk";
import type { Field } from "./field";
import type { MountedFile } from "./types";

/** What of this machine's files can travel in a release. */

/** The cure for what cannot. */
export const OVERLAY =
  "Leave it to development: list a second file in slipway:compose that says `volumes: !override []` here, or copy it into the image";

export const modeOf = (stat: Stats) => ((stat.mode & 0o111) === 0 ? FILE_MODE : EXECUTABLE_MODE);

/** A read-only folder of configuration: its files travel one by one. */
export function readFolder(entry: Field, folder: string, target: string): MountedFile[] {
  const found = readable(entry, folder, () => filesBelow(folder, MOUNTED_FOLDER_LIMIT_FILES));
  const bytes = (found ?? []).reduce((sum, { stat }) => sum + stat.size, 0);
  if (found === undefined || bytes > MOUNTED_FOLDER_LIMIT_BYTES) {
    const allowed = `${MOUNTED_FOLDER_LIMIT_FILES} files, ${MOUNTED_FOLDER_LIMIT_BYTES} bytes`;
    return (
      entry.refuse("is too large a folder to travel in a release", { allowed, cure: OVERLAY }) ?? []
    );
  }
  const files = found.length === 1 ? "one file travels" : `${found.length} files travel`;
  entry.warn(`${files} in the release; what the image has at ${target} stays beside them`);
  return found.flatMap(({ name, path, stat }) => {
    const content = readFileText(entry, path);
    return content === undefined
      ? []
      : [{ path: `${target.replace(/\/+$/, "")}/${name}`, content, mode: modeOf(stat) }];
  });
}

/** What may be there and yet not ours to read. */
function readable<T>(entry: Field, path: string, read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return entry.refuse("cannot be read", { given: path });
  }
}

export function readFileText(entry: Field, path: string): string | undefined {
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
  const bytes = readable(entry, path, () => readFileSync(path));
  if (bytes === undefined) return undefined;
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes)
    ? text
    : entry.refuse("is not UTF-8 text", { cure });
}
