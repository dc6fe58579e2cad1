import type * as pulumi from "@pulumi/pulumi";
import { keptImages } from "../../spec/hostRegistry";
import type { PlaceInputs, Run } from "../platform";
import { HostRegistry } from "../resources";

/** Whether this run has to make the registry on the host, or to start it. */
export const isMade = ({ observation }: Run): boolean =>
  observation.hostRegistry?.state !== "running";

/** The registry on the host, where images go that have no other. */
export function hostRegistry(
  run: Run,
  place: PlaceInputs,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { spec, plan, observation } = run;
  if (!spec.registry?.onHost) return [];
  const { store } = observation.hostRegistry ?? {};
  const args = {
    ...place,
    server: spec.registry.server,
    ...spec.registry.onHost,
    ...(isMade(run) ? { make: run.attempt } : { store }),
    keeps: keptImages(spec, plan, observation),
    logins: run.secrets.logins,
  };
  return [new HostRegistry("host-registry", args, options)];
}
