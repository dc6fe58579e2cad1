import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { LABEL } from "../../spec/names";
import { fingerprint } from "../../spec/release";
import type { Device, HealthCheck, ServiceSpec } from "../../spec/types";
import type { Run } from "../platform";

/** How every container of ours that serves is kept running. */
export const LASTING = {
  // A stopped container stays in the state: else a refresh forgets it (and the old plugin removes it).
  mustRun: false,
  restart: "unless-stopped",
  // json-file without a limit fills the disk.
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
};

export type Labels = Record<string, string>;

/** Host names end here (DNS). */
const NAME_LIMIT = 63;

/** Names that people meet in `docker ps`; the end differs in each run, so an orphan never blocks. */
export function physicalName(run: Run, logical: string): string {
  const name = `${run.spec.name}-${logical}`;
  const end = `-${run.attempt.slice(0, 7)}`;
  const room = NAME_LIMIT - end.length;
  if (name.length <= room) return name + end;
  return `${name.slice(0, room - 7)}-${fingerprint(name).slice(0, 6)}${end}`;
}

export function labelList(labels: Labels): docker.types.input.ContainerLabel[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => ({ label, value }));
}

/** What every container of ours says about itself. */
export function baseLabels(run: Run, resource: string, role: string, service: string): Labels {
  return {
    [LABEL.application]: run.spec.name,
    [LABEL.attempt]: run.attempt,
    [LABEL.resource]: resource,
    [LABEL.role]: role,
    [LABEL.service]: service,
  };
}

/** A service's Compose keys as a container; who it belongs to and where it is attached come from outside. */
export function containerArgs(
  run: Run,
  service: ServiceSpec,
  image: pulumi.Input<string>,
  logical: string,
  labels: Labels,
): docker.ContainerArgs {
  return {
    name: physicalName(run, logical),
    image,
    ...LASTING,
    labels: labelList({ ...service.labels, ...labels }),
    ...process(run, service),
    ...limits(service),
    ...storage(run, service),
    ...network(service),
    ...logging(service),
    ...(service.health?.test
      ? { healthcheck: healthcheck(service.health, service.health.test) }
      : {}),
  };
}

function process(run: Run, service: ServiceSpec): Partial<docker.ContainerArgs> {
  const envs = Object.entries(service.environment).map(
    ([name, text]) => pulumi.interpolate`${name}=${run.secrets.bind(text)}`,
  );
  return {
    ...(envs.length > 0 ? { envs } : {}),
    ...(service.command ? { command: service.command } : {}),
    ...(service.entrypoint ? { entrypoints: service.entrypoint } : {}),
    ...(service.user ? { user: service.user } : {}),
    ...(service.workingDir ? { workingDir: service.workingDir } : {}),
    ...(service.hostname ? { hostname: service.hostname } : {}),
    ...(service.init === undefined ? {} : { init: service.init }),
    ...(service.tty ? { tty: true } : {}),
    ...(service.stdinOpen ? { stdinOpen: true } : {}),
    ...(service.groupAdd ? { groupAdds: service.groupAdd } : {}),
    ...(service.runtime ? { runtime: service.runtime } : {}),
    ...(service.stopSignal ? { stopSignal: service.stopSignal } : {}),
    stopTimeout: service.stopGracePeriod,
    destroyGraceSeconds: service.stopGracePeriod,
  };
}

function network(service: ServiceSpec): Partial<docker.ContainerArgs> {
  return {
    ...(service.domainname ? { domainname: service.domainname } : {}),
    ...(service.dns ? { dns: service.dns } : {}),
    ...(service.dnsSearch ? { dnsSearches: service.dnsSearch } : {}),
    ...(service.dnsOptions ? { dnsOpts: service.dnsOptions } : {}),
    ...(service.extraHosts.length > 0 ? { hosts: service.extraHosts } : {}),
  };
}

/** The user's own way of logging; a json-file keeps a limit that it does not name. */
function logging({ logging }: ServiceSpec): Partial<docker.ContainerArgs> {
  if (!logging) return {};
  const { driver = LASTING.logDriver, options } = logging;
  const limits = driver === LASTING.logDriver ? LASTING.logOpts : {};
  return { logDriver: driver, logOpts: { ...limits, ...options } };
}

function limits(service: ServiceSpec): Partial<docker.ContainerArgs> {
  const { cpus, memory } = service.resources;
  const capabilities = { adds: service.capAdd, drops: service.capDrop };
  return {
    ...(cpus === undefined ? {} : { cpus: String(cpus) }),
    // Unset, memorySwap shows a difference on each run.
    ...(memory === undefined ? {} : { memory, memorySwap: service.memorySwap ?? memory * 2 }),
    ...(service.cpuShares === undefined ? {} : { cpuShares: service.cpuShares }),
    ...(service.cpuset ? { cpuSet: service.cpuset } : {}),
    ...(service.gpus ? { gpus: service.gpus } : {}),
    ...(service.devices ? { devices: service.devices.map(device) } : {}),
    ...(service.securityOpt ? { securityOpts: service.securityOpt } : {}),
    ...(service.ipc ? { ipcMode: service.ipc } : {}),
    ...(service.privileged ? { privileged: true } : {}),
    ...(service.readOnly ? { readOnly: true } : {}),
    ...(service.shmSize === undefined ? {} : { shmSize: Math.ceil(service.shmSize / 2 ** 20) }),
    ...(service.capAdd.length + service.capDrop.length > 0 ? { capabilities } : {}),
    ...(Object.keys(service.sysctls).length > 0 ? { sysctls: service.sysctls } : {}),
    ...(service.ulimits.length > 0 ? { ulimits: service.ulimits } : {}),
  };
}

function storage(run: Run, service: ServiceSpec): Partial<docker.ContainerArgs> {
  const uploads = service.files.map((file) => ({
    file: file.path,
    content: run.secrets.bind(file.content),
    // The plugin knows no other modes: 0644, or 0755.
    ...(/[1357]/.test(file.mode.slice(1)) ? { executable: true } : {}),
  }));
  return {
    ...(uploads.length > 0 ? { uploads } : {}),
    ...(service.tmpfs.length > 0 ? { tmpfs: Object.fromEntries(service.tmpfs.map(tmpfs)) } : {}),
    ...(service.storageOpt ? { storageOpts: service.storageOpt } : {}),
  };
}

function tmpfs(mount: string): [string, string] {
  const [path, ...options] = mount.split(":");
  return [path!, options.join(":")];
}

const device = ({ host, container, permissions }: Device) => ({
  hostPath: host,
  containerPath: container,
  permissions,
});

function healthcheck(
  health: HealthCheck,
  tests: string[],
): docker.types.input.ContainerHealthcheck {
  return {
    tests,
    interval: `${health.interval}s`,
    timeout: `${health.timeout}s`,
    startPeriod: `${health.startPeriod}s`,
    retries: health.retries,
  };
}
