import type * as pulumi from "@pulumi/pulumi";
import { resourceName } from "../spec/names";
import type { ServiceSpec } from "../spec/types";
import type { HostParts, Run } from "./platform";
import { type Push, Scan, Sign, Signatures, Verify } from "./resources";

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
  const { logins, values } = run.secrets;
  const { reference } = image;
  const common = { ...place, reference, ...builtNow(run, reference), logins };
  const passed = [built];
  const options = () => ({ ...(parent ? { parent } : {}), dependsOn: [...passed] });
  if (supply.scan) {
    passed.push(new Scan(resourceName.scan(name), { ...common, ...supply.scan }, options()));
  }
  if (supply.verified.includes(name)) {
    const timeout = strategy.deployTimeout;
    const args = { ...common, service: tried(run, service), timeout, secrets: values };
    passed.push(new Verify(resourceName.verify(name), args, options()));
  }
  return passed;
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

export function signed(
  run: Run,
  { place }: HostParts,
  { name }: ServiceSpec,
  { digest }: Push,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { sign } = run.spec.supply;
  if (sign?.key === undefined) return [];
  const secret = (named: string) => run.secrets.bind({ parts: [{ secret: named }] });
  const args = {
    ...place,
    reference: digest,
    publicKey: sign.publicKey,
    key: secret(sign.key),
    ...(sign.password === undefined ? {} : { password: secret(sign.password) }),
    logins: run.secrets.logins,
  };
  return [new Sign(resourceName.sign(name), args, options)];
}

/** Of all that stands for a build in the release, built here or not, before its slot is touched. */
export function signatures(
  run: Run,
  { place }: HostParts,
  renders: boolean,
  digests: Record<string, pulumi.Input<string>>,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { sign } = run.spec.supply;
  if (sign === undefined) return [];
  const built = run.plan.release.content.services.filter(
    ({ image }) => image.kind === "build" || image.built === true,
  );
  const images = built.map(({ name, image }) => [name, digests[name] ?? image.reference] as const);
  const args = {
    ...place,
    images: renders ? Object.fromEntries(images) : {},
    publicKey: sign.publicKey,
    logins: run.secrets.logins,
  };
  return [new Signatures("signatures", args, options)];
}
