import { gitOf } from "../git";
import { Findings } from "../spec/findings";
import { readApplication } from "../spec/load";
import { show } from "../spec/field";
import { effective } from "./effective";
import { stackCommand } from "./options";
import type { Effective } from "./origin";
import { cell, columns, printedFindings, type Colours } from "./print";
import { readProject } from "./project";
import { asFindings, type Finding } from "./report";
import { type Result, type Surroundings } from "./run";

/** What `config --json` prints. A key never changes its meaning; new ones may come. */
export interface ConfigReport {
  format: 1;
  stack: string;
  ok: boolean;
  values: Effective[];
  faults: Finding[];
}

/** `slipway config`: the effective config of a stack, and where each value comes from. */
export function config(argv: string[], around: Surroundings): Result {
  const command = stackCommand(
    "config",
    "Prints a stack's effective config, and where each value comes from. Secrets stay sealed.",
    ["-e staging", "-e production --json"],
  ).parse(argv, { from: "user" });
  const { stack, json } = command.opts<{ stack: string; json?: boolean }>();
  const report = reportFor(stack, around);
  const output = json ? JSON.stringify(report, undefined, 2) : printed(report, around.colours);
  return { output, code: report.ok ? 0 : 1 };
}

function reportFor(stack: string, { cwd, environment }: Surroundings): ConfigReport {
  const findings = new Findings(cwd);
  const project = readProject(cwd, stack, findings);
  if (project === undefined) {
    return { format: 1, stack, ok: false, values: [], faults: asFindings(findings, "faults") };
  }
  const { directory } = project;
  const git = gitOf(directory);
  const read = readApplication({
    directory,
    git,
    stack: project.stack,
    config: project,
    environment,
    base: cwd,
    hashes: false,
  });
  const faults = asFindings(read.findings, "faults");
  const values = effective({ read, project, git, environment });
  return { format: 1, stack, ok: faults.length === 0, values, faults };
}

function printed({ stack, values, faults }: ConfigReport, colours: Colours): string {
  const rows = values.map(({ key, value, from, detail }) => [
    key,
    value === undefined ? "-" : cell(show(value)),
    from === "stack" || from === "Pulumi.yaml"
      ? (detail ?? from)
      : [from, detail].filter(Boolean).join(": "),
  ]);
  const [head, ...lines] = columns([["key", "value", "from"], ...rows]);
  const blocks = [
    ...(rows.length > 0
      ? [[colours.bold(`Config of stack ${stack}`), colours.dim(head!), ...lines]]
      : []),
    printedFindings("Faults", faults, colours.red, colours),
  ];
  const last =
    faults.length === 0
      ? colours.green(`stack ${stack}: 0 faults`)
      : colours.red(`stack ${stack}: ${faults.length} fault${faults.length === 1 ? "" : "s"}`);
  return [
    ...blocks.filter((block) => block.length > 0).map((block) => block.join("\n")),
    last,
  ].join("\n\n");
}
