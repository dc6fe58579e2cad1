import type pc from "picocolors";

import type { Finding, Report } from "./report";

export type Colours = ReturnType<typeof pc.createColors>;

/** Cells below each other; the last column as long as it is. */
export function columns(rows: readonly (readonly string[])[], indent = "  "): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!)));
    return `${indent}${cells.join("  ")}`.trimEnd();
  });
}

const WIDTH = 100;

/** A text in lines that begin at column 4, the second and further ones at `indent`; its own lines stay. */
function wrapped(text: string, indent: number): string[] {
  const [first, ...more] = text.split("\n");
  return [...filled(first!, indent), ...more.map((line) => " ".repeat(indent) + line)];
}

function filled(text: string, indent: number): string[] {
  const lines = [" ".repeat(4)];
  for (const word of text.split(/(?<=\S) /)) {
    const last = lines[lines.length - 1]!;
    const fits = last.trim() === "" || last.length + word.length < WIDTH;
    if (fits) lines[lines.length - 1] = last.trim() === "" ? last + word : `${last} ${word}`;
    else lines.push(" ".repeat(indent) + word);
  }
  return lines;
}

/** Longer cells would tear the table apart. */
const CELL_LIMIT = 44;
export const cell = (text: string) =>
  text.length > CELL_LIMIT ? `${text.slice(0, CELL_LIMIT - 3)}...` : text;

/** Blocks of lines, apart from each other; an empty one is left out. */
export const paragraphs = (blocks: readonly string[][]): string =>
  blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n");

/** The report for people. */
export function printed(report: Report, colours: Colours): string {
  const blocks = [
    services(report, colours),
    health(report, colours),
    traffic(report, colours),
    shared(report, colours),
    printedFindings("Warnings", report.warnings, colours.yellow, colours),
    printedFindings("Faults", report.faults, colours.red, colours),
    [report.ok ? colours.green(report.summary) : colours.red(report.summary)],
  ];
  return paragraphs(blocks);
}

function services(report: Report, colours: Colours): string[] {
  const { application, services: all, unread } = report;
  if (application === undefined) return [];
  const hasVersions = all.some(({ version }) => version !== undefined);
  const row = (name: string, role: string, image: string, version: string, why: string) => [
    name,
    role,
    image,
    ...(hasVersions ? [version] : []),
    why,
  ];
  const rows = all.map(({ name, role, replicas, image, version = "", reason }) =>
    row(name, replicas > 1 ? `${role} x${replicas}` : role, cell(image), cell(version), reason),
  );
  rows.push(...unread.map((name) => row(name, "?", "?", "", "could not be read: see its faults")));
  const titles = row("service", "role", "image", "version", "why this role");
  const [head, ...lines] = columns([titles, ...rows]);
  return [colours.bold(`Application ${application}`), colours.dim(head!), ...lines];
}

function health({ services: all }: Report, colours: Colours): string[] {
  const judged = all.filter(({ role }) => role !== "task");
  if (judged.length === 0) return [];
  const rows = judged.map(({ name, health: { check, from } }) => [name, cell(check), from]);
  const [head, ...lines] = columns([["service", "healthy when", "said by"], ...rows]);
  return [colours.bold("Health"), colours.dim(head!), ...lines];
}

function traffic({ traffic: one }: Report, colours: Colours): string[] {
  if (one === undefined || one.rules.length === 0) return [];
  const door = one.front === "router" ? "a generated router" : `service ${one.front}`;
  const rows = one.rules.map((rule) => [
    rule.url,
    `-> ${rule.service}:${rule.port}${rule.stripPrefix ? ", without the prefix" : ""}`,
  ]);
  return [`${colours.bold("Front door")} of a slot: ${door} (${one.reason})`, ...columns(rows)];
}

function shared({ shared: all }: Report, colours: Colours): string[] {
  if (all.length === 0) return [];
  const rows = all.map(({ kind, name, detail }) => [kind, name, detail]);
  return [colours.bold("Shared by both slots"), ...columns(rows)];
}

/** Faults or warnings below each other, each with its place. */
export function printedFindings(
  title: string,
  found: readonly Finding[],
  colour: (text: string) => string,
  colours: Colours,
): string[] {
  if (found.length === 0) return [];
  const lines = found.flatMap((one) => {
    const place = one.file === undefined ? undefined : `${one.file}:${one.line}:${one.column}`;
    const whole = one.file !== undefined && one.file.split("/").pop() === one.path;
    const head = [place, whole ? undefined : one.path].filter((part) => part !== undefined);
    const facts = (["given", "allowed", "cure"] as const).flatMap((name) => {
      const text = one[name];
      return text === undefined ? [] : wrapped(`${name}:`.padEnd(9) + text, 13);
    });
    const title = `  ${colours.cyan(head[0]!)}${head[1] === undefined ? "" : `  ${head[1]}`}`;
    return [title, ...wrapped(one.what, 4), ...facts];
  });
  return [colour(title), ...lines];
}
