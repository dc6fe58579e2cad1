import { Readable } from "stream";
import { setTimeout as sleep } from "timers/promises";
import type Docker from "dockerode";
import * as tar from "tar-stream";
import { RECORDS_PATH } from "../../spec/names";
import { isNotFound, type Transport } from "./transport";

/** The files of a volume that nothing needs to mount, from a folder of it on; none where it is not there. */
export async function readVolume(
  transport: Transport,
  volume: string,
  below: string,
): Promise<Map<string, string>> {
  const { docker } = transport;
  try {
    await docker.getVolume(volume).inspect();
  } catch (error) {
    if (isNotFound(error)) return new Map();
    throw error;
  }
  return withReader(docker, volume, (container) =>
    transport.readArchive(container, `${RECORDS_PATH}${below}`),
  );
}

/** Makes a volume readable for a moment. The image is made for it, with nothing in it: the engine may have none. */
async function withReader<T>(
  docker: Docker,
  volume: string,
  work: (container: string) => Promise<T>,
): Promise<T> {
  const image = await emptyImage(docker);
  try {
    const container = await docker.createContainer({
      Image: image,
      Cmd: ["none"],
      HostConfig: { Mounts: [mountOf(volume)], NetworkMode: "none" },
    });
    try {
      return await work(container.id);
    } finally {
      await container.remove({ force: true });
      await removeIfMade(docker, volume);
    }
  } finally {
    await docker
      .getImage(image)
      .remove()
      .catch(() => {});
  }
}

/** Docker makes a volume that is not there. One that went since we saw it would come back, and be nobody's claim. */
const MADE = "slipway.made-by-a-look";

const mountOf = (volume: string) => ({
  Type: "volume" as const,
  Source: volume,
  Target: RECORDS_PATH,
  ReadOnly: true,
  VolumeOptions: {
    NoCopy: true,
    Labels: { [MADE]: "yes" },
    DriverConfig: { Name: "", Options: {} },
  },
});

async function removeIfMade(docker: Docker, volume: string): Promise<void> {
  const found = await docker
    .getVolume(volume)
    .inspect()
    .catch(() => undefined);
  if (found?.Labels?.[MADE] !== undefined) await removeVolume(docker, volume);
}

/** Seconds that somebody's look at the records may keep their volume. */
const LOOK = 5;

/** As soon as nothing mounts it; one that is gone is no error. */
export async function removeVolume(docker: Docker, name: string): Promise<void> {
  const end = Date.now() + LOOK * 1000;
  for (;;) {
    try {
      return await docker.getVolume(name).remove();
    } catch (error) {
      if (isNotFound(error)) return;
      const isUsed = (error as { statusCode?: number }).statusCode === 409;
      if (!isUsed || Date.now() > end) throw error;
    }
    await sleep(200);
  }
}

/** The id of a new image without a file and without a name. */
async function emptyImage(docker: Docker): Promise<string> {
  const pack = tar.pack();
  pack.finalize();
  const answer = await docker.importImage(Readable.from(pack) as never);
  const events = await new Promise<{ status?: string }[]>((resolve, reject) =>
    docker.modem.followProgress(answer, (error, all) => (error ? reject(error) : resolve(all))),
  );
  const id = events.map((event) => event.status ?? "").find((status) => /^sha256:/.test(status));
  if (!id) throw new Error(`an empty image could not be made: ${JSON.stringify(events)}`);
  return id;
}
