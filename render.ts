import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { Environment } from "./components/environment";
import { UserFaults } from "./spec/fault";
import { isMap, type Tree } from "./spec/field";
import { LABEL } from "./spec/names";
import { makePlan } from "./spec/plan";
import { releaseOf } from "./spec/release";
import type { ApplicationSpec, Git, Observation, ObservedSlot } from "./spec/types";

/** What stands for a secret value. */
const SECRET = "[secret]";
/** Of Pulumi's wire format. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/**
 * The manifests that a first deploy applies, by the components themselves: they run against an engine that makes nothing
 * and asks nobody. No secret value is in them, for none is handed over.
 */
export async function manifests(
  { release: _release, adopt: _adopt, force: _force, ...spec }: ApplicationSpec,
  secrets: readonly string[],
  git: Git,
): Promise<string> {
  const release = releaseOf(spec);
  const plan = makePlan(spec, release, NOTHING_THERE);
  if (plan.kind === "refused") throw new UserFaults(plan.faults, "This cannot be deployed");
  const objects: Tree[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => {
        const opened = plain(inputs) as Tree;
        if (type.startsWith("kubernetes:")) objects.push(opened);
        return { id: name, state: stateOf(type, opened) };
      },
      call: () => ({}),
    },
    "slipway",
    spec.environment,
  );
  const values = Object.fromEntries(secrets.map((name) => [name, SECRET]));
  new Environment(spec.name, { spec, plan, observation: NOTHING_THERE, secrets: values, git });
  await pulumi.runtime.disconnect();
  const documents = objects.sort(byKind).map((object) => document(object, release.id));
  return [header(spec, release.id), ...documents].join("---\n").trimEnd();
}

const EMPTY: ObservedSlot = { state: "empty", containers: [], lacking: [] };
const NOTHING_THERE: Observation = {
  engine: "",
  slots: { blue: EMPTY, green: EMPTY },
  records: [],
  accessories: [],
  workers: [],
  holders: [],
  throwaways: [],
  builds: [],
  networks: {},
  settled: {},
};

/** What the cluster or a registry would have said. */
function stateOf(type: string, inputs: Tree): Tree {
  if (type.endsWith(":Push")) return { ...inputs, digest: inputs.reference };
  if (type !== "kubernetes:core/v1:Service") return inputs;
  const { name } = inputs.metadata as { name: string };
  return {
    ...inputs,
    spec: { clusterIP: `[address of ${name}]`, ...(inputs.spec as Tree) },
  };
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isMap(value)) return value;
  if (SIGNATURE in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

const ORDER = [
  "ServiceAccount",
  "Secret",
  "ConfigMap",
  "PersistentVolumeClaim",
  "NetworkPolicy",
  "Service",
  "StatefulSet",
  "Job",
  "Deployment",
];

/** As they could be applied; those that are not in the list follow. */
function byKind(one: Tree, another: Tree): number {
  const rank = ({ kind }: Tree) => ORDER.indexOf(String(kind)) + 1 || ORDER.length + 1;
  const key = ({ kind, metadata }: Tree) =>
    `${String(kind)} ${(metadata as { name: string }).name}`;
  return rank(one) - rank(another) || (key(one) < key(another) ? -1 : 1);
}

function header(spec: ApplicationSpec, release: string): string {
  const { name, environment, kubernetes, secrets } = spec;
  const isSealed = Object.keys(secrets).length > 0;
  return [
    `# ${name}, ${environment}: release ${release} as a first deploy makes it, in slot blue.`,
    `# For review: slipway deploy applies it in its own order, with a gate before the traffic.`,
    `# Namespace ${kubernetes!.namespace} is made where it is not there. Addresses, secrets and digests come with the deploy.`,
    ...(isSealed
      ? ["# The values of secrets count in a release's id: that of a deploy is another."]
      : []),
    "",
  ].join("\n");
}

function document({ apiVersion, kind, metadata, ...rest }: Tree, release: string): string {
  const { annotations, ...about } = metadata as { annotations: Record<string, string> };
  const kept = Object.entries(annotations).filter(
    ([key]) => key !== LABEL.attempt && !key.startsWith("pulumi.com/"),
  );
  const told = kept.map(([key, text]) => [key, key === LABEL.record ? "[its content]" : text]);
  const object = {
    apiVersion,
    kind,
    metadata: { ...about, ...(told.length > 0 ? { annotations: Object.fromEntries(told) } : {}) },
    ...rest,
  };
  const remark = remarkOn(object, release);
  return `${remark === undefined ? "" : `# ${remark}\n`}${stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })}`;
}

/** What is done to it later, by the deploy itself. */
function remarkOn({ kind, metadata }: Tree, release: string): string | undefined {
  const { labels } = metadata as { labels: Record<string, string> };
  if (labels[LABEL.role] === "edge") {
    return `When the slot has passed its gate: selector {${LABEL.front}: blue-${release}}`;
  }
  if (kind === "Job") return "When it is its turn: suspend: false";
  return undefined;
}
