import { differences } from "./differences";
import { lockText } from "./lock";
import { maintenanceLines } from "./maintenance";
import { openPorts } from "./shared";
import { reachLines } from "./tls";
import type { ApplicationSpec, DeployPlan, Observation, Release } from "./types";

/** The plan in words: one block, the same in a preview, an update and the outputs. */
export function summary(
  spec: ApplicationSpec,
  plan: DeployPlan,
  observation: Observation,
): string[] {
  const { kind, target, release, serving } = plan;
  const name = release.label === release.id ? release.id : `${release.label} (${release.id})`;
  const lines = {
    first: [`first deploy: release ${name} into ${target}, then it gets the traffic`],
    deploy: [
      `deploy: release ${name} into ${target}; the traffic moves ${serving ?? "nothing"} -> ${target} after its gate`,
    ],
    flip: [
      `flip: release ${name} runs in ${target} already; only the traffic moves ${serving ?? "nothing"} -> ${target}`,
    ],
    steady: [`steady: release ${name} serves from ${target}; nothing to deploy`],
    restore: [
      `restore: nothing serves, but release ${name} runs in ${target}: it gets its traffic back`,
    ],
  }[kind];
  const current = serving && observation.slots[serving].release;
  const from = observation.records.find((record) => record.id === current)?.content;
  if (from && kind !== "steady") {
    lines.push(...differences(from, release.content).map((line) => `  ${line}`));
  }
  if (observation.adopting) {
    lines.push(
      "the state was lost: edge and accessories are made anew on their data (a short interruption), what it had made is removed",
    );
  }
  for (const [accessory, action] of Object.entries(plan.accessories)) {
    if (action === "change") lines.push(`this restarts "${accessory}", which both slots use`);
  }
  if (plan.edge.action === "change") {
    lines.push(
      `the edge is re-created with ports ${openPorts(plan.edge).join(", ")}: a short interruption`,
    );
  }
  lines.push(...reachLines(spec, observation), ...maintenanceLines(spec, observation));
  const { state, lacking } = observation.slots[target];
  if (kind === "steady" && state === "incomplete") {
    lines.push(`not running: ${lacking.join(", ")}; mended by the first run after maintenance`);
  }
  if (plan.rolledBackFrom !== undefined) {
    lines.push(
      `release ${plan.rolledBackFrom} is held from now on; tasks that it ran are not undone`,
    );
  }
  return lines;
}

export function warnings(
  spec: ApplicationSpec,
  plan: DeployPlan,
  selected: Release,
  { lock }: Observation,
): string[] {
  const found = [...spec.warnings];
  if (lock) found.push(`deploys are locked by ${lockText(lock)}`);
  if (spec.adopt !== undefined && plan.leaves === undefined) {
    found.push("slipway:adopt has done its work: pulumi config rm adopt");
  }
  if (plan.kind === "restore" && plan.release.id !== selected.id) {
    found.push(
      `run "pulumi up" again for release ${selected.label}: this run only restores the traffic`,
    );
  }
  const described = new Set(spec.services.map((service) => service.name));
  const dropped = Object.keys(plan.accessories).filter((name) => !described.has(name));
  if (dropped.length > 0) {
    found.push(
      `${dropped.join(", ")}: no longer described, but kept while a retained release names it`,
    );
  }
  if (
    spec.release !== undefined &&
    spec.version !== undefined &&
    spec.version !== plan.release.content.version
  ) {
    found.push(
      `slipway:release pins ${plan.release.label}; version ${spec.version} is not deployed while it is set (pulumi config rm release)`,
    );
  }
  return found;
}
