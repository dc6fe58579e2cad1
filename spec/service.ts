import type { Settings } from "./config";
import { MEMORY_MINIMUM_MIB, REPLICAS, REPLICAS_LIMIT, STOP_GRACE_SECONDS } from "./defaults";
import { readEnvironment } from "./environment";
import { readExtension, type Extension, type IngressWish } from "./extension";
import { present, sortedMap, type Field } from "./field";
import { readMounts, type MountContext } from "./files";
import { readHealth } from "./health";
import { readImage, type ImageContext } from "./images";
import { LABEL_PREFIX } from "./names";
import { readExpose, readPorts, type ReadPort } from "./ports";
import { roleOf } from "./roles";
import { SERVICE_KEYS } from "./serviceKeys";
import type { Dependency, DependencyCondition, Resources, ServiceSpec, SmokeCheck } from "./types";
import { bytesOf } from "./units";

export interface ServiceContext extends ImageContext, MountContext {
  settings: Settings;
  /** Services that another one waits for with service_completed_successfully. */
  completed: ReadonlySet<string>;
  /** Services that no active profile brings in. */
  inactive: ReadonlySet<string>;
}

/** A service with what the application needs besides to decide about traffic. */
export interface ServiceDraft {
  spec: ServiceSpec;
  ingress: IngressWish[];
  ports: ReadPort[];
  field: Field;
}

/** One service of the Compose tree, complete. Undefined when it has no image to speak of. */
export function readService(
  name: string,
  field: Field,
  context: ServiceContext,
): ServiceDraft | undefined {
  field.checkKeys(SERVICE_KEYS);
  const extension = readExtension(field.at("x-slipway"));
  const settings = context.settings.services[name] ?? {};
  const ports = readPorts(field.at("ports"));
  const expose = readExpose(field.at("expose"));
  const listening = [...new Set([...ports.map((port) => port.container), ...expose])];
  const health = readHealth(field.at("healthcheck"), extension.health, listening);
  const image = readImage(name, field, context);
  const mounts = readMounts(field, context);
  const [entrypoint, command] = [field.at("entrypoint").command(), field.at("command").command()];
  const role = roleOf({
    explicit: extension.role,
    build: !field.at("build").absent,
    image: field.at("image").text(),
    entrypoint,
    command,
    restart: readRestart(field.at("restart")),
    publishes: ports.length > 0,
    mountsVolume: mounts.volumes.length > 0,
    completes: context.completed.has(name),
  });
  const environment = readEnvironment(field, {
    directory: context.directory,
    lookup: context.lookup,
    overrides: settings.env ?? {},
    overridesPath: `slipway:services.${name}.env`,
  });
  if (image === undefined) return undefined;
  const spec: ServiceSpec = {
    name,
    role: role.role,
    reason: role.reason,
    image,
    entrypoint,
    command,
    environment,
    ...mounts,
    networks: readNetworks(field, context.compose),
    ports: ports.map(({ container, host, protocol }) => present({ container, host, protocol })),
    expose: [...listening].sort((a, b) => a - b),
    health,
    dependsOn: readDependencies(field.at("depends_on"), context),
    resources: readResources(field, settings.resources ?? {}),
    replicas: settings.replicas ?? readReplicas(field),
    ...readProcess(field),
    release: readRelease(extension, field),
    smoke: readSmoke(extension, health?.http?.port, listening),
  };
  return { spec: present(spec), ingress: extension.ingress ?? [], ports, field };
}

function readRestart(field: Field): string | undefined {
  const value = field.value === false ? "no" : field.text();
  if (value === undefined || /^(no|always|unless-stopped|on-failure(:\d+)?)$/.test(value))
    return value;
  return field.refuse("is not known", { allowed: '"no", always, on-failure, unless-stopped' });
}

/** How the process runs, key by key as in Compose. */
function readProcess(field: Field) {
  return {
    stopGracePeriod: field.at("stop_grace_period").duration() ?? STOP_GRACE_SECONDS,
    stopSignal: field.at("stop_signal").text(),
    user: field.at("user").text(),
    workingDir: field.at("working_dir").text(),
    hostname: field.at("hostname").text(),
    init: field.at("init").boolean(),
    readOnly: field.at("read_only").boolean(),
    privileged: field.at("privileged").boolean(),
    capAdd: field.at("cap_add").texts().sort(),
    capDrop: field.at("cap_drop").texts().sort(),
    extraHosts: Object.entries(field.at("extra_hosts").textMap()).map(([host, ip]) => ({
      host,
      ip,
    })),
    shmSize: field.at("shm_size").bytes(),
    sysctls: field.at("sysctls").textMap(),
    ulimits: readUlimits(field.at("ulimits")),
    labels: readLabels(field.at("labels")),
  };
}

