import { Command } from "commander";

import { platformAt } from "../provider/places";
import { Findings } from "../spec/findings";
import { Backend } from "./backend";
import { hostRows } from "./doctorHost";
import type { Row } from "./doctorRow";
import { stackRows } from "./doctorStack";
import { backendRow, nodeRow, pulumiRow, stacksRow } from "./doctorTools";
import { refusing } from "./options";
import { columns, paragraphs, type Colours } from "./print";
import { projectFolder, readProject, type Project } from "./project";
import { CODE, type Result, type Surroundings } from "./run";
import { namedStack, placeOf } from "./subject";

/** What `doctor --json` prints. A key never changes its meaning; new ones may come. */
export interface DoctorReport {
  format: 1;
  stack?: string;
  /** All that a deploy needs is there; the exit code is 0 then, else 1. */
  ok: boolean;
  /** The last line. */
  summary: string;
  rows: Row[];
}

/** `slipway doctor`: whether a deploy can work, and what to do where not. Changes nothing. */
export async function doctor(argv: string[], around: Surroundings): Promise<Result> {
  const command = refusing(new Command("slipway doctor"))
    .description("Says whether a deploy can work, and what to do where not. Changes nothing.")
    .option("-e, --stack <name>", "look at its config, secrets and host, too")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExamples:\n  slipway doctor\n  slipway doctor -e production")
    .parse(argv, { from: "user" });
  const { stack, json } = command.opts<{ stack?: string; json?: boolean }>();
  const rows = await rowsFor(stack, around);
  const report = reportOf(stack, rows);
  const output = json ? JSON.stringify(report, undefined, 2) : printed(report, around.colours);
  return { output, code: report.ok ? CODE.done : CODE.failed };
}

async function rowsFor(stack: string | undefined, around: Surroundings): Promise<Row[]> {
  const { cwd, environment } = around;
  const { rows: projectRows, project } = projectOf(stack, around);
  const backend = new Backend(project?.directory ?? projectFolder(cwd) ?? cwd, environment);
  const groups = await Promise.all([
    pulumiRow(backend).then((row) => [row]),
    projectRows,
    backendRow(backend, environment).then((row) => [row]),
    // A name that nobody knows is told by its file.
    ...(stack === undefined || project ? [stacksRow(backend, stack).then((row) => [row])] : []),
    ...(stack !== undefined && project ? stackGroups(stack, project, backend, around) : []),
  ]);
  return [nodeRow(), ...groups.flat()];
}

function stackGroups(stack: string, project: Project, backend: Backend, around: Surroundings) {
  const rows = stackRows(stack, project, backend, around);
  const { stack: named, faults } = namedStack(stack, around);
  if (named === undefined || faults.length > 0) return [rows, [UNKNOWN_HOST]];
  const { spec } = named;
  return [rows, hostRows(stack, spec, platformAt(placeOf(spec)), backend)];
}

const UNKNOWN_HOST: Row = {
  what: "engine",
  wanted: "an answer",
  found: "not asked",
  cure: "mend the config first",
  ok: false,
};

/** Pulumi.yaml, and the stack's file. */
function projectOf(
  stack: string | undefined,
  { cwd }: Surroundings,
): { rows: Row[]; project?: Project } {
  if (stack === undefined) {
    const folder = projectFolder(cwd);
    const row = { what: "project", wanted: "Pulumi.yaml" };
    if (folder !== undefined) return { rows: [{ ...row, found: folder, ok: true }] };
    const cure = "run it in the project's folder";
    return { rows: [{ ...row, found: "none here or above", cure, ok: false }] };
  }
  const findings = new Findings(cwd);
  const project = readProject(cwd, stack, findings);
  const row = { what: "project", wanted: `Pulumi.yaml and Pulumi.${stack.split("/").pop()}.yaml` };
  const [fault] = findings.faults;
  if (project) return { rows: [{ ...row, found: project.directory, ok: true }], project };
  const { what = "", allowed, cure = "see there" } = fault ?? {};
  const found = allowed === undefined ? what : `${what} (there are: ${allowed})`;
  return { rows: [{ ...row, found, cure, ok: false }] };
}

function reportOf(stack: string | undefined, rows: Row[]): DoctorReport {
  const bad = rows.filter(({ ok }) => !ok).map(({ what }) => what);
  const next =
    stack === undefined ? "slipway doctor -e STACK looks at a stack" : `slipway deploy -e ${stack}`;
  const summary = bad.length > 0 ? `Not ready: ${bad.join(", ")}` : `Ready: ${next}`;
  return {
    format: 1,
    ...(stack === undefined ? {} : { stack }),
    ok: bad.length === 0,
    summary,
    rows,
  };
}

/** Advice stands below its row, for it is as long as it is. */
function printed({ ok, summary, rows }: DoctorReport, colours: Colours): string {
  const mark = (row: Row) =>
    row.ok
      ? row.cure === undefined
        ? colours.green("ok")
        : colours.yellow("!!")
      : colours.red("no");
  const lines = columns([
    // As long as a mark, its colour's codes included.
    [colours.green("  "), "what", "wanted", "found"],
    ...rows.map((row) => [mark(row), row.what, row.wanted, row.found]),
  ]);
  const [head, ...told] = lines;
  const body = told.flatMap((line, index) => {
    const { cure, ok: isWell } = rows[index]!;
    const colour = isWell ? colours.yellow : colours.red;
    return cure === undefined ? [line] : [line, `      ${colour("->")} ${cure}`];
  });
  return paragraphs([
    [colours.dim(head!), ...body],
    [ok ? colours.green(summary) : colours.red(summary)],
  ]);
}
