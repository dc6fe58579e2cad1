import type { Settings } from "./config";
import { readEnvironment } from "./environment";
import { readExtension, type Extension, type IngressWish } from "./extension";
import { present, type Field } from "./field";
import { readMounts, type MountContext } from "./files";
import { readHealth } from "./health";
import { readImage, type ImageContext } from "./images";
import { knownKeys } from "./keys";
import { ATTACHMENT_KEYS, DEPENDENCY_KEYS } from "./partKeys";
import { readExpose, readPorts, type ReadPort } from "./ports";
import { readProcess } from "./process";
import { checkDeploy, readReplicas, readResources, readRestart } from "./resources";
import { roleOf } from "./roles";
import { SERVICE_KEYS } from "./serviceKeys";
import type {
  Dependency,
  DependencyCondition,
  ImageSource,
  ServiceSpec,
  SmokeCheck,
} from "./types";
import { imageVersion, type VersionContext } from "./version";

export interface ServiceContext extends ImageContext, MountContext, VersionContext {
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
  /** What says the image's version. */
  versionFrom?: string;
}

/** One service of the Compose tree, complete. Undefined when it has no image to speak of. */
export function readService(
  name: string,
  field: Field,
  context: ServiceContext,
): ServiceDraft | undefined {
  field.checkKeys(knownKeys(SERVICE_KEYS));
  checkDeploy(field);
  const extension = readExtension(field.at("x-slipway"));
  const known = context.settings.services;
  const settings = Object.hasOwn(known, name) ? known[name] : {};
  const ports = readPorts(field.at("ports"));
  const expose = readExpose(field.at("expose"));
  const listening = [...new Set([...ports.map((port) => port.container), ...expose])];
  const health = readHealth(field.at("healthcheck"), extension.health, listening);
  const image = readImage(name, field, context);
  const mounts = readMounts(field, context);
  const [entrypoint, command] = [field.at("entrypoint").command(), field.at("command").command()];
  const restart = readRestart(field);
  const role = roleOf({
    explicit: extension.role,
    build: !field.at("build").absent,
    image: field.at("image").text(),
    entrypoint,
    command,
    restart,
    publishes: ports.length > 0,
    mountsVolume: mounts.volumes.length > 0,
    completes: context.completed.has(name),
    scheduled: extension.schedule !== undefined,
  });
  if (role.role !== "task" && /^(no|on-failure.*)$/.test(restart ?? "")) {
    field.at("restart").warn("not used: what serves is always started again");
  }
  const places = {
    directory: context.directory,
    lookup: context.lookup,
    overrides: settings.env ?? {},
    overridesPath: `slipway:services.${name}.env`,
  };
  const environment = readEnvironment(field, places);
  const spec = {
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
    dependsOn: readDependencies(field, context),
    ...readResources(field, settings.resources ?? {}),
    replicas: extension.autoscale?.min ?? settings.replicas ?? readReplicas(field),
    ...readProcess(field, places),
    release: readRelease(extension, field),
    schedule: extension.schedule,
    autoscale: extension.autoscale,
    smoke: readSmoke(extension, health?.http?.port, listening),
  };
  // Only now: everything else was looked at, too, and has told its faults.
  if (image === undefined) return undefined;
  const { from, version } = readVersion(name, image, field, context);
  return present<ServiceDraft>({
    spec: present<ServiceSpec>({ ...spec, image: present({ ...image, version }) }),
    ingress: extension.ingress ?? [],
    ports,
    field,
    versionFrom: from,
  });
}

/** Only an image that is built here is named by us. */
function readVersion(name: string, image: ImageSource, field: Field, context: ServiceContext) {
  if (image.kind === "build") return imageVersion(name, image.context, context, field.findings);
  const { services } = context.settings;
  if (Object.hasOwn(services, name) && services[name].version !== undefined) {
    const path = `slipway:services.${name}.version`;
    field.findings.warn(path, "not used: it names an image that is built here");
  }
  return {};
}

function readNetworks(service: Field, compose: Field): ServiceSpec["networks"] {
  const field = service.at("networks");
  const entries = field.entries();
  if (entries.length === 0) return [{ name: "default", aliases: [] }];
  return entries.map(([name, entry]) => {
    entry.checkKeys(knownKeys(ATTACHMENT_KEYS));
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

function readDependencies(service: Field, context: ServiceContext): Dependency[] {
  const said = readDependsOn(service.at("depends_on"), context);
  const linked = readLinks(service.at("links"), context);
  return [...said, ...linked.filter(({ service: name }) => !said.some((d) => d.service === name))];
}

/** Of the old links only the order means something: names are known without them. */
function readLinks(field: Field, context: ServiceContext): Dependency[] {
  const names = field.list().flatMap((entry) => {
    const [service, alias = service] = entry.text()?.split(":") ?? [];
    if (service === undefined) return [];
    if (context.compose.at("services").at(service).absent) {
      return entry.refuse("waits for a service that does not exist") ?? [];
    }
    if (alias !== service) {
      const cure = `Write networks: {default: {aliases: [${alias}]}} under ${service}`;
      return entry.refuse("an alias would be known to this service alone", { cure }) ?? [];
    }
    entry.warn(`not needed: ${service} is known by its name; taken as depends_on`);
    return context.inactive.has(service) ? [] : [service];
  });
  return [...new Set(names)].map((service) => ({ service, condition: "started" }));
}

function readDependsOn(field: Field, context: ServiceContext): Dependency[] {
  return field.entries().flatMap(([service, entry]) => {
    entry.checkKeys(knownKeys(DEPENDENCY_KEYS));
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
