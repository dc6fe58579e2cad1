import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { LABEL, resourceName } from "../../spec/names";
import { portNumbers } from "../../spec/ports";
import type { Run, SlotArgs } from "../platform";
import { type About, dns, metadata, options, type Way } from "./object";

/** Names of a slot's services, and the addresses that they stand for in the hosts file of its pods. */
export type Aliases = { ip: pulumi.Input<string>; hostnames: string[] }[];

/** What an object of a service in a slot says about itself. */
export const aboutOf = ({ slot, release }: SlotArgs, service: string, role: string): About => ({
  name: dns(service, slot),
  resource: resourceName.container(slot, service, 0),
  role,
  service,
  slot,
  release: release.id,
});

/** The pods of a service in a slot, of this release alone. */
export const selectorOf = (
  run: Run,
  { slot, release }: SlotArgs,
  service: string,
  role: string,
) => ({
  [LABEL.application]: run.spec.name,
  [LABEL.slot]: slot,
  [LABEL.release]: release.id,
  [LABEL.service]: service,
  [LABEL.role]: role,
});

/** A Service for each app: its address stands for its name in the hosts file of each pod of this slot, and of no other. */
export function names(
  run: Run,
  slot: SlotArgs,
  way: Way,
  own: pulumi.CustomResourceOptions,
): Aliases {
  return slot.release.content.services.flatMap((service) => {
    const ports = portNumbers(service);
    const resource = `service-${slot.slot}-${service.name}`;
    const isLost = slot.sealed && run.observation.networks[resource] === undefined;
    if (service.role !== "app" || ports.length === 0 || isLost) return [];
    const args = {
      metadata: metadata(run, { ...aboutOf(slot, service.name, "service"), resource }),
      spec: {
        selector: selectorOf(run, slot, service.name, "app"),
        ports: ports.map((port) => ({ name: `tcp-${port}`, port, targetPort: port })),
      },
    };
    const made = new kubernetes.core.v1.Service(resource, args, options(way, args, own));
    const aliases = service.networks.flatMap((network) => network.aliases);
    return [{ ip: made.spec.clusterIP, hostnames: [...new Set([service.name, ...aliases])] }];
  });
}
