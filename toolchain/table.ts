import pc from "./colours";

/** A line of the doctor's table. */
export interface Row {
  name: string;
  wanted: string;
  found: string;
  plan: string;
  ok: boolean;
}

export function print(rows: readonly Row[]): void {
  const table = [
    { name: "part", wanted: "wanted", found: "found", plan: "to do", ok: true },
    ...rows,
  ];
  const widths = (["name", "wanted", "found"] as const).map((column) =>
    Math.max(...table.map((row) => row[column].length)),
  );
  table.forEach((row, index) => {
    const cells = [row.name, row.wanted, row.found].map((cell, i) => cell.padEnd(widths[i]!));
    const text = `${cells.join("  ")}  ${row.plan}`.trimEnd();
    if (index === 0) console.log(`  ${pc.dim(text)}`);
    else console.log(`${mark(row)} ${text}`);
  });
}

function mark(row: Row): string {
  if (!row.ok) return pc.red("✗");
  return row.plan === "" ? pc.green("✓") : pc.yellow("•");
}
