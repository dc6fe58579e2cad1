import { Readable } from "stream";
import type Docker from "dockerode";
import * as tar from "tar-stream";
import { LABEL } from "../../spec/names";
import type { TriedService } from "../platform";

/** Nanoseconds and bytes are what the engine counts in. */
const SECOND = 1e9;
const MEBIBYTE = 2 ** 20;

/** Made, not started: an image with its service's own settings, without network, data, and anybody who knows of it. */
export async function makeThrowaway(
  docker: Docker,
  application: string,
  image: string,
  service: TriedService,
): Promise<string> {
  const container = await docker.createContainer({
    Image: image,
    Labels: {
      ...service.labels,
      [LABEL.application]: application,
      [LABEL.role]: "throwaway",
      [LABEL.service]: service.name,
    },
    ...processOf(service),
    // Their own for each: nothing is written into the application's data.
    Volumes: Object.fromEntries(service.volumes.map(({ path }) => [path, {}])),
    HostConfig: hostConfigOf(service),
  });
  if (service.files.length > 0) {
    const content = Readable.from(archive(service.files));
    await container.putArchive(content, { path: "/" }).catch(async (error) => {
      await container.remove({ force: true, v: true });
      throw error;
    });
  }
  return container.id;
}

function processOf(service: TriedService): Docker.ContainerCreateOptions {
  return {
    Env: Object.entries(service.environment).map(([name, value]) => `${name}=${value}`),
    Cmd: service.command,
    Entrypoint: service.entrypoint,
    User: service.user,
    WorkingDir: service.workingDir,
    Hostname: service.hostname,
    Domainname: service.domainname,
    Tty: service.tty,
    OpenStdin: service.stdinOpen,
    StopSignal: service.stopSignal,
    Healthcheck: healthcheckOf(service),
  };
}

function healthcheckOf({ health }: TriedService): Docker.HealthConfig | undefined {
  if (!health?.test) return undefined;
  return {
    Test: health.test,
    Interval: health.interval * SECOND,
    Timeout: health.timeout * SECOND,
    StartPeriod: health.startPeriod * SECOND,
    Retries: health.retries,
  };
}

function hostConfigOf(service: TriedService): Docker.HostConfig {
  const { cpus, memory } = service.resources;
  return {
    NetworkMode: "none",
    ExtraHosts: service.extraHosts.map(({ host, ip }) => `${host}:${ip}`),
    NanoCpus: cpus === undefined ? undefined : Math.round(cpus * SECOND),
    Memory: memory === undefined ? undefined : memory * MEBIBYTE,
    Init: service.init,
    ReadonlyRootfs: service.readOnly,
    Privileged: service.privileged,
    Sysctls: service.sysctls,
    CapAdd: service.capAdd,
    CapDrop: service.capDrop,
    SecurityOpt: service.securityOpt,
    GroupAdd: service.groupAdd,
    Runtime: service.runtime,
    ShmSize: service.shmSize,
    Ulimits: service.ulimits.map(({ name, soft, hard }) => ({
      Name: name,
      Soft: soft,
      Hard: hard,
    })),
    Tmpfs: Object.fromEntries(
      service.tmpfs.map((mount) => {
        const [path, ...options] = mount.split(":");
        return [path!, options.join(":")];
      }),
    ),
  };
}

function archive(files: TriedService["files"]): tar.Pack {
  const pack = tar.pack();
  for (const { path, content, mode } of files) {
    pack.entry({ name: path.replace(/^\/+/, ""), mode: parseInt(mode, 8) }, content);
  }
  pack.finalize();
  return pack;
}
