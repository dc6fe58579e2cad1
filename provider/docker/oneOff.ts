import { Readable } from "stream";
import type Docker from "dockerode";
import * as tar from "tar-stream";
import { LABEL, LABEL_PREFIX } from "../../spec/names";
import type { OneOff } from "../platform";

type Inspected = Docker.ContainerInspectInfo;

/** What every container has that is there for a moment: known and swept, and never taken for a replica. */
export const throwawayLabels = (application: string, service: string) => ({
  [LABEL.application]: application,
  [LABEL.role]: "throwaway",
  [LABEL.service]: service,
});

/** Made, not started: like a container that is there, without its ports, health check and restarts. */
export async function makeOneOff(
  docker: Docker,
  application: string,
  oneOff: OneOff,
): Promise<string> {
  const [like, content] = await Promise.all(
    [oneOff.like, oneOff.content].map((id) => docker.getContainer(id).inspect()),
  );
  const networks = Object.keys(like!.NetworkSettings.Networks);
  const container = await docker.createContainer({
    ...processOf(content!, oneOff),
    Labels: {
      ...foreignLabels(content!),
      ...throwawayLabels(application, oneOff.service),
    },
    HostConfig: hostConfigOf(like!, networks[0]),
  });
  try {
    // Under no service's name: it would get requests that are meant for the service.
    for (const name of networks.slice(1)) {
      await docker.getNetwork(name).connect({ Container: container.id });
    }
    for (const path of oneOff.files) await copyFile(docker, oneOff.content, container.id, path);
  } catch (error) {
    await container.remove({ force: true, v: true });
    throw error;
  }
  return container.id;
}

function processOf(
  { Config, Image }: Inspected,
  { command, terminal }: OneOff,
): Docker.ContainerCreateOptions {
  return {
    Image,
    Cmd: command,
    Env: Config.Env,
    Entrypoint: Config.Entrypoint,
    User: Config.User,
    WorkingDir: Config.WorkingDir,
    Domainname: Config.Domainname,
    Healthcheck: { Test: ["NONE"] },
    Tty: terminal,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  };
}

function hostConfigOf({ HostConfig }: Inspected, network = "none"): Docker.HostConfig {
  const { PortBindings: _ports, Links: _links, ...rest } = HostConfig;
  return { ...rest, NetworkMode: network, RestartPolicy: { Name: "no" }, AutoRemove: false };
}

/** The user's own; ours would make it a part of a slot. */
const foreignLabels = ({ Config }: Inspected) =>
  Object.fromEntries(
    Object.entries(Config.Labels).filter(([name]) => !name.startsWith(LABEL_PREFIX)),
  );

/** From one container into another, running or not. */
export async function copyFile(
  docker: Docker,
  from: string,
  to: string,
  path: string,
): Promise<void> {
  const archive = (await docker.getContainer(from).getArchive({ path })) as Readable;
  const pack = tar.pack();
  for await (const entry of archive.pipe(tar.extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    // By its whole path: folders that are not there yet are made then.
    pack.entry({ ...entry.header, name: path.replace(/^\/+/, "") }, Buffer.concat(chunks));
  }
  pack.finalize();
  await docker.getContainer(to).putArchive(Readable.from(pack), { path: "/" });
}
