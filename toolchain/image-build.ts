import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import tar from "tar-stream";
import { ToolchainError } from "./fault";

/** Images that this project makes for itself; nothing with this name is ever pulled or pushed. */
export const LOCAL_PREFIX = "slipway.local";
/** On each of them, for `docker image prune --all --filter label=dev.slipway.toolchain`. */
const LABEL = "dev.slipway.toolchain";

/** A file of a build context or of an image's root. A `folder` has no content. */
export interface Entry {
  name: string;
  content?: Buffer | string;
  folder?: boolean;
  mode?: number;
  uid?: number;
  gid?: number;
}

export async function hasImage(docker: Docker, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/**
 * Builds an image with the engine's own builder.
 *
 * @param entries the context, with its Dockerfile
 * @param args build arguments; BASE is what our Dockerfiles stand on
 */
export async function buildImage(
  docker: Docker,
  tag: string,
  entries: Entry[],
  args: Record<string, string> = {},
): Promise<void> {
  // The older builder: it takes a local image in FROM without asking a registry, on every engine.
  const stream = await docker.buildImage(tarOf(entries), {
    t: tag,
    buildargs: args,
    labels: { [LABEL]: "image" },
    forcerm: true,
    version: "1",
  });
  await finished(docker, stream, tag);
}

/** Makes an image of one layer from a tar of its root. `changes` are Dockerfile lines. */
export async function importImage(
  docker: Docker,
  tag: string,
  root: NodeJS.ReadableStream,
  changes: string[] = [],
): Promise<void> {
  const [, repo, version] = /^(.*):([^:/]+)$/.exec(tag)!;
  const all = [...changes, `LABEL ${LABEL}=image`];
  const stream = await docker.importImage(root, { repo, tag: version, changes: all });
  await finished(docker, stream, tag);
}

export function tarOf(entries: Entry[]): Readable {
  const pack = tar.pack();
  for (const { name, content, folder, mode, uid, gid } of entries) {
    // No times: the same files are the same layer on each machine.
    const header = { name, uid, gid, mtime: new Date(0) };
    if (folder) pack.entry({ ...header, type: "directory", mode: mode ?? 0o755 });
    else pack.entry({ ...header, mode: mode ?? 0o644 }, content ?? "");
  }
  pack.finalize();
  // tar-stream has streams of its own kind; the engine's client wants Node's.
  return Readable.from(pack);
}

/** The files below a folder, scripts executable, in a fixed order. */
export function entriesOf(folder: string, inside = ""): Entry[] {
  const found = fs.readdirSync(path.join(folder, inside), { withFileTypes: true });
  return found
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((item) => {
      const name = path.posix.join(inside, item.name);
      if (item.isDirectory()) return entriesOf(folder, name);
      // Not the mode of the checkout: some ways to copy a repository lose it.
      const mode = name.endsWith(".sh") ? 0o755 : 0o644;
      return [{ name, content: fs.readFileSync(path.join(folder, name)), mode }];
    });
}

/** A short key of texts and files, for a tag. */
export function keyOf(...things: Array<string | Entry[]>): string {
  const hash = createHash("sha256");
  for (const thing of things) {
    const parts = typeof thing === "string" ? [thing] : thing.flatMap(partsOf);
    for (const part of parts) hash.update(part).update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

function partsOf({ name, content, mode }: Entry): Array<string | Buffer> {
  return [name, content ?? "", String(mode ?? 0)];
}

interface BuildEvent {
  stream?: string;
  error?: string;
}

/** Waits for the end; a failed step ends in its own last words. */
async function finished(docker: Docker, stream: NodeJS.ReadableStream, tag: string): Promise<void> {
  const said: string[] = [];
  let fault: string | undefined;
  await new Promise<void>((resolve) => {
    const end = (error: Error | null) => {
      fault ??= error?.message;
      resolve();
    };
    docker.modem.followProgress(stream, end, (event: BuildEvent) => {
      if (event.stream?.trim()) said.push(event.stream.trim());
      if (event.error) fault = event.error;
    });
  });
  if (!fault) return;
  const words = said.slice(-8).join("\n    ");
  throw new ToolchainError(
    `the image ${tag} could not be made: ${fault}`,
    `The builder's last words:\n    ${words}`,
  );
}
