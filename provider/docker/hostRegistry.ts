import { randomUUID } from "crypto";
import type Docker from "dockerode";
import { HOST_REGISTRY, type KeptImage } from "../../spec/hostRegistry";
import { LABEL } from "../../spec/names";
import { isLocal } from "../../spec/registry";
import type { HostRegistry } from "../../spec/types";
import type { HostRegistrySettings, Login } from "../platform";
import { hasImage, inspect, pull, push } from "./registry";
import { removeVolume } from "./reader";
import { isNotFound, type Transport } from "./transport";

const { name: NAME, port: PORT, data: DATA } = HOST_REGISTRY;
/** Seconds until a registry that was started answers. */
const START_TIMEOUT = 30;
const POLL_INTERVAL = 200;

/** One small question, and a second one only when it does not run. */
export async function hostRegistryOn({ docker }: Transport): Promise<HostRegistry> {
  const listed = await docker.listContainers({ all: true, filters: { name: [`^/${NAME}$`] } });
  const found = listed.find(({ Names }) => Names.includes(`/${NAME}`));
  const { [LABEL.spec]: server, [LABEL.store]: store } = found?.Labels ?? {};
  const runs = found?.State === "running";
  return {
    state: runs ? "running" : found ? "stopped" : "absent",
    ...(server ? { server } : {}),
    ...(store ? { store } : {}),
    kept: runs || (await storeOf(docker)) !== undefined,
  };
}

/** Makes sure that it is there and answers; returns its store. Two stacks may do this at once. */
export async function ensureHostRegistry(
  transport: Transport,
  { server, port, image }: HostRegistrySettings,
  logins: readonly Login[],
): Promise<string> {
  const { docker } = transport;
  if ((await hostRegistryOn(transport)).state === "absent") {
    await provide(docker, image, logins);
    // Who comes first makes the volume; the other one gets it as it is.
    const Labels = { [LABEL.role]: "registry", [LABEL.store]: randomUUID() };
    await docker.createVolume({ Name: NAME, Labels });
    await create(docker, { server, port, image, store: (await storeOf(docker)) ?? "" });
  }
  const container = docker.getContainer(NAME);
  try {
    // Nothing happens to one that runs already.
    await container.start();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 304) {
      throw new Error(
        `the registry on the host (container ${NAME}) does not start: ${(error as Error).message}. Is port ${port} taken there? Free it, take another one (slipway:docker.registryPort) after docker rm -f ${NAME}, or do without: pulumi config set registry none`,
      );
    }
  }
  await answered(transport, port);
  return (await hostRegistryOn(transport)).store ?? "";
}

async function provide(docker: Docker, image: string, logins: readonly Login[]): Promise<void> {
  if (await hasImage(docker, image)) return;
  const cure = `Name one that the host can have (pulumi config set --path 'slipway:mirrors["registry:2.8"]' IMAGE); push elsewhere (slipway:registry.server); or let built images stay on the engine: pulumi config set registry none`;
  if (isLocal(image)) throw new Error(`the host lacks ${image}, its registry's image. ${cure}`);
  await pull(docker, [image], logins).catch((error: Error) => {
    throw new Error(`there can be no registry on the host: ${error.message}. ${cure}`);
  });
}

async function create(
  docker: Docker,
  { server, port, image, store }: HostRegistrySettings & { store: string },
): Promise<void> {
  const labels = { [LABEL.role]: "registry", [LABEL.spec]: server, [LABEL.store]: store };
  const HostIp = server.replace(/:\d+$/, "");
  try {
    await docker.createContainer({
      name: NAME,
      Image: image,
      Labels: labels,
      Env: ["REGISTRY_STORAGE_DELETE_ENABLED=true", "REGISTRY_LOG_ACCESSLOG_DISABLED=true"],
      ExposedPorts: { [`${PORT}/tcp`]: {} },
      HostConfig: {
        Mounts: [{ Type: "volume", Source: NAME, Target: DATA }],
        PortBindings: { [`${PORT}/tcp`]: [{ HostIp, HostPort: String(port) }] },
        RestartPolicy: { Name: "always" },
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
      },
    });
  } catch (error) {
    // Another stack was quicker.
    if ((error as { statusCode?: number }).statusCode !== 409) throw error;
  }
}

async function answered(transport: Transport, port: number): Promise<void> {
  const end = Date.now() + START_TIMEOUT * 1000;
  for (;;) {
    const reason = await transport.get(port, "/v2/", 5).then(
      ({ status }) => (status === 200 ? undefined : `HTTP ${status}`),
      (error: Error) => error.message,
    );
    if (reason === undefined) return;
    if (Date.now() > end) {
      throw new Error(
        `the registry on the host (container ${NAME}) does not answer on port ${port}: ${reason}. docker logs ${NAME} may say why; docker rm -f ${NAME} lets the next run make it anew, what was pushed stays`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
}

/** An empty one gets what the engine has of the kept releases. What it has not either is told by the next look. */
export async function fillHostRegistry(
  { docker }: Transport,
  images: readonly KeptImage[],
): Promise<void> {
  for (const { reference, digest } of images) {
    if (!(await hasImage(docker, reference))) {
      if (digest === undefined || !(await inspect(docker, digest))) continue;
      // Pulled by its digest it has no tag to push.
      const [, repo, tag] = /^(.*):([^:/]+)$/.exec(reference)!;
      await docker.getImage(digest).tag({ repo, tag });
    }
    await push(docker, reference, [], []);
  }
}

/** With its volume, once no application has a claim on the host any more. */
export async function removeIfUnused({ docker }: Transport): Promise<void> {
  const claims = await docker.listVolumes({
    filters: JSON.stringify({ label: [LABEL.claim] }),
  } as object);
  if ((claims.Volumes ?? []).length > 0) return;
  const container = docker.getContainer(NAME);
  try {
    const { Config } = await container.inspect();
    if (Config.Labels[LABEL.role] !== "registry") return;
    await container.remove({ force: true });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  // One of that name that is not ours stays.
  if ((await storeOf(docker)) !== undefined) await removeVolume(docker, NAME);
}

async function storeOf(docker: Docker): Promise<string | undefined> {
  try {
    return (await docker.getVolume(NAME).inspect()).Labels?.[LABEL.store];
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
