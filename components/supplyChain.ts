import type * as pulumi from "@pulumi/pulumi";
import { resourceName } from "../spec/names";
import type { ServiceSpec } from "../spec/types";
import type { HostParts, Run } from "./platform";
import { Verify } from "./resources";

/** What a built image has to pass between its build and the first candidate that runs it. */

/** Differs in each run that finds the image neither on the platform nor in its registry. */
export const builtNow = ({ observation, attempt }: Run, reference: string): { built?: string } =>
  observation.builds.includes(reference) ? {} : { built: attempt };

/** Before it gets a tag in its registry, or a slot. Returns what those wait for. */
export function checked(
  run: Run,
  { place }: HostParts,
  service: ServiceSpec,
  built: pulumi.Resource,
  { parent }: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { supply, strategy } = run.spec;
  const { name, image } = service;
  if (!supply.verified.includes(name)) return [built];
  const verified = new Verify(
    resourceName.verify(name),
    {
      ...place,
      reference: image.reference,
      ...builtNow(run, image.reference),
      service: tried(run, service),
      timeout: strategy.deployTimeout,
      logins: run.secrets.logins,
      secrets: run.secrets.values,
    },
    { ...(parent ? { parent } : {}), dependsOn: [built] },
  );
  return [built, verified];
}

/** Without what differs between machines: where the sources lie, and why it has its role. */
function tried(run: Run, { image: _image, reason: _reason, ...service }: ServiceSpec) {
  const environment = Object.fromEntries(
    Object.entries(service.environment).map(([name, text]) => [name, run.secrets.bind(text)]),
  );
  const files = service.files.map((file) => ({ ...file, content: run.secrets.bind(file.content) }));
  // A name that cannot be looked up ends many a proxy before it has begun; behind these is nobody.
  const others = run.spec.services.filter(({ name }) => name !== service.name);
  const extraHosts = [
    ...service.extraHosts,
    ...others.map(({ name }) => ({ host: name, ip: "127.0.0.1" })),
  ];
  return { ...service, environment, files, extraHosts };
}
