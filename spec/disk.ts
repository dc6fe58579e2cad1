import { type Dirent, readdirSync, readFileSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";

/** What is at a path; undefined when nothing is, or nothing that we can get at. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The text of a file; undefined when there is none, or none that we can get at. A device never ends. */
export function readIfFile(path: string): string | undefined {
  if (!statOf(path)?.isFile()) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Names of the folders in a folder, sorted; none when we cannot get at it. */
export const foldersIn = (folder: string): string[] =>
  namesIn(folder, (entry) => entry.isDirectory());

/** Names of the files in a folder, sorted; none when we cannot get at it. */
export const filesIn = (folder: string): string[] => namesIn(folder, (entry) => entry.isFile());

function namesIn(folder: string, isWanted: (entry: Dirent) => boolean): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (isWanted(entry) ? [entry.name] : [])).sort();
  } catch {
    return [];
  }
}

export interface FoundFile {
  /** Below the folder, with "/". */
  name: string;
  path: string;
  stat: Stats;
}

/** What is below a folder and is none itself, sorted; undefined when that is more than `limit`. */
export function filesBelow(folder: string, limit: number): FoundFile[] | undefined {
  const found: FoundFile[] = [];
  const walk = (below: string): boolean =>
    readdirSync(join(folder, below), { withFileTypes: true }).every((entry) => {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return walk(name);
      const path = join(folder, name);
      const stat = statOf(path);
      if (stat) found.push({ name, path, stat });
      return found.length <= limit;
    });
  return walk("") ? found.sort((a, b) => (a.name < b.name ? -1 : 1)) : undefined;
}
