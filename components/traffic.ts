import * as pulumi from "@pulumi/pulumi";
import { hasServed } from "../spec/history";
import { reachOf } from "../spec/tls";
import type { HealthySlot, HostParts, Run } from "./platform";
import { TrafficResource } from "./resources";

/** One write decides which slot serves the whole application. */
export function traffic(
  run: Run,
  host: HostParts,
  healthy: HealthySlot,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const { strategy } = run.spec;
  const { serving, rolledBackFrom } = run.plan;
  return new TrafficResource(
    "traffic",
    {
      ...host.place,
      table: {
        slot: healthy.slot,
        release: healthy.release.id,
        targets: pulumi.all(healthy.targets),
        healthPath: healthy.healthPath,
        deployTimeout: strategy.deployTimeout,
        drainTimeout: strategy.drainTimeout,
        ...(run.plan.kept !== undefined && run.plan.kept === serving ? { keepsLeft: true } : {}),
        reach: reachOf(run.spec),
        ...(run.spec.maintenance === undefined ? {} : { maintenance: run.spec.maintenance }),
        ...ownCertificate(run),
      },
      expected: serving === undefined ? {} : { slot: serving },
      ...(rolledBackFrom === undefined ? {} : { rolledBackFrom }),
      ...(strategy.canary && !servedBefore(run, healthy.release.id)
        ? { canary: { steps: strategy.canary, units: healthy.units } }
        : {}),
    },
    { ...options, dependsOn: [healthy.gate, ...host.ready] },
  );
}

/** What is gone back to needs no canary. */
function servedBefore({ observation }: Run, release: string): boolean {
  const record = observation.records.find(({ id }) => id === release);
  return record !== undefined && hasServed(record);
}

function ownCertificate({ spec, secrets }: Run) {
  const own = spec.tls?.certificate;
  if (!own) return {};
  const value = (secret: string) => secrets.bind({ parts: [{ secret }] });
  return { pem: { cert: value(own.cert), key: value(own.key) } };
}
