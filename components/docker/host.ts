import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import {
  LABEL,
  proxyVolume,
  recordsVolume,
  resourceName,
  PROXY_STATE_PATH,
  RECORDS_PATH,
} from "../../spec/names";
import { HTTP_PORT, HTTPS_PORT } from "../../spec/defaults";
import { edgeLabel, holderIsKnown, inTheWay, publishedPorts } from "../../spec/shared";
import { isSsh, SSH_OPTIONS } from "../../spec/ssh";
import type { EdgePlan } from "../../spec/types";
import type { HostParts, PlaceInputs, Run } from "../platform";
import { Claim, Identity, Images, Ready, Sweep } from "../resources";
import { backup } from "./backup";
import { hostRegistry } from "./hostRegistry";
import { neededImages } from "./images";
import { baseLabels, LASTING, labelList, physicalName } from "./container";
import { sealed } from "../sealed";

/** Seconds that a shared part (edge, accessory) may take to become healthy. */
export const SHARED_TIMEOUT = 120;

/** What a Docker host has beside the slots. */
export interface DockerHost extends HostParts {
  parent: pulumi.Resource;
  options: pulumi.CustomResourceOptions;
  claim: pulumi.Output<string>;
  /** Networks of the accessories, by Compose network. */
  shared: Record<string, docker.Network>;
  /** The edge's own network: only front doors join it. */
  edgeNetwork: docker.Network;
  swept: pulumi.Resource;
}

/** claim -> networks, records -> edge: constant inputs, so that no deploy ever changes them. */
export class Host extends pulumi.ComponentResource {
  readonly parts: DockerHost;

  constructor(run: Run, opts: pulumi.ComponentResourceOptions) {
    super("slipway:docker:Host", "host", {}, opts);
    const { spec } = run;
    const { opens } = run.plan.edge;
    const place: PlaceInputs = {
      platform: "docker",
      host: spec.docker.host,
      application: spec.name,
    };
    const provider = new docker.Provider(
      "docker",
      { host: spec.docker.host, ...sshOptions(spec.docker.host) },
      { parent: this },
    );
    const child = { parent: this, provider };
    const identity = new Identity(
      "identity",
      { ...place, ...(spec.adopt === undefined ? {} : { adopt: spec.adopt }) },
      { parent: this },
    );
    const claim = new Claim("claim", { ...place, claim: identity.id }, { parent: this });
    const claimed = { ...child, dependsOn: [claim] };
    const swept = new Sweep(
      "sweep-shared",
      {
        ...place,
        remove: inTheWay(run.observation, run.plan.accessories, run.plan.edge),
        ...(opens ? { opens: { bind: spec.docker.bind, ports: opens } } : {}),
      },
      { parent: this, dependsOn: [claim] },
    );
    const images = sentImages(run, place, { parent: this, dependsOn: [claim] });
    const registry = hostRegistry(run, place, { parent: this, dependsOn: [claim, ...images] });
    const image = new docker.RemoteImage(
      "image-edge",
      { name: spec.docker.proxyImage, keepLocally: true },
      { ...child, dependsOn: [claim, ...images] },
    );
    const edgeNetwork = network(run, "network-edge", claim.id, false, claimed);
    const shared = Object.fromEntries(
      composeNetworks(run).map(({ name, internal }) => {
        return [name, network(run, resourceName.sharedNetwork(name), claim.id, internal, claimed)];
      }),
    );
    const holder = recordsHolder(run, image, claimed);
    const edge = edgeContainer(run, image, edgeNetwork, {
      ...child,
      dependsOn: [swept, edgeVolume(run, claimed)],
    });
    const ready = new Ready(
      "ready-edge",
      {
        ...place,
        resource: "edge",
        unit: { id: edge.id, service: "edge" },
        timeout: SHARED_TIMEOUT,
        secrets: run.secrets.values,
      },
      { parent: this, dependsOn: [holder] },
    );
    const backups = backup(run, place, { parent: this, dependsOn: [ready, swept] });
    this.parts = {
      place,
      ready: [claim, holder, ready, ...registry, ...backups],
      images,
      registry,
      parent: this,
      options: child,
      claim: claim.id,
      shared,
      edgeNetwork,
      swept,
    };
    this.registerOutputs({});
  }
}

