import type * as docker from "@pulumi/docker";
import { frontService } from "../../spec/front";
import { volumeName } from "../../spec/names";
import type { Release, ServiceSpec } from "../../spec/types";
import type { Run } from "../platform";

/** What a service's container gets by its place in a slot. */

export function mounts(run: Run, service: ServiceSpec): Partial<docker.ContainerArgs> {
  if (service.volumes.length === 0) return {};
  return {
    volumes: service.volumes.map(({ volume, path, readOnly }) => ({
      volumeName: volumeName(run.spec.name, volume),
      containerPath: path,
      readOnly,
    })),
  };
}

/** What a double of a worker must not do: reach anybody, or write into data. */
export function harmless(run: Run, service: ServiceSpec): Partial<docker.ContainerArgs> {
  const readOnly = service.volumes.map((volume) => ({ ...volume, readOnly: true }));
  return { networkMode: "none", ...mounts(run, { ...service, volumes: readOnly }) };
}

/** Ports that the gate asks: on the host's loopback only, on a number that Docker chooses. */
export function loopback(ports: number[]): Partial<docker.ContainerArgs> {
  if (ports.length === 0) return {};
  return { ports: ports.map((internal) => ({ internal, ip: "127.0.0.1" })) };
}

export function askedPorts(service: ServiceSpec, frontOf: Release | undefined): number[] {
  const front = frontOf ? frontService(frontOf.content)?.port : undefined;
  const health = service.health?.test ? undefined : service.health?.http?.port;
  const ports = [front, health, ...service.smoke.map((check) => check.port)];
  return [...new Set(ports.filter((port) => port !== undefined))].sort((a, b) => a - b);
}
