import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { MountedFile, ServiceSpec, Text } from "../../spec/types";
import type { Run } from "../platform";
import { type About, dns, metadata, options, type Way } from "./object";

/** What a pod gets of its service's values. */
export interface Config {
  environment: object[];
  volumes: { name: string; [source: string]: pulumi.Input<object> | string }[];
  /** Logical names of what was made for it. */
  resources: string[];
}

const FILES = "files";

const isPlain = (text: Text): text is string => typeof text === "string";
const keyOf = (index: number) => `file-${index}`;

/**
 * Environment and files of a service: what holds no secret in ConfigMaps, where everybody can read it, what holds one in
 * Secrets. Not in the pod itself: there `$(NAME)` would be filled in, and everybody who may see pods would see it.
 */
export function config(
  run: Run,
  service: ServiceSpec,
  about: About,
  ofPods: Way,
  own: pulumi.CustomResourceOptions,
): Config {
  // Pods that change in place may have the same values as before.
  const way = ofPods === "changed" ? "plain" : ofPods;
  const variables = Object.entries(service.environment);
  const files = service.files.map(({ content }, index) => [keyOf(index), content] as const);
  const resources: string[] = [];
  const make = (kind: "configmap" | "secret", part: string, all: (readonly [string, Text])[]) => {
    const isSecret = kind === "secret";
    const chosen = all.filter(([, text]) => isPlain(text) !== isSecret);
    if (chosen.length === 0) return [];
    const data = Object.fromEntries(chosen.map(([key, text]) => [key, run.secrets.bind(text)]));
    const resource = `${kind}-${about.resource}-${part}`;
    resources.push(resource);
    const meta = metadata(run, { ...about, name: dns(about.name, part), resource, role: kind });
    if (!isSecret) {
      const args = { metadata: meta, data };
      const made = new kubernetes.core.v1.ConfigMap(resource, args, options(way, args, own));
      return [made.metadata.name];
    }
    const args = { metadata: meta, stringData: data };
    const closed = { ...own, additionalSecretOutputs: ["stringData", "data"] };
    const made = new kubernetes.core.v1.Secret(resource, args, options(way, args, closed));
    return [made.metadata.name];
  };
  const environment = [
    ...make("configmap", "env", variables).map((name) => ({ configMapRef: { name } })),
    ...make("secret", "env", variables).map((name) => ({ secretRef: { name } })),
  ];
  const items = (isSecret: boolean) =>
    service.files.flatMap(({ content, mode }, index) =>
      isPlain(content) === isSecret
        ? []
        : [{ key: keyOf(index), path: keyOf(index), mode: parseInt(mode, 8) }],
    );
  const sources = [
    ...make("configmap", FILES, files).map((name) => ({
      configMap: { name, items: items(false) },
    })),
    ...make("secret", FILES, files).map((name) => ({ secret: { name, items: items(true) } })),
  ];
  const volumes = sources.length === 0 ? [] : [{ name: FILES, projected: { sources } }];
  return { environment, volumes, resources };
}

/** One file at its path, beside what the image has there. */
export const mountOf = ({ path }: MountedFile, index: number) => ({
  name: FILES,
  mountPath: path,
  subPath: keyOf(index),
  readOnly: true,
});
