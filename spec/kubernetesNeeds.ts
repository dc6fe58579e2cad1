import { objectsOf, type Named } from "./kubernetesNames";
import type { ApplicationSpec, ServiceSpec } from "./types";

/** What a run wants of its cluster: asked for beside the observation, so that what lacks is told before anything is changed. */
export interface ClusterNeeds {
  /** Verbs by resource, as kubectl writes them: `deployments.apps`, `pods/log`. */
  rights: Record<string, string[]>;
  /** No name = the cluster's default. Absent = none is used. */
  ingressClass?: { name?: string };
  /** The cluster knows HTTPRoutes. */
  gateway?: true;
  storageClass?: { name?: string; volumes: string[] };
  /** Objects that must not be somebody else's. */
  names: Named[];
}

const MADE = ["get", "list", "create", "patch", "delete"];

export function needsOf(spec: ApplicationSpec): ClusterNeeds {
  const { services, volumes, kubernetes } = spec;
  const named = (name: string | undefined) => (name === undefined ? {} : { name });
  const { ingress, gateway, storageClass } = kubernetes!;
  return {
    rights: rightsFor(spec),
    ...(ingress ? { ingressClass: named(ingress.class) } : {}),
    ...(gateway ? { gateway: true as const } : {}),
    ...(volumes.length > 0 ? { storageClass: { ...named(storageClass), volumes } } : {}),
    names: [
      { kind: "Service", name: spec.name, path: "slipway:name" },
      ...services.flatMap(objectsOf),
    ],
  };
}

/** Only for what this run uses: whoever rules a namespace gives no more than is asked for. */
function rightsFor({ services, volumes, secrets, logins, kubernetes }: ApplicationSpec) {
  const some = (test: (service: ServiceSpec) => boolean) => services.some(test);
  const madeIf = (is: boolean) => (is ? MADE : ["list"]);
  const rights: Record<string, string[] | false> = {
    namespaces: ["get"],
    "deployments.apps": MADE,
    "statefulsets.apps": madeIf(some(({ role }) => role === "accessory")),
    "jobs.batch": madeIf(
      some(({ role, release }) => role === "task" || role === "worker" || release !== undefined),
    ),
    "cronjobs.batch": madeIf(some(({ schedule }) => schedule !== undefined)),
    "horizontalpodautoscalers.autoscaling":
      some(({ autoscale }) => autoscale !== undefined) && MADE,
    services: MADE,
    configmaps: MADE,
    serviceaccounts: MADE,
    secrets: Object.keys(secrets).length + logins.length > 0 && MADE,
    persistentvolumeclaims: volumes.length > 0 ? ["get", "list", "create", "patch"] : ["list"],
    "networkpolicies.networking.k8s.io": MADE,
    "ingresses.networking.k8s.io": kubernetes?.ingress !== undefined && MADE,
    "httproutes.gateway.networking.k8s.io": kubernetes?.gateway !== undefined && MADE,
    "poddisruptionbudgets.policy":
      some(({ role, replicas, autoscale }) => role === "app" && (autoscale?.max ?? replicas) > 1) &&
      MADE,
    "endpointslices.discovery.k8s.io": ["list"],
    events: ["list"],
    pods: ["get", "list"],
    "pods/log": ["get"],
    "pods/proxy": some(({ smoke }) => smoke.length > 0) && ["get"],
  };
  return Object.fromEntries(
    Object.entries(rights).flatMap(([resource, verbs]) => (verbs ? [[resource, verbs]] : [])),
  );
}