function readLabels(field: Field): Record<string, string> {
  for (const [key, entry] of field.entries()) {
    if (key.startsWith(LABEL_PREFIX))
      entry.refuse(`labels that begin with ${LABEL_PREFIX} are taken`);
  }
  return sortedMap(field.textMap());
}

function readUlimits(field: Field): ServiceSpec["ulimits"] {
  return field.entries().flatMap(([name, entry]) => {
    const single = typeof entry.value === "object" ? undefined : entry.integer(-1);
    const soft = single ?? entry.at("soft").integer(-1);
    const hard = single ?? entry.at("hard").integer(-1);
    if (soft !== undefined && hard !== undefined) return [{ name, soft, hard }];
    entry.refuse("must be a number, or soft and hard");
    return [];
  });
}

function readNetworks(service: Field, compose: Field): ServiceSpec["networks"] {
  const field = service.at("networks");
  const entries = field.entries();
  if (entries.length === 0) return [{ name: "default", aliases: [] }];
  return entries.map(([name, entry]) => {
    entry.checkKeys({
      supported: ["aliases"],
      ignored: { priority: "not used", gw_priority: "not used" },
      refused: { ipv4_address: "Use the service's name", ipv6_address: "Use the service's name" },
    });
    if (name !== "default" && compose.at("networks").at(name).value === undefined) {
      const cure = `Add it to the top-level networks: ${name}: {}`;
      entry.findings.fault(field.path, `network ${name} is not declared`, { cure });
    }
    return { name, aliases: entry.at("aliases").texts().sort() };
  });
}

const CONDITIONS: Record<string, DependencyCondition> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

function readDependencies(field: Field, context: ServiceContext): Dependency[] {
  return field.entries().flatMap(([service, entry]) => {
    entry.checkKeys({
      supported: ["condition", "required"],
      ignored: { restart: "not used: a slot is replaced as a whole" },
    });
    const condition = entry.at("condition").oneOf(Object.keys(CONDITIONS)) ?? "service_started";
    const known = !context.compose.at("services").at(service).absent;
    const optional = entry.at("required").boolean() === false;
    if (known && !context.inactive.has(service))
      return [{ service, condition: CONDITIONS[condition] }];
    if (optional) return [];
    if (known) {
      entry.refuse("waits for a service that no active profile brings in", {
        given: service,
        cure: "List its profile in slipway:profiles, or say required: false",
      });
    } else entry.refuse("waits for a service that does not exist", { given: service });
    return [];
  });
}

function readReplicas(field: Field): number {
  const deploy = field.at("deploy").at("replicas").integer(1, REPLICAS_LIMIT);
  return deploy ?? field.at("scale").integer(1, REPLICAS_LIMIT) ?? REPLICAS;
}

type WantedResources = { cpus?: number; memory?: string };

function readResources(field: Field, wanted: WantedResources): Resources {
  const limits = field.at("deploy").at("resources").at("limits");
  const bytes = wanted.memory ? bytesOf(wanted.memory) : undefined;
  const memory =
    bytes ??
    (limits.at("memory").bytes() || undefined) ??
    (field.at("mem_limit").bytes() || undefined);
  const mebibytes = memory === undefined ? undefined : Math.ceil(memory / 1024 ** 2);
  if (mebibytes !== undefined && mebibytes < MEMORY_MINIMUM_MIB) {
    field.findings.fault(
      `${field.path}.deploy.resources.limits.memory`,
      "is less than Docker allows",
      {
        given: `${mebibytes} MiB`,
        allowed: `from ${MEMORY_MINIMUM_MIB} MiB`,
      },
    );
  }
  const cpus = wanted.cpus ?? (limits.at("cpus").number(0) || undefined);
  return present({ cpus: cpus ?? (field.at("cpus").number(0) || undefined), memory: mebibytes });
}

function readRelease(extension: Extension, field: Field): string[] | undefined {
  if (typeof extension.release !== "string") return extension.release;
  return field.at("x-slipway").at("release").command();
}

function readSmoke(
  extension: Extension,
  healthPort: number | undefined,
  listening: number[],
): SmokeCheck[] {
  const fallback = extension.ingress?.[0]?.port ?? healthPort ?? listening[0];
  // 0 stands for "none": validation refuses it.
  return extension.smoke.map((check) => present({ ...check, port: check.port ?? fallback ?? 0 }));
}
