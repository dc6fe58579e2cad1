import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { LABEL } from "../../spec/names";
import { clusterOf, placeOf } from "../../spec/place";
import { edgeLabel, inTheWay, publishedPorts } from "../../spec/shared";
import type { HostParts, Run } from "../platform";
import { Claim, Identity, Ready, Sweep } from "../resources";
import { dns, metadata, options, unitId, type Way } from "./object";
import { frontPorts } from "./pod";
import { policies } from "./policies";
import { route } from "./route";

/** Seconds that a shared part (accessory) may take to become healthy. */
export const SHARED_TIMEOUT = 180;

/** What a namespace has beside the slots. */
export interface KubernetesHost extends HostParts {
  options: pulumi.CustomResourceOptions;
  account: pulumi.Output<string>;
  pullSecrets: { name: pulumi.Output<string> }[];
  swept: pulumi.Resource;
}

/** claim -> the one Service, and the Ingress before it: constant inputs, so that no deploy ever changes them. */
export class Host extends pulumi.ComponentResource {
  readonly parts: KubernetesHost;

  constructor(run: Run, opts: pulumi.ComponentResourceOptions) {
    super("slipway:kubernetes:Host", "host", {}, opts);
    const { spec, plan } = run;
    const place = placeOf(spec);
    const { context } = clusterOf(place.host);
    const provider = new kubernetes.Provider(
      "kubernetes",
      {
        ...(context === undefined ? {} : { context }),
        enableServerSideApply: true,
        // Else a change of values replaces them, and with them what runs on.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { parent: this },
    );
    const child = { parent: this, provider };
    const own = { parent: this };
    const adopt = spec.adopt === undefined ? {} : { adopt: spec.adopt };
    const identity = new Identity("identity", { ...place, ...adopt }, own);
    const claim = new Claim("claim", { ...place, claim: identity.id }, own);
    const claimed = { ...child, dependsOn: [claim] };
    const remove = inTheWay(run.observation, plan.accessories, plan.edge);
    const swept = new Sweep("sweep-shared", { ...place, remove }, { ...own, dependsOn: [claim] });
    const account = serviceAccount(run, claimed);
    const edge = edgeService(run, { ...child, dependsOn: [swept] });
    const ready = new Ready(
      "ready-edge",
      {
        ...place,
        resource: EDGE,
        unit: { id: unitId("service", edge), service: "edge" },
        timeout: SHARED_TIMEOUT,
        secrets: run.secrets.values,
      },
      own,
    );
    ingress(run, edge, child);
    route(run, edge, child);
    policies(run, claimed);
    this.parts = {
      place,
      ready: [claim, ready],
      images: [],
      registry: [],
      options: child,
      account: account.metadata.name,
      pullSecrets: pullSecrets(run, claimed),
      swept,
    };
    this.registerOutputs({});
  }
}

const EDGE = "edge";

/** Pods have no business with the API server. */
function serviceAccount(run: Run, own: pulumi.CustomResourceOptions) {
  const args = {
    metadata: metadata(run, {
      name: run.spec.name,
      resource: "account",
      role: "account",
    }),
    automountServiceAccountToken: false,
  };
  return new kubernetes.core.v1.ServiceAccount("account", args, options("plain", args, own));
}

/** Logins at registries, as nodes use them to pull. */
function pullSecrets(run: Run, own: pulumi.CustomResourceOptions) {
  const { logins } = run.secrets;
  if (logins.length === 0) return [];
  const auths = pulumi
    .all(logins.map(({ address, username, password }) => ({ address, username, password })))
    .apply((all) =>
      JSON.stringify({
        auths: Object.fromEntries(
          all.map(({ address, username, password }) => [address, { username, password }]),
        ),
      }),
    );
  const name = dns("slipway", run.spec.name, "pull");
  const args = {
    metadata: metadata(run, { name, resource: "pull-secret", role: "secret" }),
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": auths },
  };
  const closed = { ...own, additionalSecretOutputs: ["stringData", "data"] };
  const made = new kubernetes.core.v1.Secret("pull-secret", args, options("plain", args, closed));
  return [{ name: made.metadata.name }];
}

/** The one that takes the traffic. Which front door it leads to is written by Traffic alone: nothing here names a selector. */
function edgeService(run: Run, own: pulumi.CustomResourceOptions): kubernetes.core.v1.Service {
  const { spec, plan } = run;
  const { expose, nodePort } = spec.kubernetes!;
  const ways: Record<typeof plan.edge.action, Way> = {
    create: "anew",
    change: "changed",
    keep: "asItIs",
  };
  const ports = frontPorts(plan.edge).map((port, index) => ({
    ...port,
    ...(index === 0 && nodePort !== undefined && expose === "NodePort" ? { nodePort } : {}),
  }));
  const args = {
    metadata: metadata(run, {
      name: spec.name,
      resource: EDGE,
      role: "edge",
      annotations: { [LABEL.spec]: edgeLabel(plan.edge) },
    }),
    spec: { type: expose, ports },
  };
  return new kubernetes.core.v1.Service(EDGE, args, options(ways[plan.edge.action], args, own));
}

function ingress(
  run: Run,
  edge: kubernetes.core.v1.Service,
  own: pulumi.CustomResourceOptions,
): void {
  const { kubernetes: settings, domains, name } = run.spec;
  const wanted = settings?.ingress;
  if (!wanted) return;
  const [port] = publishedPorts(run.plan.edge);
  const service = { name: edge.metadata.name, port: { number: port! } };
  const http = { paths: [{ path: "/", pathType: "Prefix", backend: { service } }] };
  const rules = domains.length === 0 ? [{ http }] : domains.map((host) => ({ host, http }));
  const args = {
    metadata: metadata(run, {
      name,
      resource: "ingress",
      role: "ingress",
      annotations: wanted.annotations,
    }),
    spec: {
      ...(wanted.class === undefined ? {} : { ingressClassName: wanted.class }),
      ...(wanted.tlsSecret === undefined
        ? {}
        : { tls: [{ hosts: domains, secretName: wanted.tlsSecret }] }),
      rules,
    },
  };
  new kubernetes.networking.v1.Ingress("ingress", args, options("plain", args, own));
}
