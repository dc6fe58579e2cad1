import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import pc from "./colours";
import { goVersion } from "./build";
import { hostRows } from "./doctor-host";
import { engineStatus } from "./engine";
import { runMain } from "./fault";
import { parts, shortPath, statusOf, type Status } from "./parts";
import { cacheRoot } from "./paths";
import { duration } from "./progress";
import { print, type Row } from "./table";

const gibibyte = 1024 ** 3;
/** Sources, Go's own cache, binaries and base images. */
const wantedGibibytes = 6;
const oldestNode = 20;

/** `npm run doctor`: what is there, what is missing and what will be done about it; `--host ssh://...`: there. */
runMain(async () => {
  const { values } = parseArgs({ options: { host: { type: "string" } } });
  if (values.host !== undefined) return judge(await hostRows(values.host), "run `pulumi up`");
  const rows = [...(await partRows()), await engineRow(), nodeRow(), await goRow(), diskRow()];
  const isMade = rows.every((row) => row.plan === "");
  return judge(
    rows,
    isMade ? "run `npm start`" : "the rest is made by `npm start` or `npm run toolchain`",
  );
});

function judge(rows: Row[], next: string): number {
  print(rows);
  const bad = rows.filter((row) => !row.ok);
  if (bad.length > 0) {
    console.log(
      pc.red(`Not ready: ${bad.map((row) => row.name).join(", ")} (see the last column).`),
    );
    return 1;
  }
  console.log(pc.green(`Ready: ${next}.`));
  return 0;
}

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
