import type { EngineEvent } from "@pulumi/pulumi/automation";
import { InvalidArgumentError } from "commander";

import { explained } from "./explained";
import { stackCommand } from "./options";
import { COMMENT_LIMIT, printedPreview } from "./printPreview";
import type { Finding } from "./report";
import { CODE, type Result, type Surroundings } from "./run";
import { namedStack } from "./subject";
import { update } from "./update";

/** What `preview --json` prints. A key never changes its meaning; new ones may come. */
export interface PreviewReport {
  format: 1;
  stack: string;
  ok: boolean;
  /** The release plan, a line each. */
  plan: string[];
  /** Resources by what would be done to them. */
  changes: Record<string, number>;
  /** Those to which something would be done. `properties`: names of what differs. */
  resources: { op: string; type: string; name: string; properties?: string[] }[];
  warnings: string[];
  faults: Finding[];
}

interface Options {
  stack: string;
  json?: boolean;
  markdown?: boolean;
  limit: number;
}

/** `slipway preview`: the release plan first, resources after. */
export async function preview(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "preview",
    "Shows what a deploy would do: the release plan, then the resources. Changes nothing.",
    ["-e staging", "-e production --markdown"],
  )
    .option("--markdown", "print it for a comment on a pull request")
    .option("--limit <characters>", "with --markdown: at most so long", characters, COMMENT_LIMIT)
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  const report = await reportFor(options.stack, around);
  const output = options.json
    ? JSON.stringify(report, undefined, 2)
    : printedPreview(report, around.colours, options.markdown ? options.limit : undefined);
  return { output, code: report.ok ? CODE.done : CODE.failed };
}

async function reportFor(name: string, around: Surroundings): Promise<PreviewReport> {
  const { stack, faults } = namedStack(name, around, true);
  const report: PreviewReport = {
    format: 1,
    stack: name,
    ok: false,
    plan: [],
    changes: {},
    resources: [],
    warnings: [],
    faults,
  };
  if (stack === undefined || faults.length > 0) return report;
  const resources: PreviewReport["resources"] = [];
  const done = await update(stack, around.environment, {
    command: "preview",
    onEvent: (event) => resources.push(...touched(event)),
  });
  const [plan = ""] = done.said;
  return {
    ...report,
    ok: done.ok,
    plan: plan.split("\n").filter((line) => line !== ""),
    changes: done.changes,
    resources,
    warnings: done.warnings,
    faults: explained(done.errors, name),
  };
}

function touched({ resourcePreEvent }: EngineEvent): PreviewReport["resources"] {
  const { op, type, urn, diffs } = resourcePreEvent?.metadata ?? { op: "same", type: "", urn: "" };
  if (op === "same" || op === "read") return [];
  const properties = op === "update" && diffs?.length ? { properties: [...diffs].sort() } : {};
  return [{ op, type, name: urn.split("::").pop()!, ...properties }];
}

function characters(text: string): number {
  if (!/^\d{3,5}$/.test(text) || Number(text) > COMMENT_LIMIT) {
    throw new InvalidArgumentError(`A number from 100 to ${COMMENT_LIMIT}.`);
  }
  return Number(text);
}
