import { relative } from "node:path";

/** As it is written in a workflow: from the repository's root, which is ".". */
export const below = (root: string, path: string): string =>
  relative(root, path).replaceAll("\\", "/") || ".";

/** A file of a folder that is written so. */
export const inFolder = (folder: string, file: string): string =>
  folder === "." ? file : `${folder}/${file}`;

/** Where GitHub looks for workflows. */
export const FOLDER = ".github/workflows";
/** Files of a project's own have other names; the folder is shared. */
export const PREFIX = "slipway-";
