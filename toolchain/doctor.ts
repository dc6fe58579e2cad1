import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pc from "picocolors";
import { goVersion } from "./build";
import { engineStatus } from "./engine";
import { runMain } from "./fault";
import { parts, shortPath, statusOf, type Status } from "./parts";
import { cacheRoot } from "./paths";
import { duration } from "./progress";

interface Row {
  name: string;
  wanted: string;
  found: string;
  plan: string;
  ok: boolean;
}

const gibibyte = 1024 ** 3;
/** Sources, Go's own cache, binaries and base images. */
const wantedGibibytes = 6;
const oldestNode = 20;

/** `npm run doctor`: what is there, what is missing and what will be done about it. */
runMain(async () => {
  const rows = [...(await partRows()), await engineRow(), nodeRow(), await goRow(), diskRow()];
  print(rows);
  const bad = rows.filter((row) => !row.ok);
  if (bad.length > 0) {
    console.log(
      pc.red(`Not ready: ${bad.map((row) => row.name).join(", ")} (see the last column).`),
    );
    return 1;
  }
  const work = rows.filter((row) => row.plan !== "");
  const next =
    work.length > 0 ? "the rest is made by `npm start` or `npm run toolchain`" : "run `npm start`";
  console.log(pc.green(`Ready: ${next}.`));
  return 0;
});

async function partRows(): Promise<Row[]> {
  return Promise.all(
    parts.map(async (part) => {
      const status = await statusOf(part);
      return {
        name: part.name,
        wanted: part.version,
        found: status.state === "found" ? shortPath(status.where) : "missing",
        plan: planFor(status),
        ok: status.state !== "impossible",
      };
    }),
  );
}

function planFor(status: Status): string {
  switch (status.state) {
    case "found":
      return "";
    case "download":
      return `download from ${status.from}`;
    case "build":
      return `build from Go modules, ${duration(status.seconds, true)}`;
    case "optional":
      return status.why;
    case "impossible":
      return status.cure;
  }
}

async function engineRow(): Promise<Row> {
  const row = { name: "engine", wanted: "20.10+" };
  const status = await engineStatus();
  switch (status.state) {
    case "running":
      return { ...row, found: `${status.version} at ${status.host}`, plan: "", ok: true };
    case "startable":
      return { ...row, found: "not running", plan: status.what, ok: true };
    case "impossible":
      return { ...row, found: `no answer at ${status.host}`, plan: status.cure, ok: false };
  }
}

function nodeRow(): Row {
  const ok = Number(process.versions.node.split(".")[0]) >= oldestNode;
  const plan = ok ? "" : "install Node 20.9 or newer";
  return { name: "node", wanted: `${oldestNode}.9+`, found: process.versions.node, plan, ok };
}

async function goRow(): Promise<Row> {
  const version = await goVersion();
  // Only needed for builds; a part that cannot do without says so in its own row.
  return { name: "go", wanted: "for builds", found: version ?? "missing", plan: "", ok: true };
}

function diskRow(): Row {
  const folder = nearestExisting(cacheRoot());
  const stats = fs.statfsSync(folder);
  const free = (stats.bavail * stats.bsize) / gibibyte;
  const ok = free >= wantedGibibytes;
  const found = `${free.toFixed(0)} GiB free in ${shortPath(folder)}`;
  const plan = ok ? "" : "make room, or set SLIPWAY_CACHE to another disk";
  return { name: "disk", wanted: `${wantedGibibytes} GiB`, found, plan, ok };
}

function nearestExisting(folder: string): string {
  if (fs.existsSync(folder)) return folder;
  const parent = path.dirname(folder);
  return parent === folder ? os.tmpdir() : nearestExisting(parent);
}

function print(rows: readonly Row[]): void {
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
