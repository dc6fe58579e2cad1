import path from "node:path";
import { buildPart, cachedBuild, contentKey, goVersion } from "./build";
import { downloadCli, downloadPlugin, officialDownloads } from "./download";
import { ToolchainError } from "./fault";
import { partTable, type Group, type Part, type PartName } from "./part-table";
import { locateCli, locatePlugin, placeCli, placePlugin } from "./place";
import { duration, step, type Report } from "./progress";

/** Where a part is, or what it takes to get it. */
export type Status =
  | { state: "found"; where: string }
  | { state: "download"; from: string }
  | { state: "build"; seconds: number }
  | { state: "optional"; why: string }
  | { state: "impossible"; cure: string };

const allParts: readonly Part[] = partTable();

/** What a deploy to Docker needs. */
export const parts = allParts.filter(({ only }) => only === undefined);

/** What is needed besides by those alone who ask for it. */
export const partsOnlyFor = (group: Group) => allParts.filter(({ only }) => only === group);

export function partNamed(name: string): Part {
  const part = allParts.find((candidate) => candidate.name === name);
  if (part) return part;
  const known = allParts.map((candidate) => candidate.name).join(", ");
  throw new ToolchainError(`there is no part named "${name}"`, `Choose from: ${known}.`);
}

/** Where the part is now, without any look at the network; `undefined` when it has to be made. */
export function locate(part: Part): string | undefined {
  const key = contentKey(part);
  if (part.kind === "cli") return locateCli(part, key);
  if (part.kind === "plugin") return locatePlugin(part, key);
  return cachedBuild(part);
}

/** What `ensure` will do for the part. */
export async function statusOf(part: Part): Promise<Status> {
  const where = locate(part);
  if (where) return { state: "found", where };
  const online = await officialDownloads();
  if (part.kind === "image" && online) {
    return { state: "optional", why: "its public image is pulled when needed" };
  }
  if (online && isDownloaded(part)) return { state: "download", from: "get.pulumi.com" };
  if (cachedBuild(part)) return { state: "build", seconds: 1 };
  if (await goVersion()) return { state: "build", seconds: part.go.seconds };
  return { state: "impossible", cure: cureFor(part) };
}

/** Makes sure that all the named parts are there. */
export async function ensureParts(
  names: readonly string[] = parts.map((p) => p.name),
): Promise<void> {
  const asked = names.map(partNamed);
  const missing = asked.filter((part) => locate(part) === undefined);
  // A bare binary for an image is only needed where public images cannot be pulled.
  const explicit = names.length < parts.length;
  const needed: Part[] = [];
  for (const part of missing) {
    if (part.kind === "image" && !explicit && (await officialDownloads())) continue;
    needed.push(part);
  }
  // The CLI first: it installs the plugins where downloads work, and it takes longest to build.
  const [cli, others] = [
    needed.filter((part) => part.name === "pulumi"),
    needed.filter((part) => part.name !== "pulumi"),
  ];
  if (await officialDownloadsFor(needed)) {
    for (const part of [...cli, ...others]) await ensurePart(part);
    return;
  }
  await allSettled([...cli, ...others].map((part) => ensurePart(part)));
}

/** The built binary of a part, built now if need be. */
export async function builtBinary(name: PartName): Promise<string> {
  const part = partNamed(name);
  const done = cachedBuild(part);
  if (done) return done;
  return step(`${part.title} ${part.version}`, part.go.seconds, (report) => build(part, report));
}

async function officialDownloadsFor(needed: readonly Part[]): Promise<boolean> {
  return needed.length > 0 && officialDownloads();
}

async function ensurePart(part: Part): Promise<void> {
  // The official CLI brings the language host along.
  if (locate(part)) return;
  await step(`${part.title} ${part.version}`, part.go.seconds, async (report) => {
    if (isDownloaded(part) && (await officialDownloads()) && (await tryDownload(part, report))) {
      return;
    }
    const file = await build(part, report);
    if (part.kind === "cli") placeCli(part, file, contentKey(part));
    if (part.kind === "plugin") placePlugin(part, file, contentKey(part));
  });
}

const isDownloaded = ({ kind }: Part) => kind === "cli" || kind === "plugin";

/** `false` when the download did not work out: the build is the next thing to try. */
async function tryDownload(part: Part, report: Report): Promise<boolean> {
  try {
    if (part.kind === "cli") await downloadCli(part.version, report);
    else await downloadPlugin(part.name, part.version, report);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    report(`the download failed (${reason})`);
  }
  return locate(part) !== undefined;
}

async function build(part: Part, report: Report): Promise<string> {
  const done = cachedBuild(part);
  if (done) return done;
  if (!(await goVersion())) {
    throw new ToolchainError(
      `${part.title} ${part.version} is not on this machine and cannot be downloaded or built here`,
      cureFor(part),
    );
  }
  return buildPart(part, report);
}

function cureFor(part: Part): string {
  const go = `install Go 1.26 or newer, to build it from Go modules (${duration(part.go.seconds, true)})`;
  if (part.kind === "cli") {
    return `Install Pulumi (https://www.pulumi.com/docs/install/), allow get.pulumi.com, or ${go}.`;
  }
  if (part.kind === "tool") return `${go[0]!.toUpperCase()}${go.slice(1)}.`;
  if (part.kind === "image") return `Let the engine pull basecamp/kamal-proxy, or ${go}.`;
  const command = `pulumi plugin install resource ${part.name} ${part.version}`;
  return `Run \`${command}\` where get.pulumi.com can be reached and copy ~/.pulumi/plugins here, or ${go}.`;
}

async function allSettled(tasks: Array<Promise<void>>): Promise<void> {
  const failures = (await Promise.allSettled(tasks)).filter((task) => task.status === "rejected");
  if (failures[0]) throw failures[0].reason;
}

/** Where a part would be, as a person reads it. */
export function shortPath(file: string): string {
  const home = process.env.HOME;
  return home && file.startsWith(home + path.sep) ? `~${file.slice(home.length)}` : file;
}
