import type { PreviewReport } from "./preview";
import { columns, paragraphs, printedFindings, type Colours } from "./print";

/** Characters of a comment on GitHub; a longer one is refused. */
export const COMMENT_LIMIT = 65_536;
/** Where the list of resources or all of it had to be cut. */
const CUT = "(and more: it is longer than a comment may be)";

/**
 * The plan first.
 *
 * @param limit of characters, for Markdown; undefined: for people
 */
export function printedPreview(report: PreviewReport, colours: Colours, limit?: number): string {
  if (limit !== undefined) return asMarkdown(report, limit);
  const { plan, resources, warnings, faults, stack } = report;
  const [first, ...others] = plan;
  return paragraphs([
    first === undefined ? [] : [colours.bold(first), ...others],
    columns(resources.map((one) => [sign(one.op), one.name, one.type, differing(one)])),
    warnings.map((warning) => `${colours.yellow("Warning")}  ${warning}`),
    printedFindings("Faults", faults, colours.red, colours),
    [
      report.ok
        ? colours.green(lastLine(report))
        : colours.red(`stack ${stack}: cannot be deployed`),
    ],
  ]);
}

const SIGNS: Record<string, string> = { create: "+", update: "~", delete: "-" };
const differing = ({ properties = [] }: PreviewReport["resources"][number]) =>
  properties.length > 0 ? `[${properties.join(", ")}]` : "";
const sign = (op: string) => `${SIGNS[op] ?? "+-"} ${op}`;

/** "3 resources change: 2 create, 1 update". */
function counted(resources: PreviewReport["resources"]): string {
  const ops = [...new Set(resources.map(({ op }) => op))].sort();
  const each = ops.map((op) => `${resources.filter((one) => one.op === op).length} ${op}`);
  const { length } = resources;
  const all = length === 1 ? "1 resource changes" : `${length || "No"} resources change`;
  return each.length > 0 ? `${all}: ${each.join(", ")}` : all;
}

function lastLine({ stack, changes }: PreviewReport): string {
  const told = Object.entries(changes).map(([op, count]) => `${count} ${op}`);
  return `stack ${stack}: ${told.join(", ") || "nothing to do"}; nothing was changed`;
}

function asMarkdown(report: PreviewReport, limit: number): string {
  const list = report.resources.map((one) =>
    `${sign(one.op)} ${one.name} (${one.type}) ${differing(one)}`.trimEnd(),
  );
  const bare = markdownOf(report, "");
  if (bare.length > limit) return cut(bare, limit);
  return markdownOf(report, cut(list.join("\n"), limit - bare.length - 1));
}

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, Math.max(0, limit - CUT.length - 1))}\n${CUT}`;
}

function markdownOf({ stack, plan, resources, warnings, faults, ok }: PreviewReport, list: string) {
  return paragraphs([
    [`### ${ok ? "" : "❌ "}Slipway: ${stack}`],
    plan.length > 0 ? ["```", ...plan, "```"] : [],
    warnings.map((warning) => `> ⚠️ ${warning}`),
    faults.flatMap(({ path, what, cure }) => [
      `**${path}**: ${what}${cure === undefined ? "" : `. ${cure}`}`,
    ]),
    [`<details><summary>${counted(resources)}</summary>`, "", "```", list, "```", "</details>"],
  ]);
}
