import { createWriteStream } from "fs";
import { pipeline } from "stream/promises";
import type Docker from "dockerode";
import { byDigest, loginFor, repositoryOf } from "../../spec/registry";
import type { Login } from "../platform";
import { isNotFound } from "./transport";
import { withTimeout } from "../timeout";

/** Seconds for the host's question to a registry: in its hands, so short. */
const REGISTRY_TIMEOUT = 5;

/** Why no registry serves this image to the host, in the registry's words; undefined when one does. */
export async function registryRefusal(
  docker: Docker,
  reference: string,
  logins: readonly Login[],
): Promise<string | undefined> {
  const authconfig = authOf(reference, logins);
  const question = docker.getImage(reference).distribution({ authconfig });
  return withTimeout("the registry", question, REGISTRY_TIMEOUT).then(
    () => undefined,
    (error: Error & { json?: { message?: string } }) => error.json?.message ?? error.message,
  );
}

/** Those that the host lacks, and that there is a login for. */
export async function unpulledImages(
  docker: Docker,
  references: string[],
  logins: readonly Login[],
): Promise<string[]> {
  const ours = references.filter((reference) => authOf(reference, logins) !== undefined);
  const there = await Promise.all(ours.map((reference) => hasImage(docker, reference)));
  return ours.filter((_reference, index) => !there[index]);
}

/** Returns name@digest. What the engine lacks was found in the registry, or it would have been built. */
export async function push(
  docker: Docker,
  reference: string,
  tags: readonly string[],
  logins: readonly Login[],
): Promise<string> {
  return pushing(docker, reference, logins, async (authconfig) => {
    const digest = await pushOne(docker, reference, authconfig);
    for (const tag of tags) await pushAs(docker, reference, tag, authconfig);
    return byDigest(reference, digest);
  });
}

/** Under this tag alone: the one that it is run by does not get there. */
export async function stage(
  docker: Docker,
  reference: string,
  tag: string,
  logins: readonly Login[],
): Promise<void> {
  await pushing(docker, reference, logins, (authconfig) =>
    pushAs(docker, reference, tag, authconfig),
  );
}

/** With the image on the engine, wherever it was. */
async function pushing<T>(
  docker: Docker,
  reference: string,
  logins: readonly Login[],
  work: (authconfig?: object) => Promise<T>,
): Promise<T> {
  try {
    await fetched(docker, reference, logins);
    return await work(authOf(reference, logins));
  } catch (error) {
    throw new Error(`${reference} cannot be pushed from the host: ${(error as Error).message}`);
  }
}

/** What the engine lacks is in the registry. */
async function fetched(docker: Docker, reference: string, logins: readonly Login[]) {
  if (await hasImage(docker, reference)) return;
  await pullOne(docker, reference, authOf(reference, logins));
}

export async function save(
  docker: Docker,
  reference: string,
  file: string,
  logins: readonly Login[],
): Promise<void> {
  await fetched(docker, reference, logins);
  await pipeline(await docker.getImage(reference).get(), createWriteStream(file));
}

async function pushAs(docker: Docker, reference: string, tag: string, authconfig?: object) {
  const repo = repositoryOf(reference);
  await docker.getImage(reference).tag({ repo, tag });
  await pushOne(docker, `${repo}:${tag}`, authconfig);
  // On the host it would only go stale.
  await docker.getImage(`${repo}:${tag}`).remove({ noprune: true });
}

/** Without a login an empty one: the engine wants to be told (400 else). */
async function pushOne(docker: Docker, reference: string, authconfig: object = {}) {
  let digest: string | undefined;
  await ended(docker, await docker.getImage(reference).push({ authconfig }), ({ aux }) => {
    digest = aux?.Digest ?? digest;
  });
  if (digest === undefined) throw new Error("the registry told no digest");
  return digest;
}

/** Side by side; all refusals are told at once. */
export async function pull(
  docker: Docker,
  references: string[],
  logins: readonly Login[],
): Promise<void> {
  const faults = await Promise.all(
    references.map((reference) =>
      pullOne(docker, reference, authOf(reference, logins)).then(
        () => undefined,
        (error: Error) => `${reference} cannot be pulled to the host: ${error.message}`,
      ),
    ),
  );
  const told = faults.filter((fault) => fault !== undefined);
  if (told.length > 0) throw new Error(told.join("\n"));
}

async function pullOne(docker: Docker, reference: string, authconfig: object | undefined) {
  await ended(docker, await docker.pull(reference, { authconfig }));
}

interface Progress {
  error?: string;
  aux?: { Digest?: string };
}

/** The engine answers at once, and tells of its progress, and of a failure, afterwards. */
export function ended(
  docker: Docker,
  answer: NodeJS.ReadableStream,
  look: (event: Progress) => void = () => {},
): Promise<void> {
  let fault: string | undefined;
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      answer,
      (error) => {
        const reason = error?.message ?? fault;
        if (reason === undefined) resolve();
        else reject(new Error(reason));
      },
      (event: Progress) => {
        fault = event.error ?? fault;
        look(event);
      },
    );
  });
}

function authOf(reference: string, logins: readonly Login[]) {
  const login = loginFor(reference, logins);
  if (login === undefined) return undefined;
  const { address, username, password } = login;
  return { username, password, serveraddress: address };
}

export const hasImage = async (docker: Docker, reference: string) =>
  (await inspect(docker, reference)) !== undefined;

/** Undefined where the engine lacks it. */
export async function inspect(
  docker: Docker,
  reference: string,
): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(reference).inspect();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
