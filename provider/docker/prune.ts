import { setTimeout as sleep } from "timers/promises";
import type Docker from "dockerode";
import { digestsOf } from "../../spec/history";
import { BUILT_REFERENCE, LABEL, recordsVolume } from "../../spec/names";
import { repositoryOf } from "../../spec/registry";
import type { ReleaseRecord } from "../../spec/types";
import { observe } from "./observe";
import { Records } from "./records";
import { isNotFound, Transport } from "./transport";
import { withTimeout } from "../timeout";

/** Seconds: an older engine measures every volume when it is asked what images share. */
const SIZES_TIMEOUT = 120;
/** Seconds for the layers of one image to go. */
const REMOVE_TIMEOUT = 120;

/** Of all environments on a host, before one that cannot be read is a fault. */
const LOOKS = 5;
/** Milliseconds. */
const PAUSE = 500;

/** A reference of a built image that nothing here needs. */
export interface Prunable {
  reference: string;
  /** Several references may lead to one image. */
  id: string;
  application: string;
  /** ISO 8601: when it was built. */
  created: string;
  /** All of its layers. */
  bytes: number;
  /** Of these, what no other image has too: what its removal frees at least. */
  own: number;
  why: string;
}

export interface Unneeded {
  images: Prunable[];
  /** Bytes that go with all of them, at least: layers that only they share among each other come on top. */
  frees: number;
  /** References of the same applications that are needed. */
  kept: number;
}

export interface Removed {
  removed: Prunable[];
  /** Bytes, at least. */
  freed: number;
  /** What the engine did not let go, and its reason. */
  refused: { reference: string; reason: string }[];
}

interface Image {
  id: string;
  references: string[];
  labels: Record<string, string>;
  created: number;
  bytes: number;
  own: number;
}

/** What of these applications' built images may go. @throws when a record of anything on the host cannot be read */
export async function unneeded(
  transport: Transport,
  applications: readonly string[],
): Promise<Unneeded> {
  // Records before images: a run puts its record before, or while, it builds.
  const environments = await environmentsOn(transport, applications);
  const { docker } = transport;
  const [images, containers] = await Promise.all([
    withTimeout("the sizes of the images", imagesOf(docker), SIZES_TIMEOUT),
    docker.listContainers({ all: true }),
  ]);
  const named = new Set(environments.flatMap(({ records }) => records.flatMap(referencesOf)));
  const used = new Set(containers.flatMap(({ ImageID, Image }) => [ImageID, plain(Image)]));
  const found: Prunable[] = [];
  let kept = 0;
  for (const image of images) {
    const application = image.labels[LABEL.builtFor] ?? "";
    if (!applications.includes(application)) continue;
    const environment = environments.find(({ name }) => name === application);
    // In its first deploy: the claim is there, the first record not yet.
    const isBeginning = environment?.claimed === true && environment.records.length === 0;
    const mayGo = (reference: string) =>
      !isBeginning &&
      ![image.id, reference].some((name) => named.has(name) || used.has(name)) &&
      isBuilt(reference, application);
    // Whole or not at all: an image goes with its last name, and one name less frees nothing.
    if (!image.references.every(mayGo)) {
      kept += removable(image).length;
      continue;
    }
    const why = environment?.claimed
      ? "no release that is kept names it"
      : `${application} is not deployed here any more`;
    const created = new Date(image.created * 1000).toISOString();
    const { id, bytes, own } = image;
    for (const reference of removable(image)) {
      found.push({ reference, id, application, created, bytes, own, why });
    }
  }
  const key = ({ created, reference }: Prunable) => `${created} ${reference}`;
  found.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { images: found, frees: freedBy(found), kept };
}

/**
 * What is needed there, by every name that it has: for a registry that this host shares with others.
 * @throws when a record of anything on the host cannot be read, or one of these has none yet
 */
export async function neededOn(
  transport: Transport,
  applications: readonly string[],
): Promise<string[]> {
  const environments = await environmentsOn(transport, applications);
  const begins = environments.find(
    ({ name, claimed, records }) => applications.includes(name) && claimed && records.length === 0,
  );
  if (begins) throw new Error(`the first deploy of ${begins.name} has not told its release yet`);
  const { docker } = transport;
  const [images, containers] = await withTimeout(
    `the Docker engine at ${transport.host}`,
    Promise.all([docker.listImages(), docker.listContainers({ all: true })]),
  );
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  return [
    ...environments.flatMap(({ records }) => records.flatMap(namedBy)),
    ...images
      .filter(({ Id }) => used.has(Id))
      .flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]),
  ];
}

/** The engine lets a digest go with the last tag of its name. */
function removable({ references }: Image): string[] {
  const tagged = references.filter((name) => !name.includes("@")).map(repositoryOf);
  return references.filter((name) => !name.includes("@") || !tagged.includes(repositoryOf(name)));
}

/** By its tag; or by its digest, when it was pulled from the registry that it was pushed to. */
function isBuilt(reference: string, application: string): boolean {
  const name = reference.split("/").pop()!;
  return name.startsWith(`${application}-`) && (BUILT_REFERENCE.test(name) || name.includes("@"));
}

/** Each image once, however many names it has. */
const freedBy = (images: readonly Prunable[]): number =>
  [...new Map(images.map(({ id, own }) => [id, own])).values()].reduce((sum, own) => sum + own, 0);

