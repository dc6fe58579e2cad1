import type { ClusterNeeds } from "../../spec/kubernetesNeeds";
import { LABEL } from "../../spec/names";
import type { Fault } from "../../spec/types";
import { Refusal } from "../platform";
import { readable, type Client, type KubernetesObject } from "./client";
import { lackingRights } from "./rights";

/** What the cluster lacks of what this run wants, all of it at once. @throws Refusal */
export async function checkNeeds(
  client: Client,
  application: string,
  needs: ClusterNeeds,
): Promise<void> {
  const rights = await lackingRights(client, needs.rights);
  // What may not be looked at is not looked for.
  const looks = await Promise.all([
    ingressClass(client, needs),
    gateway(client, needs),
    storageClass(client, application, needs),
    strangers(client, application, needs),
  ]);
  const faults = [...rights, ...looks.flat()];
  if (faults.length > 0) throw new Refusal(faults);
}

const namesOf = (objects: KubernetesObject[]) =>
  objects.map(({ metadata }) => metadata!.name!).sort();
const list = (names: string[]) => names.join(", ") || "the cluster has none";

async function ingressClass(client: Client, { ingressClass: wanted }: ClusterNeeds) {
  if (wanted === undefined) return [];
  const classes = await readable<KubernetesObject>(
    client,
    "/apis/networking.k8s.io/v1/ingressclasses",
  );
  if (classes === undefined) return [];
  const path = "slipway:kubernetes.ingress.class";
  return classFaults(wanted.name, classes, "ingressclass.kubernetes.io/is-default-class", {
    path,
    cure: `pulumi config set --path ${path} NAME, or install an ingress controller`,
    what: "an Ingress",
  });
}

async function gateway(client: Client, needs: ClusterNeeds): Promise<Fault[]> {
  const group = "/apis/gateway.networking.k8s.io/v1";
  if (!needs.gateway || (await client.find(group)) !== undefined) return [];
  return [
    {
      path: "slipway:kubernetes.gateway",
      what: "the cluster knows no HTTPRoute (gateway.networking.k8s.io/v1)",
      cure: "Install the Gateway API's definitions with a controller for it, or use slipway:kubernetes.ingress",
    },
  ];
}

/** Of claims that are still to be made. */
async function storageClass(client: Client, application: string, needs: ClusterNeeds) {
  const wanted = needs.storageClass;
  if (wanted === undefined) return [];
  const [classes, claims, volumes] = await Promise.all([
    readable<KubernetesObject>(client, "/apis/storage.k8s.io/v1/storageclasses"),
    client.list<KubernetesObject>(
      client.path("persistentvolumeclaims"),
      `${LABEL.application}=${application}`,
    ),
    readable<{ spec?: { storageClassName?: string } }>(client, "/api/v1/persistentvolumes"),
  ]);
  if (classes === undefined || claims.length >= wanted.volumes.length) return [];
  // Made by hand, for claims that name no class.
  const isByHand = volumes?.some(({ spec }) => !spec?.storageClassName);
  if (wanted.name === undefined && isByHand) return [];
  const path = "slipway:kubernetes.storageClass";
  return classFaults(wanted.name, classes, "storageclass.kubernetes.io/is-default-class", {
    path,
    cure: `pulumi config set --path ${path} NAME`,
    what: `the claims of ${wanted.volumes.join(", ")}`,
  });
}

function classFaults(
  name: string | undefined,
  classes: KubernetesObject[],
  annotation: string,
  { path, cure, what }: { path: string; cure: string; what: string },
): Fault[] {
  const allowed = list(namesOf(classes));
  if (name !== undefined) {
    if (namesOf(classes).includes(name)) return [];
    return [{ path, what: "is no class of the cluster", given: name, allowed, cure }];
  }
  if (classes.some(({ metadata }) => metadata?.annotations?.[annotation] === "true")) return [];
  const without = `says nothing, and no class is the cluster's default: ${what} would wait for ever`;
  return [{ path, what: without, allowed, cure }];
}

const KINDS = [
  { kind: "workload", word: "Deployment", group: "apps/v1", plural: "deployments" },
  { kind: "workload", word: "StatefulSet", group: "apps/v1", plural: "statefulsets" },
  { kind: "Service", word: "Service", group: undefined, plural: "services" },
] as const;

/** What has one of our names and is not ours would be taken over without a word. */
async function strangers(client: Client, application: string, { names }: ClusterNeeds) {
  const selector = encodeURIComponent(`${LABEL.application}!=${application}`);
  const found = await Promise.all(
    KINDS.map(async ({ kind, word, group, plural }) => {
      const path = `${client.path(plural, group)}?labelSelector=${selector}`;
      const theirs = (await readable<KubernetesObject>(client, path)) ?? [];
      return theirs.flatMap(({ metadata }): Fault[] => {
        const ours = names.find((one) => one.kind === kind && one.name === metadata?.name);
        if (ours === undefined) return [];
        const owner = metadata?.labels?.[LABEL.application];
        return [
          {
            path: ours.path,
            what: `${word} ${ours.name} is in namespace ${client.namespace} already, and ${owner === undefined ? "not made by Slipway" : `of application ${owner}`}`,
            cure: "Take a namespace of its own: pulumi config set --path slipway:kubernetes.namespace NAME",
          },
        ];
      });
    }),
  );
  return found.flat();
}
