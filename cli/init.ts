import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { stringify } from "yaml";

import { COMPOSE_FILE } from "../spec/defaults";
import { APPLICATION_NAME, APPLICATION_NAME_ALLOWED } from "../spec/names";
import { Backend } from "./backend";
import { check } from "./check";
import { ownCommand } from "./options";
import { paragraphs, printedFindings } from "./print";
import type { Report, Finding } from "./report";
import { CODE, type Result, type Surroundings } from "./run";

interface Options {
  name?: string;
  stack: string[];
  host?: string;
  backend?: string;
  json?: boolean;
}

/** What `init --json` prints. */
export interface InitReport {
  format: 1;
  ok: boolean;
  name?: string;
  stacks: string[];
  /** Written, from the folder where it was asked. */
  files: string[];
  /** What the Compose file comes to. */
  check?: Report;
  warnings: string[];
  faults: Finding[];
}

const STACKS = ["staging", "production"];
const PROGRAM = join(__dirname, "..");

/** `slipway init`: a project and its stacks beside a Compose file. Never writes over a file that is there. */
export async function init(argv: string[], around: Surroundings): Promise<Result> {
  const several = (name: string, before: string[] = []) => [...before, name];
  const command = ownCommand(
    "init",
    "Makes a project of a Compose file: Pulumi.yaml and a file for each stack. Asks what no flag says, where somebody can answer.",
    ["", "compose.yaml --stack staging --host ssh://deploy@example.com --backend s3://states"],
  )
    .argument("[compose]", "the Compose file. Default: the one that Compose would find")
    .option("--name <name>", "of the application. Default: the Compose file's, else the folder's")
    .option(
      "--stack <name>",
      `a stack; may be said several times. Default: ${STACKS.join(", ")}`,
      several,
    )
    .option("--host <address>", "the Docker engine: unix:///path, ssh://user@host")
    .option(
      "--backend <url>",
      "where states are kept: file://path, s3://bucket, https://api.pulumi.com",
    )
    .option("--json", "print one JSON document")
    .parse(argv, { from: "user" });
  const report = await made(command.args[0], command.opts<Options>(), around);
  const output = command.opts<Options>().json
    ? JSON.stringify(report, undefined, 2)
    : printed(report, around);
  return { output, code: report.ok ? CODE.done : CODE.refused };
}

async function made(
  compose: string | undefined,
  options: Options,
  around: Surroundings,
): Promise<InitReport> {
  const { cwd } = around;
  const checked = JSON.parse(
    check([...(compose === undefined ? [] : [compose]), "--json"], around).output,
  ) as Report;
  const report: InitReport = {
    format: 1,
    ok: false,
    stacks: [],
    files: [],
    check: checked,
    warnings: [],
    faults: checked.ok ? [] : checked.faults,
  };
  const installed = relative(realpathSync(cwd), PROGRAM) || ".";
  const linked = existsSync(join(cwd, "node_modules/slipway")) ? "node_modules/slipway" : installed;
  if (linked.startsWith("..")) {
    report.faults.push({
      path: "slipway",
      what: "is not installed in this project, and Pulumi runs only what is below it",
      given: PROGRAM,
      cure: "npm install --save-dev slipway",
    });
  }
  if (report.faults.length > 0) return report;
  const wish = async (question: string, given: string | undefined, otherwise: string) =>
    given ?? ((await around.ask?.(`${question} [${otherwise}] `)) || otherwise);
  const name = await wish(
    "Name of the application?",
    options.name,
    checked.application ?? basename(cwd),
  );
  if (!APPLICATION_NAME.test(name)) {
    const what = "is no name for an application";
    report.faults.push({ path: "--name", what, given: name, allowed: APPLICATION_NAME_ALLOWED });
    return report;
  }
  const asked = options.stack?.length ? options.stack.join(",") : undefined;
  const stacks = (await wish("Stacks?", asked, STACKS.join(","))).split(/[\s,]+/).filter(Boolean);
  const backend = await wish("Where are states kept?", options.backend, "as you are logged in");
  const host = await wish("Which Docker engine?", options.host, "this machine's");
  const named = /:\/\//;
  const files = {
    "Pulumi.yaml": projectFile(name, linked, named.test(backend) ? backend : undefined),
    ...Object.fromEntries(
      stacks.map((stack) => [
        `Pulumi.${stack}.yaml`,
        stackFile(name, checked.files[0] ?? COMPOSE_FILE, named.test(host) ? host : undefined),
      ]),
    ),
  };
  for (const [file, text] of Object.entries(files)) {
    if (existsSync(join(cwd, file)))
      report.warnings.push(`${file} is there already and stays as it is`);
    else {
      writeFileSync(join(cwd, file), text);
      report.files.push(file);
    }
  }
  const backends = new Backend(cwd, around.environment);
  for (const stack of stacks) {
    await backends.create(stack).catch((error: Error) => {
      if (error.message.includes("already exists")) return;
      report.warnings.push(
        `stack ${stack} is not made yet: ${error.message}. pulumi stack init ${stack}`,
      );
    });
  }
  return { ...report, ok: true, name, stacks };
}

const projectFile = (name: string, program: string, backend: string | undefined) =>
  stringify({
    name: "slipway",
    description: `Blue/green deployments of ${name}`,
    ...(backend === undefined ? {} : { backend: { url: backend } }),
    runtime: { name: "nodejs", options: { typescript: false } },
    main: program === "." ? "program.js" : `${program}/program.js`,
    plugins: {
      providers: [
        {
          name: "slipway-platform",
          path: program === "." ? "./provider" : `./${program}/provider`,
        },
      ],
    },
  });

const stackFile = (name: string, compose: string, host: string | undefined) =>
  stringify({
    config: {
      "slipway:name": name,
      ...(compose === COMPOSE_FILE ? {} : { "slipway:compose": compose }),
      ...(host === undefined ? {} : { "slipway:docker": { host } }),
    },
  });

function printed(report: InitReport, { colours, cwd }: Surroundings): string {
  const { files, stacks, warnings, faults, ok, check: checked } = report;
  const inferred = (checked?.services ?? []).map(
    ({ name, role, reason }) => `  ${name}: ${role}, ${reason}`,
  );
  const [first] = stacks;
  return paragraphs([
    inferred.length > 0 ? [colours.bold("What the Compose file comes to"), ...inferred] : [],
    files.length > 0 ? [colours.bold("Written"), ...files.map((file) => `  ${file}`)] : [],
    warnings.map((warning) => `${colours.yellow("Warning")}  ${warning}`),
    printedFindings("Faults", faults, colours.red, colours),
    [
      ok
        ? colours.green(`Next: slipway deploy -e ${first}`)
        : colours.red(`Nothing was written in ${dirname(join(cwd, "x"))}`),
    ],
  ]);
}
