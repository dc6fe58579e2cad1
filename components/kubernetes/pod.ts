import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { requestsOf } from "../../spec/kubernetesRequests";
import { portNumbers } from "../../spec/ports";
import { publishedPorts } from "../../spec/shared";
import type { EdgePlan, HealthCheck, Resources, ServiceSpec } from "../../spec/types";
import { type Config, mountOf } from "./config";
import { dns } from "./object";

type PodTemplate = kubernetes.types.input.core.v1.PodTemplateSpec;
type PodSpec = kubernetes.types.input.core.v1.PodSpec;
type Container = kubernetes.types.input.core.v1.Container;
type Probe = kubernetes.types.input.core.v1.Probe;

/** Seconds that a pod goes on taking requests once it is to end: until all that send them have heard of it. */
const GOODBYE = 5;
/** Of the front door: what the one Service leads to, whatever its number. */
const FRONT_PORT = "front";

/** Ports of a Service that leads to front doors. */
export const frontPorts = (edge: EdgePlan) =>
  publishedPorts(edge).map((port) => ({ name: `http-${port}`, port, targetPort: FRONT_PORT }));

export interface PodArgs {
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  config: Config;
  image: pulumi.Input<string>;
  account: pulumi.Input<string>;
  pullSecrets: { name: pulumi.Input<string> }[];
  /** Names of its slot -> addresses. */
  aliases: { ip: pulumi.Input<string>; hostnames: string[] }[];
  /** The port that is the front door's. */
  front?: number;
  /** Others send it requests. */
  takesRequests: boolean;
  restarts?: "Never";
}

/** A service's Compose keys as a pod; who it belongs to comes from outside. */
export function podTemplate(service: ServiceSpec, args: PodArgs): PodTemplate {
  const seconds = service.stopGracePeriod + (args.takesRequests ? GOODBYE : 0);
  const spec: PodSpec = {
    serviceAccountName: args.account,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: seconds,
    ...(args.restarts ? { restartPolicy: args.restarts } : {}),
    ...(args.pullSecrets.length > 0 ? { imagePullSecrets: args.pullSecrets } : {}),
    hostAliases: [
      ...args.aliases,
      ...service.extraHosts.map(({ host, ip }) => ({ ip, hostnames: [host] })),
    ],
    ...(service.hostname ? { hostname: dns(service.hostname) } : {}),
    ...dnsOf(service),
    securityContext: podSecurity(service),
    containers: [container(service, args)],
    volumes: volumes(service, args.config),
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: args.labels },
      },
    ],
  };
  const annotations = args.annotations ? { annotations: args.annotations } : {};
  return { metadata: { labels: args.labels, ...annotations }, spec };
}

function container(service: ServiceSpec, args: PodArgs): Container {
  const { entrypoint, command, workingDir, tty, stdinOpen } = service;
  return {
    name: dns(service.name),
    image: args.image,
    imagePullPolicy: "IfNotPresent",
    ...(entrypoint ? { command: entrypoint.map(literal) } : {}),
    ...(command ? { args: command.map(literal) } : {}),
    ...(workingDir ? { workingDir } : {}),
    ...(tty ? { tty } : {}),
    ...(stdinOpen ? { stdin: true } : {}),
    envFrom: args.config.environment,
    ports: portsOf(service, args.front),
    resources: limits(service),
    ...(service.health ? probes(service.health) : {}),
    ...(args.takesRequests ? { lifecycle: { preStop: { sleep: { seconds: GOODBYE } } } } : {}),
    securityContext: security(service),
    volumeMounts: [
      ...service.volumes.map(({ volume, path, readOnly }) => ({
        name: dns("data", volume),
        mountPath: path,
        readOnly,
      })),
      ...service.tmpfs.map((mount, index) => ({
        name: `tmpfs-${index}`,
        mountPath: mount.split(":")[0]!,
      })),
      ...service.files.map((file, index) => mountOf(file, index)),
      ...(service.shmSize === undefined ? [] : [{ name: "shm", mountPath: "/dev/shm" }]),
    ],
  };
}

