import { dirname, join, relative, resolve } from "node:path";
import { Option } from "commander";

import { statOf } from "../spec/disk";
import { gitOf } from "../git";
import { Findings } from "../spec/findings";
import { readApplication, type ConfigSource } from "../spec/load";
import { ownCommand } from "./options";
import { printed } from "./print";
import { readProject, type Project } from "./project";
import { reportOf, type Report } from "./report";
import { type Result, type Surroundings } from "./run";

interface Options {
  platform?: string;
  stack?: string;
  json?: boolean;
}

/** `slipway check`: what a deploy would make of a description. Asks neither engine nor cloud. */
export function check(argv: string[], around: Surroundings): Result {
  const command = ownCommand(
    "check",
    "Says what a deploy would make of Compose files: no engine, no cloud, nothing is changed.",
    ["", "compose.yaml compose.production.yaml", "-e staging --json"],
  )
    .argument("[files...]", "Compose files, laid over each other in this order")
    .addOption(
      new Option("--platform <platform>", "where it shall run").choices([
        "docker",
        "kubernetes",
        "ecs",
      ]),
    )
    .option("-e, --stack <name>", "check it with this stack's config; its secrets stay sealed")
    .option("--json", "print one JSON document")
    .parse(argv, { from: "user" });
  const report = reportFor(command.args, command.opts<Options>(), around);
  const output = command.opts<Options>().json
    ? JSON.stringify(report, undefined, 2)
    : printed(report, around.colours);
  return { output, code: report.ok ? 0 : 1 };
}

/** Names that Compose itself looks for. */
const USUAL = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

function reportFor(args: string[], options: Options, around: Surroundings): Report {
  const { cwd } = around;
  const findings = new Findings(cwd);
  const usual = USUAL.filter((file) => statOf(join(cwd, file))?.isFile()).slice(0, 1);
  const given = args.length > 0 || options.stack !== undefined ? args : usual;
  const subject = {
    files: given,
    ...(options.stack === undefined ? {} : { stack: options.stack }),
    platform: options.platform ?? "docker",
    base: cwd,
  };
  if (given.length === 0 && options.stack === undefined) {
    findings.fault("FILE", "no Compose file is named, and none is here", {
      given: cwd,
      allowed: USUAL.join(", "),
      cure: "slipway check path/to/compose.yaml",
    });
  }
  for (const file of given) checkFile(file, cwd, findings);
  const project =
    options.stack === undefined ? undefined : readProject(cwd, options.stack, findings);
  if (findings.faults.length > 0) {
    return reportOf({ findings }, { ...subject, files: given.length > 0 ? given : ["check"] });
  }
  const directory = project?.directory ?? dirname(resolve(cwd, given[0]!));
  const git = gitOf(directory);
  const read = readApplication({
    directory,
    git,
    stack: project?.stack ?? "",
    config: configOf(project, given, options, cwd),
    environment: around.environment,
    base: cwd,
    hashes: false,
  });
  if (options.platform === "ecs") {
    read.findings.fault("--platform", "is not built yet: all else is told by Docker's rules", {
      given: options.platform,
      allowed: "docker, kubernetes",
    });
  }
  // What only a stack can answer is no fault of the files.
  if (project === undefined || project.namesSealed) read.findings.leaveToStack();
  const files = given.length > 0 ? given : read.files.map((file) => relative(cwd, file));
  // Of a config that cannot be read, too.
  const told = read.settings?.platform ?? project?.all["slipway:platform"];
  const platform = options.platform ?? told ?? "docker";
  return reportOf(read, { ...subject, files, platform, git });
}

/** The stack's config, with what the command line says instead. */
function configOf(
  project: Project | undefined,
  given: readonly string[],
  options: Options,
  cwd: string,
): ConfigSource {
  const files = JSON.stringify(given.map((file) => resolve(cwd, file)));
  return {
    all: {
      ...project?.all,
      ...(given.length > 0 ? { "slipway:compose": files } : {}),
      ...(options.platform === undefined
        ? {}
        : { "slipway:platform": options.platform === "ecs" ? "docker" : options.platform }),
    },
    isSecret: (key) => project?.isSecret(key) ?? false,
  };
}

function checkFile(file: string, cwd: string, findings: Findings): void {
  const stat = statOf(resolve(cwd, file));
  if (stat?.isFile()) return;
  const inside = USUAL.find((name) => statOf(resolve(cwd, file, name))?.isFile());
  findings.fault(file, stat === undefined ? "no such file" : "is not a file", {
    given: resolve(cwd, file),
    cure: inside === undefined ? `Name a file, from ${cwd}` : `Name ${join(file, inside)}`,
  });
}
