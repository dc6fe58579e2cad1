import { PORT_RANGE_LIMIT } from "./defaults";
import { isMap, present, type Field } from "./field";
import { knownKeys } from "./keys";
import { PORT_KEYS } from "./partKeys";
import type { PublishedPort, ServiceSpec } from "./types";

export interface ReadPort extends PublishedPort {
  /** Address on the host that Compose would bind. */
  address?: string;
  field: Field;
}

const SHORT =
  /^(?:(?<address>\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\]|localhost):)?(?:(?<host>\d*|\d+-\d+):)?(?<container>\d+(?:-\d+)?)(?:\/(?<protocol>tcp|udp))?$/;

export function readPorts(ports: Field): ReadPort[] {
  return ports.list().flatMap(readPort);
}

function readPort(entry: Field): ReadPort[] {
  if (isMap(entry.value)) return readLong(entry);
  const text = entry.text();
  if (text === undefined) return (entry.absent ? entry.refuse("is no port") : undefined) ?? [];
  const groups = SHORT.exec(text)?.groups;
  if (!groups) {
    const allowed = "8080:80, 127.0.0.1:8080:80, 53:53/udp, 9000-9002:9000-9002";
    return entry.refuse("is no port", { allowed }) ?? [];
  }
  const containers = rangeOf(entry, groups.container);
  const hosts = groups.host ? rangeOf(entry, groups.host) : undefined;
  if (containers === undefined || (groups.host && hosts === undefined)) return [];
  if (hosts && hosts.length !== containers.length) return unequal(entry);
  return containers.flatMap((container, index) =>
    checked(entry, {
      container,
      host: hosts?.[index],
      protocol: groups.protocol === "udp" ? "udp" : "tcp",
      address: groups.address,
    }),
  );
}

/** Compose takes any free port of a longer range: nobody would know which. */
function unequal(entry: Field): never[] {
  const cure = "Name one port of the host for each port of the container";
  return entry.refuse("has two ranges of different length", { cure }) ?? [];
}

function rangeOf(entry: Field, text: string): number[] | undefined {
  const [first, last = first] = text.split("-").map(Number);
  if (last < first) return entry.refuse("has a range that ends before it begins");
  if (last - first >= PORT_RANGE_LIMIT) {
    return entry.refuse("has too long a range", { allowed: `at most ${PORT_RANGE_LIMIT} ports` });
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function readLong(entry: Field): ReadPort[] {
  entry.checkKeys(knownKeys(PORT_KEYS));
  const published = entry.at("published");
  if (/\d-\d/.test(String(published.value))) return unequal(published);
  const container = entry.at("target").integer(1, 65535);
  if (container === undefined) {
    return (entry.at("target").absent ? entry.refuse("has no target") : undefined) ?? [];
  }
  const isFree = published.absent || published.value === "";
  const host = isFree ? undefined : published.integer(1, 65535);
  // Its own fault is told: as a port of the container it would lead to others.
  if (!isFree && host === undefined) return [];
  return checked(entry, {
    container,
    host,
    protocol: entry.at("protocol").oneOf(["tcp", "udp"]) ?? "tcp",
    address: entry.at("host_ip").text(),
  });
}

function checked(entry: Field, port: Omit<ReadPort, "field">): ReadPort[] {
  const numbers = [port.container, ...(port.host === undefined ? [] : [port.host])];
  if (numbers.every((number) => number >= 1 && number <= 65535)) {
    return [{ ...present(port), field: entry }];
  }
  return entry.refuse("is out of range", { allowed: "1 to 65535" }) ?? [];
}

/** Ports in `expose`. */
export function readExpose(expose: Field): number[] {
  return expose.list().flatMap((entry) => {
    const text = (entry.text() ?? "").replace(/\/(tcp|udp)$/, "");
    if (!/^\d+(-\d+)?$/.test(text))
      return entry.refuse("is no port", { allowed: "1 to 65535" }) ?? [];
    const numbers = rangeOf(entry, text) ?? [];
    if (numbers.every((number) => number >= 1 && number <= 65535)) return numbers;
    return entry.refuse("is no port", { allowed: "1 to 65535" }) ?? [];
  });
}

/** All that is known of what a service listens on. */
export const portNumbers = (service: ServiceSpec): number[] => {
  const published = service.ports
    .filter(({ protocol }) => protocol === "tcp")
    .map(({ container: port }) => port);
  const asked = [service.health?.http?.port, ...service.smoke.map(({ port }) => port)];
  const all = [...service.expose, ...published, ...asked].filter((port) => port !== undefined);
  return [...new Set(all)].sort((a, b) => a - b);
};
