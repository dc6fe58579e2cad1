import type { PreviewReport } from "./preview";
import { columns, paragraphs, printedFindings, type Colours } from "./print";

/** Characters of a comment on GitHub; a longer one is refused. */
const COMMENT_LIMIT = 65_536;
/** For what stands around the list of resources. */
const MARGIN = 4096;

/** The plan first, for people or as Markdown. */
export function printedPreview(report: PreviewReport, colours: Colours, markdown = false): string {
  if (markdown) return asMarkdown(report);
  const { plan, resources, warnings, faults, stack } = report;
  const [first, ...others] = plan;
  return paragraphs([
    first === undefined ? [] : [colours.bold(first), ...others],
    columns(resources.map(({ op, type, name }) => [sign(op), name, type])),
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
const sign = (op: string) => `${SIGNS[op] ?? "+-"} ${op}`;

function lastLine({ stack, changes }: PreviewReport): string {
  const told = Object.entries(changes).map(([op, count]) => `${count} ${op}`);
  return `stack ${stack}: ${told.join(", ") || "nothing to do"}; nothing was changed`;
}

function asMarkdown(report: PreviewReport): string {
  const { stack, plan, resources, warnings, faults, ok } = report;
  const list = resources.map(({ op, type, name }) => `${sign(op)} ${name} (${type})`).join("\n");
  const shown =
    list.length > COMMENT_LIMIT - MARGIN
      ? `${list.slice(0, COMMENT_LIMIT - MARGIN)}\n(and more: the list is longer than a comment may be)`
      : list;
  return paragraphs([
    [`### ${ok ? "" : "❌ "}Slipway: ${stack}`],
    plan.length > 0 ? ["```", ...plan, "```"] : [],
    warnings.map((warning) => `> ⚠️ ${warning}`),
    faults.flatMap(({ path, what, cure }) => [
      `**${path}**: ${what}${cure === undefined ? "" : `. ${cure}`}`,
    ]),
    [
      `<details><summary>${resources.length} resources change</summary>`,
      "",
      "```",
      shown,
      "```",
      "</details>",
    ],
  ]);
}
