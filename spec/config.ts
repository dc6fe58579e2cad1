import { z } from "zod";

import {
  COMPOSE_FILE,
  DEPLOY_TIMEOUT_SECONDS,
  DOCKER_BIND,
  DOCKER_HOST,
  DRAIN_TIMEOUT_SECONDS,
  KEY_MINIMUM_CHARACTERS,
  PROXY_IMAGE,
  REPLICAS_LIMIT,
  RETAIN_RELEASES,
  ROUTER_IMAGE,
} from "./defaults";
import type { Findings } from "./findings";
import {
  APPLICATION_NAME,
  APPLICATION_NAME_ALLOWED,
  SECRET_NAME,
  SECRET_NAME_ALLOWED,
  VERSION,
  VERSION_ALLOWED,
} from "./names";
import { count, faultsOf, matching, oneOf, port, text, textMap } from "./schema";
import { DOMAIN, TLS } from "./tls";

export interface ConfigSource {
  /** Full keys ("slipway:version") with their raw values, structures as JSON. */
  all: Record<string, string>;
  isSecret(key: string): boolean;
}

const IMAGE = matching(
  /^[a-z0-9][\w.:/@-]*$/,
  "an image reference",
  "registry/name:tag, name@sha256:...",
);

const CPUS = "must be a number of processors, for example 0.5";

const SERVICE = z.strictObject({
  replicas: count(1, REPLICAS_LIMIT).optional(),
  env: textMap.optional(),
  resources: z
    .strictObject({
      cpus: z
        .union(
          [
            z.number(),
            z
              .string()
              .regex(/^\d*\.?\d+$/)
              .transform(Number),
          ],
          { error: CPUS },
        )
        .refine((cpus) => cpus > 0 && cpus <= 1024, { error: CPUS })
        .optional(),
      memory: matching(/^\d+(\.\d+)?[bkmg]b?$/i, "a size with its unit", '"512m", "1g"').optional(),
    })
    .optional(),
});

const STRATEGY = z.strictObject({
  deployTimeout: count(1, 3600).default(DEPLOY_TIMEOUT_SECONDS),
  drainTimeout: count(0, 3600).default(DRAIN_TIMEOUT_SECONDS),
  retain: count(1, 100).default(RETAIN_RELEASES),
});

const HOST_ADDRESS = /^(unix:\/\/\/.+|tcp:\/\/[^/]+:\d+|ssh:\/\/[^/]+)$/;

const HOSTS_ALLOWED = "unix:///path, ssh://user@host, tcp://127.0.0.1:port";
/** Host names of this machine. */
const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

const DOCKER = z.strictObject({
  host: matching(HOST_ADDRESS, "the address of an engine", HOSTS_ALLOWED).optional(),
  bind: matching(/^[0-9a-fA-F.:]+$/, "an IP address", "0.0.0.0, 127.0.0.1").default(DOCKER_BIND),
  ports: z.array(port, { error: "must be a list of ports" }).min(1).optional(),
  proxyImage: IMAGE.default(PROXY_IMAGE),
  routerImage: IMAGE.default(ROUTER_IMAGE),
});

/** All keys of the namespace that mean something now. Editors' JSON schema comes from here. */
export const CONFIG = z.strictObject({
  compose: z
    .union([text.transform((file) => [file]), z.array(text).min(1)], {
      error: "must be a path or a list of paths",
    })
    .default([COMPOSE_FILE]),
  name: matching(APPLICATION_NAME, "a name", APPLICATION_NAME_ALLOWED).optional(),
  platform: oneOf(["docker", "kubernetes", "ecs"]).default("docker"),
  profiles: z.array(text, { error: "must be a list of profiles" }).optional(),
  version: matching(VERSION, "a version", VERSION_ALLOWED).optional(),
  release: matching(VERSION, "a release id or a version", VERSION_ALLOWED).optional(),
  force: matching(/^[0-9a-f]{12}$/, "a release id", "12 hex digits").optional(),
  adopt: text.optional(),
  images: z.record(z.string(), IMAGE).default({}),
  mirrors: z.record(z.string(), IMAGE).default({}),
  services: z.record(z.string(), SERVICE).default({}),
  secrets: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default({}),
  key: text.optional(),
  strategy: STRATEGY.prefault({}),
  domain: DOMAIN.default([]),
  tls: TLS,
  docker: DOCKER.prefault({}),
});

