import fs from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import { Transport } from "../provider/docker/transport";
import { withTimeout } from "../provider/timeout";
import { PROXY_IMAGE, REGISTRY_IMAGE, ROUTER_IMAGE } from "../spec/defaults";
import { foundationKey, makeFoundation, recipeFolder, SUITE, systemKey } from "./base-system";
import { contentKey } from "./build";
import { engineHost } from "./engine";
import { readHostSettings, SYSTEM_BUNDLE, type HostSettings } from "./host-settings";
import * as image from "./image-build";
import { withLock } from "./lock";
import { builtBinary, partNamed } from "./parts";
import { cacheRoot } from "./paths";

type Report = (line: string) => void;

/** Public images and the folder of base-images/ that makes their stand-in. */
interface Recipe {
  references: string[];
  folder: string;
  /** What the user gets in its place. */
  content: string;
  /**
   * Whether the image has to follow this machine's settings, because builds stand on it. An
   * accessory's must not: with another image its container is made anew, and the database restarts.
   */
  followsHost: boolean;
}

const recipes: Recipe[] = [
  {
    references: ["python:3.12-slim"],
    folder: "python",
    content: "Debian's Python, which is 3.11 and not 3.12",
    followsHost: true,
  },
  {
    references: [...new Set(["nginx:1.27-alpine", ROUTER_IMAGE])],
    folder: "nginx",
    content: "Debian's nginx 1.22",
    followsHost: true,
  },
  {
    references: ["postgres:16-alpine"],
    folder: "postgres",
    content: "Debian's PostgreSQL, which is 15 and not 16",
    followsHost: false,
  },
  {
    references: ["redis:7-alpine"],
    folder: "redis",
    content: "Debian's Redis 7.0",
    followsHost: false,
  },
  {
    references: [REGISTRY_IMAGE],
    folder: "registry",
    content: "Debian's docker-registry 2.8",
    followsHost: false,
  },
];

/** Any image that is as public as the others. */
const PROBE_REFERENCE = "redis:7-alpine";
/** Seconds for the question to the public registry. */
const PROBE_TIMEOUT = 8;
const DAY = 24 * 60 * 60 * 1000;

let known: Promise<Record<string, string>> | undefined;

/**
 * Public reference -> local stand-in, for the images that this engine neither has nor can pull; {}
 * where public images are in reach. Stand-ins are made once, from Debian's packages (about 2 min).
 */
export function ensureBaseImages(report: Report): Promise<Record<string, string>> {
  known ??= standIns(report).catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function standIns(report: Report): Promise<Record<string, string>> {
  const host = engineHost();
  const docker = new Transport(host).docker;
  const references = [...recipes.flatMap((recipe) => recipe.references), PROXY_IMAGE];
  const missing: string[] = [];
  for (const reference of references) {
    if (!(await image.hasImage(docker, reference))) missing.push(reference);
  }
  if (missing.length === 0 || (await publicImagesInReach(docker, host))) return {};
  return withLock("base-images", report, () => makeStandIns(docker, missing, report));
}

/** Asks the public registry through the engine, which knows its proxies and mirrors. */
export async function publicImagesInReach(docker: Docker, host: string): Promise<boolean> {
  const file = path.join(cacheRoot(), "public-images.json");
  const last = remembered(file);
  if (last && last.host === host && Date.now() - last.at < DAY) return last.inReach;
  const question = docker.getImage(PROBE_REFERENCE).distribution();
  const inReach = await withTimeout("the public registry", question, PROBE_TIMEOUT).then(
    () => true,
    () => false,
  );
  fs.mkdirSync(cacheRoot(), { recursive: true });
  fs.writeFileSync(file, JSON.stringify({ host, inReach, at: Date.now() }));
  return inReach;
}

function remembered(file: string): { host: string; inReach: boolean; at: number } | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

async function makeStandIns(
  docker: Docker,
  references: string[],
  report: Report,
): Promise<Record<string, string>> {
  const settings = await readHostSettings(SUITE);
  // Made once, and only when a stand-in is not there yet.
  let made: Promise<string> | undefined;
  const foundation = () => (made ??= makeFoundation(docker, settings, report));
  const jobs = recipes.map(async (recipe): Promise<Array<[string, string]>> => {
    const wanted = recipe.references.filter((reference) => references.includes(reference));
    if (wanted.length === 0) return [];
    const tag = await makeStandIn(docker, recipe, settings, foundation, report);
    return wanted.map((reference) => [reference, tag]);
  });
  if (references.includes(PROXY_IMAGE)) {
    jobs.push(makeProxy(docker, report).then((tag) => [[PROXY_IMAGE, tag]]));
  }
  // All of them end before an error is told: what was made is kept for the next try.
  const results = await Promise.allSettled(jobs);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  return Object.fromEntries((await Promise.all(jobs)).flat());
}

async function makeStandIn(
  docker: Docker,
  recipe: Recipe,
  settings: HostSettings,
  foundation: () => Promise<string>,
  report: Report,
): Promise<string> {
  const context = image.entriesOf(recipeFolder(recipe.folder));
  const below = recipe.followsHost ? foundationKey(settings) : systemKey();
  const tag = `${image.LOCAL_PREFIX}/${recipe.folder}:${image.keyOf(context, below)}`;
  if (await image.hasImage(docker, tag)) return tag;
  const base = await foundation();
  report(`${recipe.references.join(", ")} cannot be pulled: making it from ${recipe.content}`);
  await image.buildImage(docker, tag, context, { BASE: base });
  return tag;
}

/** The layout of the public image: the program, a user of its own, and its state below its home. */
async function makeProxy(docker: Docker, report: Report): Promise<string> {
  const owner = { uid: 1000, gid: 1000 };
  const home = "home/kamal-proxy";
  const layout: image.Entry[] = [
    { name: "etc/passwd", content: `kamal-proxy:x:1000:1000::/${home}:/sbin/nologin\n` },
    { name: "etc/group", content: "kamal-proxy:x:1000:\n" },
    { name: "tmp", folder: true, mode: 0o1777 },
    { name: home, folder: true, ...owner },
    { name: `${home}/.config`, folder: true, ...owner },
    { name: `${home}/.config/kamal-proxy`, folder: true, ...owner },
  ];
  const changes = [
    "USER kamal-proxy",
    `WORKDIR /${home}`,
    `ENV HOME=/${home} PATH=/usr/local/bin`,
    "EXPOSE 80 443",
    'CMD ["kamal-proxy", "run"]',
  ];
  const part = contentKey(partNamed("kamal-proxy"));
  const key = image.keyOf(layout, part, changes.join("\n"));
  const tag = `${image.LOCAL_PREFIX}/kamal-proxy:${key}`;
  if (await image.hasImage(docker, tag)) return tag;
  report(`${PROXY_IMAGE} cannot be pulled: building it from Go modules`);
  const content = fs.readFileSync(await builtBinary("kamal-proxy"));
  const program = { name: "usr/local/bin/kamal-proxy", content, mode: 0o755 };
  // For its own certificates from Let's Encrypt it has to trust somebody.
  const trust = {
    name: "etc/ssl/certs/ca-certificates.crt",
    content: fs.readFileSync(SYSTEM_BUNDLE),
  };
  await image.importImage(docker, tag, image.tarOf([...layout, trust, program]), changes);
  return tag;
}
