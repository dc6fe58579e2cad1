import type * as pulumi from "@pulumi/pulumi";
import type {
  ApplicationSpec,
  DeployPlan,
  Git,
  HealthCheck,
  Observation,
  Release,
  Slot,
  SmokeCheck,
  Text,
} from "../spec/types";

/** Everything that one run is about; handed down to each component. */
export interface Run {
  spec: ApplicationSpec;
  plan: DeployPlan;
  observation: Observation;
  /** Binds texts to today's secret values. */
  secrets: Secrets;
  git: Git;
  /** Differs in each run; what is rendered in this run carries it. */
  attempt: string;
}

export interface Secrets {
  /** The text with its secrets filled in; an Output that stays secret when there are any. */
  bind(text: Text): pulumi.Input<string>;
  /** All values, secret: the provider masks them in what its errors quote. */
  values: pulumi.Input<string[]>;
  /** At registries, with today's passwords. */
  logins: { address: string; username: string; password: pulumi.Output<string> }[];
}

/** Where our provider's resources do their work. */
export interface PlaceInputs {
  platform: string;
  host: string;
  application: string;
}

/** One container or pod that the gate looks at. */
export interface UnitInputs {
  id: pulumi.Input<string>;
  service: string;
  health?: HealthCheck;
}

/** What runs in a slot, and its one front door. */
export interface SlotParts {
  slot: Slot;
  release: Release;
  units: UnitInputs[];
  /** A double of each worker, which itself starts after the flip: made, never at work. */
  trials: { id: pulumi.Input<string>; service: string }[];
  smoke: { id: pulumi.Input<string>; service: string; check: SmokeCheck }[];
  /** What the traffic goes to: names of the front door's units, with port. */
  targets: pulumi.Input<string>[];
  /** Pushed images, by service: name@digest. */
  digests: Record<string, pulumi.Input<string>>;
  healthPath: string;
}

/** What both slots stand on. */
export interface HostParts {
  place: PlaceInputs;
  /** What everything else waits for: the claim is ours, the edge and the records are there. */
  ready: pulumi.Resource[];
  /** What a build waits for: the images that it stands on are there. */
  images: pulumi.Resource[];
  /** What a push waits for besides: a registry of ours. */
  registry: pulumi.Resource[];
}

declare const gated: unique symbol;

/** A slot that has passed the gate. Only the gate makes one, and traffic takes nothing else. */
export interface HealthySlot extends SlotParts {
  readonly [gated]: true;
  readonly gate: pulumi.Resource;
}

export interface SlotArgs {
  slot: Slot;
  release: Release;
  /** Declared as it is, never rendered anew. */
  sealed: boolean;
  after: pulumi.Resource[];
  /** Pushed images, by service: name@digest. */
  digests?: SlotParts["digests"];
}

/** What each platform builds; the same nouns on all of them. */
export interface PlatformComponents {
  host(run: Run, options: pulumi.ComponentResourceOptions): HostParts;
  /** Resolves to what the slots wait for. */
  accessories(
    run: Run,
    host: HostParts,
    options: pulumi.ComponentResourceOptions,
  ): pulumi.Resource[];
  slot(
    run: Run,
    host: HostParts,
    args: SlotArgs,
    options: pulumi.ComponentResourceOptions,
  ): SlotParts;
  workers(
    run: Run,
    host: HostParts,
    target: SlotParts,
    traffic: pulumi.Resource,
    options: pulumi.ComponentResourceOptions,
  ): void;
}
