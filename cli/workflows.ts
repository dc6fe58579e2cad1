import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { readIfFile, statOf } from "../spec/disk";
import { workflowFiles } from "./github/files";
import { FOLDER, PREFIX } from "./github/paths";
import { githubProject } from "./github/project";
import { MARK } from "./github/workflow";
import { ownCommand } from "./options";
import { columns, paragraphs, printedFindings } from "./print";
import type { Finding } from "./report";
import { CODE, type Result, type Surroundings } from "./run";

/** What `workflows --json` prints. A key never changes its meaning; new ones may come. */
export interface WorkflowsReport {
  format: 1;
  /** All of them are current; the exit code is 0 then. */
  ok: boolean;
  /** Paths from the folder where it was asked. */
  files: WorkflowFile[];
  warnings: string[];
  faults: Finding[];
}

export interface WorkflowFile {
  path: string;
  /**
   * current: as it would be made · written, removed: it was not, and now is · missing, stale, unused: what --check says
   * of such · foreign: Slipway did not make it, so it stays as it is.
   */
  state: "current" | "written" | "removed" | "missing" | "stale" | "unused" | "foreign";
}

/** `slipway workflows`: GitHub workflows of a project, made from what its files describe. */
export function workflows(argv: string[], around: Surroundings): Result {
  const command = ownCommand(
    "workflows",
    "Writes the GitHub workflows of a project: checks, images, previews of pull requests, deploys, rollbacks, scans and load; and what Dependabot keeps up to date. A file that it did not make stays as it is.",
    ["", "--check"],
  )
    .option("--check", "only say which files are not current; exit code 1 then")
    .option("--json", "print one JSON document")
    .parse(argv, { from: "user" });
  const { check = false, json } = command.opts<{ check?: boolean; json?: boolean }>();
  const report = made(check, around);
  const output = json ? JSON.stringify(report, undefined, 2) : printed(report, around);
  const refused = report.files.length === 0;
  return { output, code: report.ok ? CODE.done : refused ? CODE.refused : CODE.failed };
}

function made(check: boolean, around: Surroundings): WorkflowsReport {
  const { project, faults } = githubProject(around);
  const report: WorkflowsReport = { format: 1, ok: false, files: [], warnings: [], faults };
  if (project === undefined) return report;
  const wanted = workflowFiles(project.facts, dependabotOf(project.root));
  const paths = [...new Set([...Object.keys(wanted), ...ownIn(project.root)])].sort();
  const files = paths.map((path): WorkflowFile => {
    const file = join(project.root, path);
    const state = stateOf(readIfFile(file), wanted[path]);
    return {
      path: relative(around.cwd, file),
      state: check ? state : settled(file, wanted[path], state),
    };
  });
  const isDependabot = ({ path }: WorkflowFile) => /[\\/]dependabot\.ya?ml$/.test(path);
  const foreign = files.filter(({ state }) => state === "foreign");
  return {
    ...report,
    // How a project is kept up to date is its own choice; a deploy depends on the rest.
    ok: files.every(
      (file) => SETTLED.includes(file.state) || (file.state === "foreign" && isDependabot(file)),
    ),
    files,
    warnings: [
      ...project.warnings,
      ...foreign.filter(isDependabot).map(({ path }) => `${path} ${FOREIGN}`),
    ],
    faults: foreign
      .filter((file) => !isDependabot(file))
      .map(({ path }) => ({
        path,
        what: FOREIGN,
        cure: "Rename it, or remove it, and run slipway workflows again",
      })),
  };
}

/** GitHub takes either name, and not both. */
const dependabotOf = (root: string): string =>
  statOf(join(root, OTHER))?.isFile() ? OTHER : DEPENDABOT;
const DEPENDABOT = ".github/dependabot.yml";
const OTHER = ".github/dependabot.yaml";

const SETTLED: WorkflowFile["state"][] = ["current", "written", "removed"];
const FOREIGN = "was not made by Slipway, so it stays as it is";

/** Those that were made here, also for what the project has no more. */
function ownIn(root: string): string[] {
  const folder = join(root, FOLDER);
  if (!statOf(folder)?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(PREFIX) && isOurs(readIfFile(join(folder, name)) ?? ""))
    .map((name) => `${FOLDER}/${name}`);
}

const isOurs = (text: string) => text.startsWith(MARK);

function stateOf(found: string | undefined, wanted: string | undefined): WorkflowFile["state"] {
  if (found === undefined) return "missing";
  if (!isOurs(found)) return "foreign";
  if (wanted === undefined) return "unused";
  // git may have given it the line ends of Windows.
  return found.replaceAll("\r\n", "\n") === wanted ? "current" : "stale";
}

function settled(
  file: string,
  wanted: string | undefined,
  state: WorkflowFile["state"],
): WorkflowFile["state"] {
  if (state === "current" || state === "foreign") return state;
  if (wanted === undefined) {
    rmSync(file);
    return "removed";
  }
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, wanted);
  return "written";
}

function printed({ files, warnings, faults, ok }: WorkflowsReport, { colours }: Surroundings) {
  const last = ok
    ? colours.green("All workflows are current")
    : files.length === 0
      ? colours.red("No workflow was made")
      : colours.red("Not all workflows are current: slipway workflows");
  return paragraphs([
    columns(files.map(({ path, state }) => [state, path])),
    warnings.map((warning) => `${colours.yellow("Warning")}  ${warning}`),
    printedFindings("Faults", faults, colours.red, colours),
    [last],
  ]);
}
