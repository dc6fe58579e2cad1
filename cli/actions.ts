import { appendFileSync } from "node:fs";

import type { EffectReport } from "./effect";
import type { Finding } from "./report";

/**
 * What GitHub Actions shows beside the log: each fault as an annotation (a workflow command on its own line), and
 * the outcome in the job's summary. Nothing elsewhere.
 */
export function annotations(
  faults: readonly Finding[],
  environment: Record<string, string | undefined>,
): string[] {
  if (environment.GITHUB_ACTIONS !== "true") return [];
  return faults.map(({ path, what, cure, file, line, column }) => {
    const place = file === undefined ? {} : { file, line, col: column };
    const properties = Object.entries({ title: path, ...place })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${property(String(value))}`);
    return `::error ${properties.join(",")}::${data([what, cure].filter(Boolean).join("\n"))}`;
  });
}

/** Appends to the summary of the job. */
export function summarize(
  report: EffectReport,
  environment: Record<string, string | undefined>,
): void {
  const file = environment.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === "") return;
  appendFileSync(file, `${markdown(report)}\n`);
}

function markdown({
  command,
  stack,
  ok,
  before,
  after,
  moved,
  seconds,
  faults,
  url,
}: EffectReport) {
  const served = (one: typeof after) => (one ? `${one.version} (${one.slot})` : "nothing");
  const rows = [
    ["before", served(before)],
    ["now", served(after)],
    ["traffic", moved ? "moved" : "not moved"],
    ["took", seconds === undefined ? "not begun" : `${seconds} s`],
    ...(url === undefined ? [] : [["url", url]]),
  ];
  return [
    `### ${ok ? "✅" : "❌"} ${command} ${stack}`,
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value!.replaceAll("|", "\\|")} |`),
    ...faults.map(({ path, what }) => `\n**${path}**\n\`\`\`\n${what}\n\`\`\``),
  ].join("\n");
}

const data = (text: string) =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string) => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
