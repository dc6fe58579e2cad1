import { readFileSync, statSync, type Stats } from "node:fs";

/** What is at a path; undefined when nothing is, or nothing that we can get at. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The text of a file; undefined when there is none. */
export function readIfFile(path: string): string | undefined {
  return statOf(path)?.isFile() ? readFileSync(path, "utf8") : undefined;
}
