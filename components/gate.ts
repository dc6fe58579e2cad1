import type * as pulumi from "@pulumi/pulumi";
import type { HealthySlot, HostParts, Run, SlotParts } from "./platform";
import { GateResource } from "./resources";

/** What a candidate must pass before it gets traffic: workers that can start, health of every unit, smoke tests. */
export function gate(
  run: Run,
  host: HostParts,
  candidate: SlotParts,
  options: pulumi.CustomResourceOptions,
): HealthySlot {
  const resource = new GateResource(
    "gate",
    {
      ...host.place,
      slot: candidate.slot,
      release: candidate.release.id,
      units: candidate.units,
      trials: candidate.trials,
      smoke: candidate.smoke,
      digests: candidate.digests,
      timeout: run.spec.strategy.deployTimeout,
      secrets: run.secrets.values,
    },
    options,
  );
  // The only place that makes a HealthySlot.
  return { ...candidate, gate: resource } as SlotParts as HealthySlot;
}