/** Removes what was found, as far as a second look still finds it. */
export async function prune(transport: Transport, found: Unneeded): Promise<Removed> {
  const applications = [...new Set(found.images.map(({ application }) => application))];
  const now = await unneeded(transport, applications);
  const agreed = new Set(found.images.map(({ reference }) => reference));
  const result: Removed = { removed: [], freed: 0, refused: [] };
  for (const image of now.images.filter(({ reference }) => agreed.has(reference))) {
    const { reference } = image;
    try {
      // Without force: the engine itself keeps what a container has begun to use meanwhile.
      const work = transport.docker.getImage(reference).remove();
      await withTimeout(`removing ${reference}`, work, REMOVE_TIMEOUT);
      result.removed.push(image);
    } catch (error) {
      if (isNotFound(error)) continue;
      result.refused.push({ reference, reason: (error as Error).message });
    }
  }
  const left = new Set(result.refused.map(({ reference }) => reference));
  const leftIds = new Set(now.images.filter((i) => left.has(i.reference)).map(({ id }) => id));
  result.freed = freedBy(result.removed.filter(({ id }) => !leftIds.has(id)));
  return result;
}

interface Environment {
  name: string;
  claimed: boolean;
  records: ReleaseRecord[];
}

/** Every application that has a claim or a container here: a promoted release may name another one's image. */
async function environmentsOn(
  transport: Transport,
  applications: readonly string[],
  looks = LOOKS,
): Promise<Environment[]> {
  const { docker } = transport;
  const [{ Volumes }, containers] = await withTimeout(
    `the Docker engine at ${transport.host}`,
    Promise.all([
      docker.listVolumes(),
      docker.listContainers({ all: true, filters: { label: [LABEL.application] } }),
    ]),
  );
  const volumes = Volumes ?? [];
  const claimed = volumes.flatMap(({ Labels }) =>
    Labels?.[LABEL.claim] === undefined ? [] : (Labels[LABEL.application] ?? []),
  );
  const running = containers.map(({ Labels }) => Labels[LABEL.application] ?? "");
  const names = [...new Set([...applications, ...claimed, ...running])].sort();
  const held = new Set(
    containers
      .filter(({ Labels }) => Labels[LABEL.role] === "holder")
      .map(({ Labels }) => recordsVolume(Labels[LABEL.application] ?? "")),
  );
  const isMoving = volumes.some(({ Name, Labels }) => Labels?.[LABEL.claim] && !held.has(Name));
  // In its first or last moment: to read such a volume needs a container, which would keep it, or bring it back.
  if (isMoving && looks > 1) {
    await sleep(PAUSE);
    return environmentsOn(transport, applications, looks - 1);
  }
  const environmentOf = async (name: string): Promise<Environment> => {
    const volume = volumes.find(({ Name }) => Name === recordsVolume(name));
    const claim = volume && (volume.Labels?.[LABEL.claim] ?? "");
    const look = observe(transport, new Records(transport, name), name, claim);
    const { observation } = await withTimeout(`the records of "${name}"`, look);
    return { name, claimed: volume !== undefined, records: observation.records };
  };
  try {
    return await Promise.all(names.map(environmentOf));
  } catch (error) {
    // An application may come or go in the moment between the list and the look.
    if (looks === 1) throw error;
    await sleep(PAUSE);
    return environmentsOn(transport, applications, looks - 1);
  }
}

const namedBy = (record: ReleaseRecord): string[] => [
  ...Object.values(digestsOf(record)),
  ...record.content.services.map(({ image }) => image.reference),
  ...Object.values(record.content.accessories),
  record.content.routerImage,
];

const referencesOf = (record: ReleaseRecord): string[] => namedBy(record).map(plain);

/** As the engine lists it: without the registry that Docker adds by itself. */
const plain = (reference: string) => reference.replace(/^(docker\.io\/)?(library\/)?/, "");

/** Engines from 23 on say with the list what images share; older ones only in their sum of everything. */
async function imagesOf(docker: Docker): Promise<Image[]> {
  const listed = await docker.listImages({ "shared-size": true } as Docker.ListImagesOptions);
  const isKnown = listed.every(({ SharedSize }) => SharedSize >= 0);
  const images = isKnown ? listed : await sizedImages(docker);
  return images.map(({ Id, RepoTags, RepoDigests, Labels, Created, Size, SharedSize }) => ({
    id: Id,
    references: [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter(
      (name) => !/<none>/.test(name),
    ),
    labels: Labels ?? {},
    created: Created,
    bytes: Size,
    own: SharedSize >= 0 ? Math.max(0, Size - SharedSize) : 0,
  }));
}

/** One such question at a time is all that these engines answer, whoever asks. */
async function sizedImages(docker: Docker): Promise<Docker.ImageInfo[]> {
  const end = Date.now() + SIZES_TIMEOUT * 1000;
  for (;;) {
    try {
      return ((await docker.df()) as { Images?: Docker.ImageInfo[] }).Images ?? [];
    } catch (error) {
      if (Date.now() > end || !(error as Error).message.includes("already running")) throw error;
    }
    await sleep(PAUSE);
  }
}

export { hostRegistryOn } from "./hostRegistry";

/** The engine at this address, for the command line. */
export const engineAt = (host: string) => new Transport(host);
