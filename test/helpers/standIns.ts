import type { ApplicationSpec, ServiceSpec } from "../../spec/types";

/** Images that every machine with the toolchain can have: they run as the file says. */
const AT_HAND = ["nginx:1.27-alpine", "postgres:16-alpine", "redis:7-alpine"];

export interface StandIns {
  /** A Compose file to lay over the application's own. */
  overlay: string;
  /** `slipway:images`: what runs instead of images that cannot be had. */
  images: Record<string, string>;
  /** Services that the probe stands in for: they answer with their name. */
  names: string[];
}

/**
 * What an application of somebody else needs to run here: the probe in the place of each program that
 * is not at hand, and other ports of this machine. All other keys stay as its file has them; its command
 * becomes arguments that the probe does not read, so roles are inferred as they would be.
 *
 * @param ports published port in the file -> the one to take instead
 * @param listens ports that the file does not tell, by service: an nginx of the file asks them
 */
export function standIns(
  spec: ApplicationSpec,
  probe: string,
  ports: Map<number, number>,
  listens: Record<string, number> = {},
): StandIns {
  const played = spec.services.filter((service) => !isAtHand(service));
  const overlays = spec.services.map((service) => {
    const keys = played.includes(service)
      ? inPlaceOf(service, probe, listens[service.name])
      : own(service);
    return `  ${service.name}: { ${[...keys, ...portsOf(service, ports)].join(", ")} }`;
  });
  const references = played.filter(({ image }) => image.kind === "reference");
  return {
    overlay: ["services:", ...overlays, ""].join("\n"),
    images: Object.fromEntries(references.map(({ name }) => [name, probe])),
    names: played.map(({ name }) => name),
  };
}

/** A Dockerfile that does not take its base as an argument stands on Redis: that is what runs. */
function isAtHand({ image }: ServiceSpec): boolean {
  if (image.kind === "reference") return AT_HAND.includes(image.reference);
  return image.inline !== undefined || image.dockerfile !== "Dockerfile";
}

const entry = (key: string, value: unknown) => `${key}: ${JSON.stringify(value)}`;

/** Postgres's image wants a password, or to be told that it needs none. */
function own({ image, health }: ServiceSpec): string[] {
  const isPostgres = image.kind === "reference" && image.reference.startsWith("postgres:");
  return [
    ...(isPostgres ? [entry("environment", { POSTGRES_HOST_AUTH_METHOD: "trust" })] : []),
    ...(health?.test ? [entry("healthcheck", { interval: "1s" })] : []),
  ];
}

function inPlaceOf(service: ServiceSpec, probe: string, listens = 8080): string[] {
  const { name, role, image, health, release, gpus, ulimits } = service;
  const told = [...service.ports.map((port) => port.container), ...service.expose];
  const asked = health?.http ? [health.http.port] : [];
  const [first = listens, ...more] = [...new Set([...asked, ...told])];
  const url = `http://127.0.0.1:${first}${health?.http?.path ?? "/health"}`;
  return [
    ...commandOf(role === "task" || role === "worker" ? role : "serve", release !== undefined),
    entry("environment", { PORT: `${first}`, MORE_PORTS: more.join(" "), SERVICE: name }),
    ...(health?.test
      ? [entry("healthcheck", { test: ["CMD", "/probe", "check", url], interval: "1s" })]
      : []),
    // The Dockerfile of the fixtures takes its base as an argument. Debian's Docker knows no further contexts.
    ...(image.kind === "build"
      ? [`build: { args: { BASE: "${probe}" }, additional_contexts: !reset null }`]
      : []),
    // An engine inside a container may not raise its own limits.
    ...(ulimits.some(({ hard }) => hard < 0) ? ["ulimits: !reset null"] : []),
    // No test machine has a GPU.
    ...(gpus ? ["gpus: !reset null", "deploy: !reset null"] : []),
  ];
}

/** A release command takes the command's place: only there the probe's word cannot be in the entrypoint. */
function commandOf(word: string, hasRelease: boolean): string[] {
  if (!hasRelease) return [entry("entrypoint", ["/probe", word])];
  const release = entry("x-slipway", { release: "task" });
  return [entry("entrypoint", ["/probe"]), entry("command", [word]), release];
}

function portsOf({ ports }: ServiceSpec, instead: Map<number, number>): string[] {
  const published = ports.filter(({ host }) => host !== undefined);
  if (published.length === 0) return [];
  const texts = published.map(({ host, container }) => `${instead.get(host!)}:${container}`);
  return [`ports: !override ${JSON.stringify(texts)}`];
}
