import * as pulumi from "@pulumi/pulumi";
import { UserFaults } from "../spec/fault";
import { needsOf } from "../spec/kubernetesNeeds";
import { placeOf, whereOf } from "../spec/place";
import { isAt } from "../spec/registry";
import type { ApplicationSpec, Fault, Observation } from "../spec/types";

/** What really is there, asked of the platform by our provider. Whole, or an error before anything is registered. */
export async function observe(
  spec: ApplicationSpec,
  secrets: Record<string, string>,
): Promise<Observation> {
  const place = placeOf(spec);
  const { registry } = spec;
  const asked = {
    pushed: pushedOf(spec),
    ...(registry?.onHost ? { hostRegistry: registry.server } : {}),
    ...(spec.platform === "kubernetes" ? { cluster: needsOf(spec) } : {}),
    logins: spec.logins.map((login) => ({
      ...login,
      password: pulumi.secret(secrets[login.password] ?? ""),
    })),
  };
  const answer = (await pulumi.runtime.invoke(
    "slipway-platform:index:observe",
    { ...place, asked },
    {},
  )) as {
    /** JSON of an Observation. */
    observation?: string;
    faults?: Fault[];
    error?: string;
  };
  if (answer.observation) return JSON.parse(answer.observation) as Observation;
  if (answer.faults) throw new UserFaults(answer.faults, "This cannot be deployed");
  throw new UserFaults(
    [
      {
        path: spec.platform === "docker" ? "slipway:docker.host" : "slipway:kubernetes",
        what: `what is there cannot be read: ${answer.error}`,
        given: spec.platform === "docker" ? place.host : whereOf(place),
        cure:
          spec.platform === "docker"
            ? "Does it run, and may you use it (slipway doctor)? Nothing was changed"
            : "Does it run, and does this machine reach it? kubectl cluster-info tells. Nothing was changed",
      },
    ],
    "The platform cannot be reached",
  );
}

/** What is built, and what another stack of this host has built. */
function pushedOf({ services, registry }: ApplicationSpec): string[] {
  const isOnHost = (reference: string) =>
    registry?.onHost !== undefined && isAt(reference, registry.server);
  return services
    .filter(({ image }) => image.kind === "build" || isOnHost(image.reference))
    .map(({ image }) => image.reference);
}
