import { randomUUID } from "crypto";
import * as pulumi from "@pulumi/pulumi";
import { ADOPTED } from "../spec/adopt";
import { digestsOf } from "../spec/history";
import { resourceName } from "../spec/names";
import {
  other,
  type ApplicationSpec,
  type DeployPlan,
  type Git,
  type Observation,
} from "../spec/types";
import { gate } from "./gate";
import { type Builds, images } from "./image";
import type { HostParts, Run } from "./platform";
import { componentsOf } from "./platforms";
import { ReleaseRecord, Sweep } from "./resources";
import { bindSecrets } from "./secrets";
import { signatures } from "./supplyChain";
import { traffic } from "./traffic";

export interface EnvironmentArgs {
  spec: ApplicationSpec;
  plan: DeployPlan;
  observation: Observation;
  secrets: Record<string, string>;
  git: Git;
}

/** One application in one environment: what both slots share, the slots, the gate, the traffic. */
export class Environment extends pulumi.ComponentResource {
  /** Resolves once the traffic is where the plan wants it. */
  readonly traffic: pulumi.Resource;
  /** Pushed images of the release that serves then: service -> name@digest. */
  readonly images: Record<string, pulumi.Input<string>>;

  constructor(name: string, args: EnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Environment", name, {}, opts);
    const run: Run = {
      ...args,
      secrets: bindSecrets(args.secrets, args.spec.logins),
      attempt: randomUUID(),
    };
    const { plan } = run;
    const child = { parent: this };
    const platform = componentsOf(run.spec.platform);

    const host = platform.host(run, child);
    const records = retained(run, host, child);
    const builds = images(run, host, { ...child, dependsOn: host.images });
    const accessories = platform.accessories(run, host, child);
    this.images = pushedImages(run, builds.pushed);
    const signed = signatures(run, host, renders(plan), this.images, {
      ...child,
      dependsOn: builds.resources,
    });
    const sweep = emptied(run, host, {
      ...child,
      dependsOn: [...records, ...builds.resources, ...signed, ...accessories],
    });
    // After the sweep too, which does nothing to it: a slot depends on the same in each run, or else a
    // state that `--target` mixes from two of them has a resource before what it depends on.
    const kept = keptSlot(run);
    if (kept) platform.slot(run, host, { ...kept, sealed: true, after: [sweep] }, child);
    const target = platform.slot(
      run,
      host,
      {
        slot: plan.target,
        release: plan.release,
        sealed: !renders(plan),
        after: [sweep],
        digests: this.images,
      },
      child,
    );
    const healthy = gate(run, host, target, { ...child, dependsOn: [sweep] });
    this.traffic = traffic(run, host, healthy, child);
    const left = leftBehind(run, host, { ...child, dependsOn: [this.traffic] });
    platform.workers(run, host, target, left ?? this.traffic, child);
    this.registerOutputs({});
  }
}

/** Of the release, as its gate knew them; or as they are pushed in this run. */
function pushedImages({ plan, observation }: Run, pushed: Builds["pushed"]) {
  const { id, content } = plan.release;
  const known = digestsOf(observation.records.find((record) => record.id === id));
  const now = content.services.flatMap(({ name, image }) => {
    const digest = pushed[image.reference];
    return digest === undefined ? [] : [[name, digest] as const];
  });
  return { ...known, ...Object.fromEntries(now) };
}

/** Only these kinds make containers; any other run leaves what is there alone. */
const renders = ({ kind }: DeployPlan) => kind === "first" || kind === "deploy";

function retained(run: Run, host: HostParts, options: pulumi.CustomResourceOptions) {
  return run.plan.records.map(
    ({ id, content }) =>
      new ReleaseRecord(
        resourceName.release(id),
        { ...host.place, release: id, content },
        { ...options, dependsOn: host.ready },
      ),
  );
}

/** Everything that reality has in the slot to be filled, or left empty, whether the state knows of it or not. */
function emptied(run: Run, host: HostParts, options: pulumi.CustomResourceOptions) {
  const { plan, observation } = run;
  const slot = renders(plan) ? plan.target : other(plan.target);
  const goes = renders(plan) || (plan.kept === undefined && slot !== plan.serving);
  const remove = goes ? observation.slots[slot].containers.map((c) => c.id) : [];
  return new Sweep("sweep", { ...host.place, slot, remove }, options);
}

/** The end of an adoption: what the lost state had made goes, and the platform remembers that. */
function leftBehind(run: Run, host: HostParts, options: pulumi.CustomResourceOptions) {
  if (run.spec.adopt === undefined) return undefined;
  const settles = { resource: ADOPTED, unit: run.spec.adopt };
  const remove = run.plan.leaves ?? [];
  return new Sweep("sweep-left", { ...host.place, remove, settles }, options);
}

/** The other slot goes on as it is: it is declared from its record, and never rendered. */
function keptSlot({ plan, observation }: Run) {
  if (plan.kept === undefined) return undefined;
  const id = observation.slots[plan.kept].release;
  const record = observation.records.find((candidate) => candidate.id === id);
  if (!record) return undefined;
  const { content } = record;
  return {
    slot: plan.kept,
    release: { id: record.id, label: content.version ?? record.id, content },
  };
}
