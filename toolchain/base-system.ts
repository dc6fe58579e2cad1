import fs from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import execa from "execa";
import { aptInstall } from "./engine";
import { ToolchainError } from "./fault";
import type { HostSettings } from "./host-settings";
import * as image from "./image-build";
import { cacheRoot, onPath } from "./paths";

/** Debian's release in the images, whatever this machine runs. */
export const SUITE = "bookworm";

/** Debian's smallest system with apt, without what nobody reads in a container. */
const BOOTSTRAP = [
  "--variant=apt",
  "--include=ca-certificates",
  "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
  "--dpkgopt=path-exclude=/usr/share/doc/*",
  "--dpkgopt=path-exclude=/usr/share/info/*",
  "--dpkgopt=path-exclude=/usr/share/locale/*",
  "--dpkgopt=path-exclude=/usr/share/man/*",
];

/** Node's name of an architecture -> Go's, which the engine uses, and Debian's. */
const ARCHITECTURES: Record<string, string> = { x64: "amd64", arm64: "arm64" };

export function recipeFolder(name: string): string {
  return path.join(__dirname, "base-images", name);
}

/** Of the system alone: the same on each machine of this architecture. */
export function systemKey(): string {
  return image.keyOf(SUITE, process.arch, ...BOOTSTRAP);
}

/** Of the system with this machine's settings. */
export function foundationKey(settings: HostSettings): string {
  return image.keyOf(foundationContext(settings), systemKey());
}

/** The image that the stand-ins are built on: Debian, and this machine's way to its registries. */
export async function makeFoundation(
  docker: Docker,
  settings: HostSettings,
  report: (line: string) => void,
): Promise<string> {
  const tag = `${image.LOCAL_PREFIX}/base:${foundationKey(settings)}`;
  if (await image.hasImage(docker, tag)) return tag;
  const system = await makeSystem(docker, settings, report);
  await image.buildImage(docker, tag, foundationContext(settings), { BASE: system });
  return tag;
}

function foundationContext(settings: HostSettings): image.Entry[] {
  const certificates = [...settings.certificates].map(([name, pem]) => ({
    name: `host/certificates/${name}.crt`,
    content: `${pem}\n`,
  }));
  const lines = (list: string[]) => list.map((line) => `${line}\n`).join("");
  return [
    ...image.entriesOf(recipeFolder("base")),
    { name: "host/certificates", folder: true },
    ...certificates,
    { name: "host/pip.conf", content: settings.pipConf },
    { name: "host/sources.list", content: lines(settings.aptSources) },
    { name: "host/apt.conf", content: lines(settings.aptOptions) },
  ];
}

async function makeSystem(
  docker: Docker,
  settings: HostSettings,
  report: (line: string) => void,
): Promise<string> {
  const tag = `${image.LOCAL_PREFIX}/debian:${systemKey()}`;
  if (await image.hasImage(docker, tag)) return tag;
  await refuseForeignEngine(docker);
  await ensureBootstrapper(report);
  report("making a Debian system to build images on (about 45 s)");
  fs.mkdirSync(cacheRoot(), { recursive: true });
  const scratch = fs.mkdtempSync(path.join(cacheRoot(), "debian-"));
  try {
    const root = path.join(scratch, "root.tar");
    await bootstrap(root, settings);
    await image.importImage(docker, tag, fs.createReadStream(root), ['CMD ["bash"]']);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
  return tag;
}

async function bootstrap(root: string, settings: HostSettings): Promise<void> {
  const options = settings.aptOptions.map((line) => `--aptopt=${line}`);
  const args = [...BOOTSTRAP, ...options, SUITE, root, ...settings.aptSources];
  try {
    await execa("mmdebstrap", args, { all: true });
  } catch (error) {
    const said = ((error as { all?: string }).all ?? String(error)).split("\n").slice(-6);
    throw new ToolchainError(
      `mmdebstrap could not make a Debian system: ${said.join("\n    ")}`,
      "Run as root, and check that apt-get update works here; or let the engine pull public images.",
    );
  }
}

async function ensureBootstrapper(report: (line: string) => void): Promise<void> {
  if (onPath("mmdebstrap")) return;
  if (process.getuid?.() === 0 && onPath("apt-get")) {
    report("installing mmdebstrap");
    return aptInstall(["mmdebstrap", "debian-archive-keyring"]);
  }
  throw new ToolchainError(
    "public images cannot be pulled, and there is no mmdebstrap to make their stand-ins with",
    "Allow the engine to reach its registry, load the images (docker load), or on Debian and Ubuntu: sudo apt-get install mmdebstrap debian-archive-keyring",
  );
}

/** A system is made with this machine's packages, so the engine has to run the same programs. */
async function refuseForeignEngine(docker: Docker): Promise<void> {
  const { Arch } = await docker.version();
  if (Arch === ARCHITECTURES[process.arch]) return;
  throw new ToolchainError(
    `the engine runs on ${Arch} and this machine on ${process.arch}: its images cannot be made here`,
    "Allow the engine to reach its registry, or run this on a machine of its kind.",
  );
}
