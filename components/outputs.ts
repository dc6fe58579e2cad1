import * as pulumi from "@pulumi/pulumi";
import type { ApplicationSpec, DeployPlan, IngressRule, Plan } from "../spec/types";

/** The plan as one block, before anything happens; also in previews. */
export function show(plan: Plan): void {
  if (plan.kind === "refused") return;
  void pulumi.log.info(plan.summary.join("\n"));
  for (const warning of plan.warnings) void pulumi.log.warn(warning);
}

/**
 * What the stack tells others. It informs; the next run asks reality again. All of it waits for the
 * traffic: a failed update must not tell of a release that serves nobody.
 */
export function outputs(spec: ApplicationSpec, plan: DeployPlan, traffic: pulumi.Resource) {
  const { release } = plan;
  const urls = [...new Set(release.content.ingress.map((rule) => urlOf(spec, rule)))];
  return {
    url: urls[0] ?? "",
    urls,
    active: pulumi.output(traffic.urn).apply(() => plan.target),
    release: release.id,
    version: release.label,
    plan: plan.summary.join("\n"),
    records: plan.records.map(({ id, content }) => ({
      release: id,
      version: content.version ?? id,
    })),
  };
}

function urlOf(spec: ApplicationSpec, rule: IngressRule): string {
  const { host } = spec.docker;
  const machine = host.startsWith("unix://") ? "localhost" : new URL(host).hostname;
  const port = rule.publishedPort === 80 ? "" : `:${rule.publishedPort}`;
  return `http://${rule.host ?? machine}${port}${rule.path}`;
}
