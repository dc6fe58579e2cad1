import * as pulumi from "@pulumi/pulumi";
import { digestsOf } from "../spec/history";
import { placeOf } from "../spec/place";
import { reachOf } from "../spec/tls";
import { urlsOf } from "../spec/urls";
import type { Environment } from "./environment";
import type {
  ApplicationSpec,
  DeployPlan,
  Observation,
  Plan,
  ReleaseContent,
  Slot,
} from "../spec/types";

/** The plan as one block, before anything happens; also in previews. */
export function show(plan: Plan): void {
  if (plan.kind === "refused") return;
  void pulumi.log.info(plan.summary.join("\n"));
  for (const warning of plan.warnings) void pulumi.log.warn(warning);
}

/**
 * What the stack tells others. It informs; the next run asks reality again. Waits for the traffic: a
 * failed update must not tell of a release that serves nobody.
 */
export function outputs(
  spec: ApplicationSpec,
  plan: DeployPlan,
  { traffic, images }: Pick<Environment, "traffic" | "images">,
) {
  const after = told(spec, plan, plan.target, plan.release);
  const moved = <T>(value: T) => pulumi.all([traffic.urn, value]).apply(([, known]) => known);
  return {
    ...after,
    active: moved(after.active),
    ...(Object.keys(images).length > 0 ? { images: moved(images) } : {}),
  };
}

/** What is true as the run begins, and stays true when it fails: told at once. */
export function tellPresent(
  spec: ApplicationSpec,
  plan: DeployPlan,
  observation: Observation,
): void {
  const stack = pulumi.runtime.getStackResource();
  const { serving } = plan;
  const id = serving && observation.slots[serving].release;
  const record = observation.records.find((candidate) => candidate.id === id);
  if (!stack || !serving || !record || plan.kind === "steady") return;
  const images = digestsOf(record);
  pulumi.runtime.registerResourceOutputs(stack, {
    ...told(spec, plan, serving, record),
    ...(Object.keys(images).length > 0 ? { images } : {}),
  });
}

function told(
  spec: ApplicationSpec,
  plan: DeployPlan,
  active: Slot,
  { id, content }: { id: string; content: ReleaseContent },
) {
  const urls = urlsOf(placeOf(spec).host, reachOf(spec), content);
  return {
    url: urls[0] ?? "",
    urls,
    active,
    release: id,
    version: content.version ?? id,
    plan: plan.summary.join("\n"),
    records: plan.records.map((record) => ({
      release: record.id,
      version: record.content.version ?? record.id,
    })),
  };
}
