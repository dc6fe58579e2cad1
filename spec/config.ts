import { CONFIG, HOST_ADDRESS, HOSTS_ALLOWED, type Settings } from "./configSchema";
import { DOCKER_HOST, KEY_MINIMUM_CHARACTERS } from "./defaults";
import { isMap } from "./field";
import type { Findings } from "./findings";
import { SECRET_NAME, SECRET_NAME_ALLOWED } from "./names";
import { faultsOf } from "./schema";

export type { Settings } from "./configSchema";

export interface ConfigSource {
  /** Full keys ("slipway:version") with their raw values, structures as JSON. */
  all: Record<string, string>;
  isSecret(key: string): boolean;
}

/** Host names of this machine. */
const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

/** Keys that this version knows of but does not build. */
const LATER = ["monitoring", "ecs"];
/** Scalars: their raw value is the value, not JSON. */
const PLAIN = ["name", "platform", "release", "force", "adopt", "maintenance", "key"];
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

/**
 * The stack that images are promoted from: asked before the description is read, for it says what runs.
 * Nobody is asked for a release that is gone back to.
 */
export function promotedFrom({ all }: ConfigSource): string | undefined {
  if (all[`${PREFIX}release`] !== undefined) return undefined;
  const images = parsed("images", all[`${PREFIX}images`] ?? "{}");
  const from = isMap(images) ? images.from : undefined;
  return typeof from === "string" ? from : undefined;
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
  if (settings.platform === "ecs") {
    findings.fault("slipway:platform", "is not built yet", {
      given: settings.platform,
      allowed: "docker, kubernetes",
    });
  }
  if (settings.platform === "docker" && settings.strategy.canary !== undefined) {
    findings.fault("slipway:strategy.canary", "is for Kubernetes with a Gateway, not for Docker", {
      cure: "pulumi config rm --path slipway:strategy.canary",
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
