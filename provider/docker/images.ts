import { pipeline, Transform } from "stream";
import { constants, createGzip } from "zlib";
import type Docker from "dockerode";
import type { Login } from "../platform";
import { isLocal } from "../../spec/registry";
import { ended, inspect, registryRefusal } from "./registry";

type Image = Docker.ImageInspectInfo;
/** What the client can do and its types do not say. */
type Saver = Docker & {
  getImages(options: { names: string[] }): Promise<NodeJS.ReadableStream>;
};

/** Seconds between two lines about the progress. */
const PROGRESS_INTERVAL = 5;
const MEGABYTE = 1e6;

/**
 * Which of these images have to be sent: this machine has them, the host does not (or another one under
 * the name), and no registry serves them to the host.
 */
export async function unsent(
  here: Docker,
  there: Docker,
  references: string[],
  logins: readonly Login[] = [],
): Promise<string[]> {
  const named = references.filter((reference) => !reference.includes("@"));
  const wanted = await Promise.all(
    named.map(async (reference) => {
      const own = await inspect(here, reference);
      if (!own) return false;
      const remote = await inspect(there, reference);
      if (remote && isSame(own, remote)) return false;
      return !(await isServed(there, reference, logins));
    }),
  );
  return named.filter((_reference, index) => wanted[index]);
}

/** One stream for all: layers that images share travel once. Compressed, as an uplink is slow. */
export async function send(
  here: Docker,
  there: Docker,
  references: string[],
  logins: readonly Login[],
  say: (line: string) => void,
): Promise<void> {
  await assertRunnable(here, there, references);
  const sizes = await Promise.all(references.map(async (r) => (await inspect(here, r))?.Size ?? 0));
  const total = megabytes(sizes.reduce((sum, size) => sum + size, 0));
  say(`sending ${references.join(", ")} to the host: no registry serves it (at most ${total})`);
  const saved = await (here as Saver).getImages({ names: references });
  const counted = counter();
  const packed = createGzip({ level: constants.Z_BEST_SPEED });
  const timer = setInterval(
    () => say(`sent ${megabytes(counted.bytes())} of at most ${total}`),
    PROGRESS_INTERVAL * 1000,
  );
  try {
    const broken = new Promise<never>((_resolve, reject) => {
      pipeline(saved, counted.stream, packed, (error) => {
        if (error) reject(new Error(`the images could not be sent: ${error.message}`));
      });
    });
    await Promise.race([load(there, packed), broken]);
  } finally {
    clearInterval(timer);
  }
  const missing = await unsent(here, there, references, logins);
  if (missing.length > 0) throw new Error(`the host did not take ${missing.join(", ")}`);
  say(`the host has ${references.join(", ")}`);
}

async function load(there: Docker, content: NodeJS.ReadableStream): Promise<void> {
  await ended(there, await there.loadImage(content)).catch((error: Error) => {
    throw new Error(`the host could not load the images: ${error.message}`);
  });
}

/** Said before megabytes travel: an image of another processor would only fail in its container. */
async function assertRunnable(here: Docker, there: Docker, references: string[]): Promise<void> {
  const { Arch } = await there.version();
  for (const reference of references) {
    const own = await inspect(here, reference);
    if (!own?.Architecture || own.Architecture === Arch) continue;
    throw new Error(
      `the image ${reference} on this machine is made for ${own.Architecture}, and the host is ${Arch}: make it with docker build --platform linux/${Arch}`,
    );
  }
}

/** Not by id: the same image has another one in another kind of image store. */
export function isSame(one: Image, other: Image): boolean {
  const key = ({ Created, Architecture, RootFS }: Image) =>
    JSON.stringify([Created, Architecture, RootFS?.Layers ?? []]);
  return one.Id === other.Id || key(one) === key(other);
}

async function isServed(
  there: Docker,
  reference: string,
  logins: readonly Login[],
): Promise<boolean> {
  if (isLocal(reference)) return false;
  return (await registryRefusal(there, reference, logins)) === undefined;
}

function counter() {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / MEGABYTE)} MB`;
