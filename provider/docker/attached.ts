import type Docker from "dockerode";
import { LABEL, resourceName } from "../../spec/names";
import type { ObservedContainer, ReleaseContent, Slot } from "../../spec/types";

const EDGE = "network-edge";
const SHARED = "network-shared";

/** Logical names of the networks that a container is in. */
export function networksOf(
  info: Docker.ContainerInfo,
  networks: Docker.NetworkInspectInfo[],
): string[] {
  const ids = Object.values(info.NetworkSettings?.Networks ?? {}).map((one) => one.NetworkID);
  return networks
    .filter((network) => ids.includes(network.Id))
    .map((network) => network.Labels?.[LABEL.resource] ?? "");
}

/** Whether somebody has taken the container out of a network that it was made in: it runs, and reaches nobody. */
export function isCutOff(
  container: ObservedContainer,
  attached: string[],
  content: ReleaseContent | undefined,
): boolean {
  const { role, slot, service } = container;
  if (role === "edge") return !attached.includes(EDGE);
  // Which ones an accessory is in is written in no record; it is in one at least.
  if (role === "accessory") return !attached.some((name) => name.startsWith(SHARED));
  if (!slot || !content || role === "task" || role === "trial") return false;
  const wanted = [...wantedBy(content, slot, role, service), ...edgeOf(container)];
  return wanted.some((name) => !attached.includes(name));
}

function wantedBy(content: ReleaseContent, slot: Slot, role: string, service: string): string[] {
  if (role === "front") return content.networks.map(({ name }) => resourceName.network(slot, name));
  const found = content.services.find((candidate) => candidate.name === service);
  return (found?.networks ?? []).flatMap(({ name }) => [
    resourceName.network(slot, name),
    resourceName.sharedNetwork(name),
  ]);
}

/** A front door carries its release's record. */
const edgeOf = ({ labels }: ObservedContainer) => (labels[LABEL.record] ? [EDGE] : []);
