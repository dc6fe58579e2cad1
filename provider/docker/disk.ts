import { statfs } from "fs/promises";
import { hostname } from "os";
import type { Duplex } from "stream";
import { isScarce } from "../../spec/room";
import { isSsh } from "../../spec/ssh";
import type { Disk } from "../../spec/types";
import { unneeded } from "./prune";
import { ssh } from "./ssh";
import { type Transport } from "./transport";
import { withTimeout } from "../timeout";

const KIBIBYTE = 1024;

/** What is free for Docker. Undefined where it cannot be known: that alone is no reason to stop a run. */
export async function diskOf(transport: Transport, application: string): Promise<Disk | undefined> {
  const asked = withTimeout("the disk", freeOn(transport)).catch(() => undefined);
  const free = await asked;
  if (free === undefined || !isScarce(free)) return free === undefined ? undefined : { free };
  const looked = withTimeout("the images", unneeded(transport, [application]));
  const prunable = await looked.then(
    ({ frees }) => frees,
    () => undefined,
  );
  return { free, ...(prunable === undefined ? {} : { prunable }) };
}

async function freeOn({ docker, host }: Transport): Promise<number | undefined> {
  const { DockerRootDir: root, Name } = (await docker.info()) as Partial<Record<string, string>>;
  if (!root?.startsWith("/")) return undefined;
  if (isSsh(host)) return freeIn(await text(ssh(host, ["df", "-Pk", quoted(root)])));
  // A socket may lead into a virtual machine, whose folders are not here.
  if (Name !== hostname()) return undefined;
  const { bavail, bsize } = await statfs(root);
  return bavail * bsize;
}

/** The fourth column of POSIX `df -Pk`, in bytes. */
export function freeIn(output: string): number | undefined {
  const kibibytes = Number(output.trim().split("\n")[1]?.split(/\s+/)[3]);
  return Number.isFinite(kibibytes) ? kibibytes * KIBIBYTE : undefined;
}

const quoted = (folder: string) => `'${folder.replaceAll("'", "'\\''")}'`;

async function text(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  stream.end();
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
