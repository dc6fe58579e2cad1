import { digestsOf } from "./history";
import { isAt } from "./registry";
import type { ApplicationSpec, DeployPlan, Fault, Observation } from "./types";

/** The registry of ours on a Docker host: one for all applications there. */

export const HOST_REGISTRY = {
  /** Of the container and of its volume. Fixed, so that the engine itself lets only one be made. */
  name: "slipway-registry",
  /** Inside the container. */
  port: 5000,
  data: "/var/lib/registry",
  /** For `registry garbage-collect`. */
  config: "/etc/docker/registry/config.yml",
} as const;

/** An image that a kept release runs from. */
export interface KeptImage {
  reference: string;
  /** name@digest, where the release's gate knew it. */
  digest?: string;
}

/** What stands where this application's registry would be. */
export function hostRegistryFaults(spec: ApplicationSpec, observed: Observation): Fault[] {
  const { registry } = spec;
  const there = observed.hostRegistry;
  if (!registry?.onHost || !there) return [];
  if (there.state === "absent" || there.server === registry.server)
    return elsewhere(spec, observed);
  const { name } = HOST_REGISTRY;
  if (there.server === undefined) {
    const cure = `Give it another name (docker rename ${name} OTHER), or push elsewhere (slipway:registry)`;
    return [{ path: `container ${name}`, what: "it is not one of ours", cure }];
  }
  return [
    {
      path: "slipway:docker.registryPort",
      what: `the registry on this host has another port, and all applications there share it`,
      given: String(registry.onHost.port),
      allowed: there.server.split(":").pop()!,
      cure: `Take that one; or, when no kept release needs its images, remove it: docker rm -f ${name}`,
    },
  ];
}

/** Promoted from a stack of another host: its name means another registry here. */
function elsewhere(
  { services, release }: ApplicationSpec,
  { unserved = {} }: Observation,
): Fault[] {
  if (release !== undefined) return [];
  return services
    .filter(({ image }) => image.kind === "reference" && unserved[image.reference] !== undefined)
    .map(({ name, image: { reference } }) => ({
      path: `services.${name}`,
      what: `its image ${reference} is neither on this host nor in its registry: ${unserved[reference]}`,
      cure: "It was pushed on another host. Promotion between hosts needs a registry that both reach: slipway:registry.server, in the stack that builds",
    }));
}

/** Images of the releases that are kept, as far as they are in this registry. */
export function keptImages(
  { registry }: ApplicationSpec,
  { records }: DeployPlan,
  observed: Observation,
): KeptImage[] {
  const all = records.flatMap(({ id, content }) => {
    const digests = digestsOf(observed.records.find((record) => record.id === id));
    return content.services.flatMap(({ name, image: { kind, reference } }) =>
      kind === "build" && isAt(reference, registry?.server)
        ? [{ reference, ...(digests[name] ? { digest: digests[name] } : {}) }]
        : [],
    );
  });
  return [...new Map(all.map((image) => [image.reference, image])).values()];
}
