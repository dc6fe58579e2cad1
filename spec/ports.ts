import { isMap, present, type Field } from "./field";
import type { PublishedPort } from "./types";

export interface ReadPort extends PublishedPort {
  /** Address on the host that Compose would bind. */
  address?: string;
  field: Field;
}

const SHORT =
  /^(?:(?<address>\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\]|localhost):)?(?:(?<host>\d*):)?(?<container>\d+)(?:\/(?<protocol>tcp|udp))?$/;
const RANGE = /\d-\d/;
const LONG_KEYS = {
  supported: ["target", "published", "protocol", "host_ip", "mode", "name", "app_protocol"],
};
const RANGE_CURE = "List each port by itself";

export function readPorts(ports: Field): ReadPort[] {
  return ports.list().flatMap((entry) => readPort(entry) ?? []);
}

function readPort(entry: Field): ReadPort | undefined {
  if (isMap(entry.value)) return readLong(entry);
  const text = entry.text();
  if (text === undefined) return entry.absent ? entry.refuse("is no port") : undefined;
  if (RANGE.test(text))
    return entry.refuse("a range of ports is not supported", { cure: RANGE_CURE });
  const groups = SHORT.exec(text)?.groups;
  if (!groups)
    return entry.refuse("is no port", { allowed: "8080:80, 127.0.0.1:8080:80, 53:53/udp" });
  return checked(entry, {
    container: Number(groups.container),
    host: groups.host ? Number(groups.host) : undefined,
    protocol: groups.protocol === "udp" ? "udp" : "tcp",
    address: groups.address,
  });
}

function readLong(entry: Field): ReadPort | undefined {
  entry.checkKeys(LONG_KEYS);
  const published = entry.at("published");
  if (RANGE.test(String(published.value))) {
    return published.refuse("a range of ports is not supported", { cure: RANGE_CURE });
  }
  const container = entry.at("target").integer(1, 65535);
  if (container === undefined) {
    return entry.at("target").absent ? entry.refuse("has no target") : undefined;
  }
  return checked(entry, {
    container,
    host: published.value === "" ? undefined : published.integer(1, 65535),
    protocol: entry.at("protocol").oneOf(["tcp", "udp"]) ?? "tcp",
    address: entry.at("host_ip").text(),
  });
}

function checked(entry: Field, port: Omit<ReadPort, "field">): ReadPort | undefined {
  const numbers = [port.container, ...(port.host === undefined ? [] : [port.host])];
  if (numbers.every((number) => number >= 1 && number <= 65535)) {
    return { ...present(port), field: entry };
  }
  return entry.refuse("is out of range", { allowed: "1 to 65535" });
}

/** Ports in `expose`. */
export function readExpose(expose: Field): number[] {
  return expose.list().flatMap((entry) => {
    const text = (entry.text() ?? "").replace(/\/(tcp|udp)$/, "");
    if (RANGE.test(text)) {
      entry.refuse("a range of ports is not supported", { cure: RANGE_CURE });
      return [];
    }
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= 65535) return [number];
    entry.refuse("is no port", { allowed: "1 to 65535" });
    return [];
  });
}