/** Kubernetes would fill in `$(NAME)` and take `$$` for `$`; Docker does not. In a replacement `$$` is one `$`, too. */
const literal = (text: string) => text.replace(/\$(?=[$(])/g, "$$$$");

function portsOf(service: ServiceSpec, front: number | undefined) {
  const numbers = [...new Set([...portNumbers(service), ...(front === undefined ? [] : [front])])];
  return numbers.map((containerPort) => ({
    containerPort,
    name: containerPort === front ? FRONT_PORT : `tcp-${containerPort}`,
  }));
}

function volumes(service: ServiceSpec, config: Config) {
  return [
    ...[...new Set(service.volumes.map(({ volume }) => volume))].map((volume) => ({
      name: dns("data", volume),
      persistentVolumeClaim: { claimName: dns(volume) },
    })),
    ...service.tmpfs.map((_mount, index) => ({
      name: `tmpfs-${index}`,
      emptyDir: { medium: "Memory" },
    })),
    ...config.volumes,
    ...(service.shmSize === undefined
      ? []
      : [{ name: "shm", emptyDir: { medium: "Memory", sizeLimit: String(service.shmSize) } }]),
  ];
}

function limits(service: ServiceSpec) {
  const { resources, gpus } = service;
  const devices: Record<string, string> = gpus === undefined ? {} : { "nvidia.com/gpu": gpus };
  const most = { ...quantities(resources), ...devices };
  const asked = { ...quantities(requestsOf(service)), ...devices };
  return {
    ...(Object.keys(most).length > 0 ? { limits: most } : {}),
    ...(Object.keys(asked).length > 0 ? { requests: asked } : {}),
  };
}

const quantities = ({ cpus, memory }: Resources): Record<string, string> => ({
  ...(cpus === undefined ? {} : { cpu: `${Math.max(1, Math.round(cpus * 1000))}m` }),
  ...(memory === undefined ? {} : { memory: `${memory}Mi` }),
});

/** Who runs it is known only where the description says so by number: an image keeps it to itself. */
function podSecurity(service: ServiceSpec) {
  const [user, group] = (service.user ?? "").split(":");
  const uid = /^\d+$/.test(user ?? "") ? Number(user) : undefined;
  const gid = /^\d+$/.test(group ?? "") ? Number(group) : undefined;
  const groups = (service.groupAdd ?? []).filter((one) => /^\d+$/.test(one)).map(Number);
  const sysctls = Object.entries(service.sysctls).map(([name, value]) => ({ name, value }));
  return {
    seccompProfile: { type: isUnconfined(service) ? "Unconfined" : "RuntimeDefault" },
    ...(uid === undefined ? {} : { runAsUser: uid, runAsNonRoot: uid !== 0 }),
    ...(gid === undefined ? {} : { runAsGroup: gid, fsGroup: gid }),
    ...(groups.length > 0 ? { supplementalGroups: groups } : {}),
    ...(sysctls.length > 0 ? { sysctls } : {}),
  };
}

const isUnconfined = ({ securityOpt, privileged }: ServiceSpec) =>
  privileged === true ||
  (securityOpt ?? []).some((option) => /^seccomp[:=]unconfined$/.test(option));

function security({ privileged, readOnly, capAdd, capDrop }: ServiceSpec) {
  const capabilities = {
    ...(capAdd.length > 0 ? { add: capAdd } : {}),
    ...(capDrop.length > 0 ? { drop: capDrop } : {}),
  };
  return {
    ...(privileged ? { privileged } : { allowPrivilegeEscalation: capAdd.length > 0 }),
    ...(readOnly ? { readOnlyRootFilesystem: true } : {}),
    ...(Object.keys(capabilities).length > 0 ? { capabilities } : {}),
  };
}

function dnsOf({ dns: servers, dnsSearch, dnsOptions }: ServiceSpec): Partial<PodSpec> {
  if (!servers && !dnsSearch && !dnsOptions) return {};
  const asked = (dnsOptions ?? []).map((option) => {
    const [name, value] = option.split(":");
    return { name: name!, ...(value === undefined ? {} : { value }) };
  });
  return {
    dnsConfig: {
      ...(servers ? { nameservers: servers } : {}),
      ...(dnsSearch ? { searches: dnsSearch } : {}),
      ...(asked.length > 0 ? { options: asked } : {}),
    },
  };
}

/**
 * Compose's one check as Kubernetes' three. It may fail as long as Compose lets it: the start period and the retries
 * after it; then it takes no requests while it fails, and is started again when it goes on failing.
 */
function probes(
  health: HealthCheck,
): Pick<Container, "startupProbe" | "readinessProbe" | "livenessProbe"> {
  const ask = handler(health);
  const period = Math.max(1, Math.round(health.interval));
  const timeoutSeconds = Math.max(1, Math.ceil(health.timeout));
  const patience = health.startPeriod + health.interval * health.retries;
  const failureThreshold = Math.max(1, Math.ceil(health.retries));
  const base = { ...ask, periodSeconds: period, timeoutSeconds };
  return {
    startupProbe: {
      ...ask,
      timeoutSeconds,
      periodSeconds: 1,
      failureThreshold: Math.max(1, Math.ceil(patience)),
    },
    readinessProbe: { ...base, failureThreshold },
    livenessProbe: { ...base, failureThreshold: failureThreshold + 2 },
  };
}

/** From outside where that is possible: the container needs no client of its own then. */
function handler({ http, test }: HealthCheck): Probe {
  if (http) return { httpGet: { path: http.path, port: http.port } };
  const [form, ...words] = test ?? [];
  const command = form === "CMD-SHELL" ? ["/bin/sh", "-c", ...words] : words;
  return { exec: { command: command.map(literal) } };
}