/** Another machine lacks what exists on this one only; a registry may want a login. */
function sentImages(run: Run, place: PlaceInputs, options: pulumi.CustomResourceOptions) {
  const { logins } = run.secrets;
  if (!isSsh(place.host) && logins.length === 0) return [];
  return [new Images("images", { ...place, references: neededImages(run), logins }, options)];
}

/** Those of this release and of what both slots hold: a kept slot still stands on its networks. */
function composeNetworks(run: Run) {
  const all = new Map<string, { name: string; internal: boolean }>();
  const contents = [...run.plan.records.map(({ content }) => content), run.plan.release.content];
  for (const { networks } of [...contents, run.spec]) {
    for (const item of networks) all.set(item.name, item);
  }
  if (all.size === 0) all.set("default", { name: "default", internal: false });
  return [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A network that is there is never touched; one that is gone is made anew whatever the state says. */
export function network(
  run: Run,
  logical: string,
  claim: pulumi.Input<string>,
  internal: boolean,
  options: pulumi.CustomResourceOptions,
): docker.Network {
  const args = {
    name: physicalName(run, logical.replace(/^network-/, "")),
    internal,
    labels: [
      { label: LABEL.application, value: run.spec.name },
      { label: LABEL.attempt, value: run.attempt },
      { label: LABEL.claim, value: claim },
      { label: LABEL.resource, value: logical },
    ],
  };
  const id = run.observation.networks[logical];
  if (id === undefined) return new docker.Network(logical, args, options);
  // The slot that serves stands on them: a state that was lost gets to know them as they are.
  const imported = run.observation.adopting ? { import: id } : {};
  return new docker.Network(logical, args, { ...sealed(args, options), ...imported });
}

/** Made and never started: the archive API reads and writes its volume, so records need nothing running. */
function recordsHolder(
  run: Run,
  image: docker.RemoteImage,
  options: pulumi.CustomResourceOptions,
): docker.Container {
  const args: docker.ContainerArgs = {
    name: physicalName(run, "records"),
    image: image.imageId,
    start: false,
    mustRun: false,
    networkMode: "none",
    labels: labelList(baseLabels(run, "records", "holder", "records")),
    volumes: [{ volumeName: recordsVolume(run.spec.name), containerPath: RECORDS_PATH }],
  };
  const there = holderIsKnown(run.observation) && !run.observation.adopting;
  return new docker.Container("records", args, there ? sealed(args, options) : options);
}

/** The proxy's table outlives its container, and goes with the application. */
function edgeVolume(run: Run, options: pulumi.CustomResourceOptions): docker.Volume {
  const args = {
    name: proxyVolume(run.spec.name),
    labels: [{ label: LABEL.application, value: run.spec.name }],
  };
  return new docker.Volume("volume-edge", args, sealed(args, options));
}

/** The only published ports of the application. */
function edgeContainer(
  run: Run,
  image: docker.RemoteImage,
  edgeNetwork: docker.Network,
  options: pulumi.CustomResourceOptions,
): docker.Container {
  const { edge } = run.plan;
  const args: docker.ContainerArgs = {
    name: physicalName(run, "edge"),
    image: image.imageId,
    ...LASTING,
    networksAdvanced: [{ name: edgeNetwork.name }],
    ports: portsOf(edge),
    volumes: [{ volumeName: proxyVolume(run.spec.name), containerPath: PROXY_STATE_PATH }],
    labels: labelList({
      ...baseLabels(run, "edge", "edge", "edge"),
      [LABEL.spec]: edgeLabel(edge),
    }),
  };
  const own = { ...options, deleteBeforeReplace: true };
  return new docker.Container("edge", args, edge.action === "keep" ? sealed(args, own) : own);
}

function portsOf(edge: EdgePlan) {
  const ports = publishedPorts(edge).map((external) => ({ internal: HTTP_PORT, external }));
  const https = edge.https ? [{ internal: HTTPS_PORT, external: HTTPS_PORT }] : [];
  return [...ports, ...https].map((published) => ({ ...published, ip: edge.bind }));
}

function sshOptions(host: string): { sshOpts?: string[] } {
  return isSsh(host) ? { sshOpts: [...SSH_OPTIONS] } : {};
}