export type Settings = z.infer<typeof CONFIG>;

/** Keys that this version knows of but does not build. */
const LATER = ["github", "monitoring", "kubernetes", "ecs"];
/** Scalars: their raw value is the value, not JSON. */
const PLAIN = ["name", "platform", "version", "release", "force", "adopt", "key"];
const SECRET_KEYS = ["secrets", "key"];
const PREFIX = "slipway:";

export const KEY_COMMAND = "pulumi config set --secret slipway:key $(openssl rand -base64 32)";

/** The settings of the stack; undefined after a fault that leaves nothing to go on with. */
export function readSettings(source: ConfigSource, findings: Findings): Settings | undefined {
  const raw: Record<string, unknown> = {};
  for (const key of Object.keys(source.all).sort()) {
    if (!key.startsWith(PREFIX)) continue;
    const name = key.slice(PREFIX.length);
    if (LATER.includes(name)) {
      findings.fault(key, "comes with a later version", { cure: `pulumi config rm ${key}` });
    } else raw[name] = parsed(name, source.all[key]);
    checkSecrecy(name, source.isSecret(key), findings);
  }
  const result = CONFIG.safeParse(raw);
  if (!result.success) {
    const hidden = Object.keys(raw).filter((name) => source.isSecret(PREFIX + name));
    faultsOf(result.error, raw, CONFIG, PREFIX, findings, [...SECRET_KEYS, ...hidden]);
    return undefined;
  }
  checkSettings(result.data, findings);
  return result.data;
}

/** Pulumi hands over structures as JSON; a plain text is a text. */
function parsed(name: string, raw: string): unknown {
  if (PLAIN.includes(name) || !/^\s*[[{]/.test(raw)) return raw;
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return raw;
  }
}

function checkSecrecy(name: string, secret: boolean, findings: Findings): void {
  const path = PREFIX + name;
  if (name === "secrets" && !secret) {
    findings.fault(path, "holds values in plain text", {
      cure: "Set each again with pulumi config set --secret --path slipway:secrets.NAME",
    });
  } else if (name === "key" && !secret) {
    findings.fault(path, "is kept in plain text", { cure: `Make a new one: ${KEY_COMMAND}` });
  } else if (secret && !SECRET_KEYS.includes(name)) {
    findings.fault(
      path,
      "holds a secret value, which would be kept in plain sight in the release",
      {
        cure: "Put the value in slipway:secrets and name it with ${NAME}",
      },
    );
  }
}

function checkSettings(settings: Settings, findings: Findings): void {
  if (settings.platform !== "docker") {
    findings.fault("slipway:platform", "is not built yet", {
      given: settings.platform,
      allowed: "docker",
    });
  }
  for (const name of Object.keys(settings.secrets).sort()) {
    if (!SECRET_NAME.test(name)) {
      findings.fault(`slipway:secrets.${name}`, "is no usable name", {
        allowed: SECRET_NAME_ALLOWED,
      });
    }
  }
  if (settings.key !== undefined && settings.key.length < KEY_MINIMUM_CHARACTERS) {
    findings.fault("slipway:key", "is too short", {
      allowed: `at least ${KEY_MINIMUM_CHARACTERS} characters`,
      cure: KEY_COMMAND,
    });
  }
}

/** The engine: config, else what `docker` itself would use. */
export function dockerHost(
  settings: Settings,
  environment: Record<string, string | undefined>,
  findings: Findings,
): string {
  const host = settings.docker.host ?? (environment.DOCKER_HOST || DOCKER_HOST);
  const path = settings.docker.host === undefined ? "DOCKER_HOST" : "slipway:docker.host";
  if (!HOST_ADDRESS.test(host)) {
    findings.fault(path, "is no address of an engine", { given: host, allowed: HOSTS_ALLOWED });
  } else if (host.startsWith("tcp://") && !LOOPBACK.test(new URL(host).hostname)) {
    findings.fault(path, "names another machine by tcp://, whose candidates could not be tested", {
      given: host,
      cure: "Use ssh://user@host: the gate asks candidates on that machine's loopback",
    });
  }
  return host;
}
