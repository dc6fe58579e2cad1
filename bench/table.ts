export interface Table {
  title: string;
  head: string[];
  rows: string[][];
  /** Lines below it. */
  notes?: string[];
}

/** As Markdown, so that it can go into a document as it is. First column to the left, figures to the right. */
export function render({ title, head, rows, notes = [] }: Table): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length), 3),
  );
  const line = (cells: string[]) =>
    `| ${widths.map((width, i) => pad(cells[i] ?? "", width, i)).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const below = notes.length > 0 ? ["", ...notes] : [];
  return [`### ${title}`, "", line(head), rule, ...rows.map(line), ...below, ""].join("\n");
}

const pad = (text: string, width: number, column: number) =>
  column === 0 ? text.padEnd(width) : text.padStart(width);

export const seconds = (value: number) => (Number.isFinite(value) ? `${value.toFixed(1)} s` : "-");
export const milliseconds = (value: number) =>
  Number.isFinite(value) ? `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms` : "-";
export const mebibytes = (value: number) =>
  Number.isFinite(value) ? `${(value / 2 ** 20).toFixed(0)} MiB` : "-";

/** `1.10x`; nothing where there is nothing to compare with. */
export const ratio = (ours: number, theirs: number) =>
  Number.isFinite(ours / theirs) ? `${(ours / theirs).toFixed(2)}x` : "-";

/** Whether a target is reached; never more than a word. */
export const verdict = (reached: boolean) => (reached ? "reached" : "NOT reached");
