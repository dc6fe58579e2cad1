import { CONFIG, type Settings } from "../spec/configSchema";
import { looksSecret } from "../spec/environment";
import { formatPosition } from "../spec/fault";
import { isMap } from "../spec/field";
import { decided } from "./decided";
import { givenBy, MASK, type Effective, type Known } from "./origin";

/** Every setting of the stack, then what is decided for each service. */
export function effective(known: Known): Effective[] {
  const services = known.read.found?.drafts ?? [];
  return [...settingsOf(known), ...services.flatMap((draft) => decided(draft, known))];
}

/** Keys of structures that have no default of their own. */
const UNSET: Record<string, string[]> = { docker: ["host", "ports"] };

function settingsOf(known: Known): Effective[] {
  const { settings } = known.read;
  if (settings === undefined) return [];
  return Object.keys(CONFIG.shape)
    .sort()
    .flatMap((key) => leaves(key, settings[key as keyof Settings], UNSET[key]))
    .map(([path, value]) => setting(path, value, known))
    .concat(versionRead(known));
}

/** What `version: {from}` comes to. */
function versionRead({ read }: Known): Effective[] {
  const [setting, value] = [read.settings?.version, read.found?.spec.version];
  if (!isMap(setting) || value === undefined) return [];
  return [{ key: "slipway:version", value, from: "inferred", detail: String(setting.from) }];
}

/** The values in a structure; lists and empty maps are values. */
function leaves(path: string, value: unknown, more: string[] = []): [string, unknown][] {
  if (!isMap(value) || Object.keys(value).length + more.length === 0) return [[path, value]];
  const keys = [...new Set([...Object.keys(value), ...more])].sort();
  return keys.flatMap((key) => leaves(`${path}.${key}`, value[key]));
}

function setting(path: string, value: unknown, known: Known): Effective {
  const key = `slipway:${path}`;
  const given = givenBy(path, known);
  if (given !== undefined)
    return { key, value: isHidden(path, value, known) ? MASK : value, ...given };
  const { value: other, ...source } = elsewhere(path, known) ?? {};
  if (source.from !== undefined) return { key, value: other, from: source.from, ...source };
  return value === undefined ? { key, from: "not set" } : { key, value, from: "default" };
}

/** Never shown, in whichever form the file has them. */
function isHidden(path: string, value: unknown, { project }: Known): boolean {
  const [top] = path.split(".");
  if (top === "key" || top === "secrets" || project.isSecret(`slipway:${top}`)) return true;
  return path.includes(".env.") && looksSecret(path, String(value));
}

/** What stands in for a setting that no file of the project has. */
function elsewhere(path: string, { read, environment }: Known): Partial<Effective> | undefined {
  const spec = read.found?.spec;
  if (spec === undefined) return undefined;
  if (path === "name") {
    const place = read.compose?.at("name").absent ? undefined : read.findings.place("name");
    return place
      ? { value: spec.name, from: "Compose", detail: formatPosition(place) }
      : { value: spec.name, from: "default", detail: "the Compose file's folder" };
  }
  if (path === "docker.host") {
    return environment.DOCKER_HOST
      ? { value: spec.docker.host, from: "environment", detail: "DOCKER_HOST" }
      : { value: spec.docker.host, from: "default" };
  }
  if (path === "docker.ports") {
    const ports = [...new Set(spec.ingress.map((rule) => rule.publishedPort))];
    const detail = "the HTTP ports of the first release";
    return { value: ports.sort((a, b) => a - b), from: "inferred", detail };
  }
  if (path === "registry" && spec.registry?.onHost) {
    return { value: spec.registry.server, from: "default", detail: "on the Docker host" };
  }
  if (path === "profiles" && environment.COMPOSE_PROFILES) {
    const value = environment.COMPOSE_PROFILES.split(",");
    return { value, from: "environment", detail: "COMPOSE_PROFILES" };
  }
  return undefined;
}
