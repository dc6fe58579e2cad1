import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import pc from "./colours";
import { ToolchainError, runMain } from "./fault";
import { localBackend } from "./local-backend";
import { projectRoot } from "./paths";
import { line, step } from "./progress";
import { readyEverything } from "./ready";
import { completeConfig, selectStack, stackOutputs, type Stack } from "./stack";

const stackName = "staging";

/** Secrets without which the example application (examples/helloagents) refuses to start. */
const exampleSecrets = ["POSTGRES_PASSWORD"];

/** Choosing the stack and writing its secrets, half a second for each call of the CLI. */
const stackSeconds = 4;

/** `npm start`: from a fresh checkout to a running application. */
runMain(async () => {
  if (!fs.existsSync(path.join(projectRoot, "Pulumi.yaml"))) {
    throw new ToolchainError(
      `there is no Pulumi.yaml in ${projectRoot}`,
      "Check out the whole repository, then run `npm start` again.",
    );
  }
  const { mirrors } = await readyEverything();
  const backend = localBackend(projectRoot);
  const stack: Stack = { name: stackName, project: projectRoot, env: backend.env };
  await step(`stack ${stackName}`, stackSeconds, async (report) => {
    report("choosing it");
    await selectStack(stack);
    report("completing its configuration");
    await completeConfig(stack, exampleSecrets, mirrors);
  });
  const exitCode = await up(stack);
  if (exitCode !== 0) {
    const cure = "see the diagnostics above; `npm start` can be run again at any time";
    console.error(`${pc.red("error:")} pulumi up failed with exit code ${exitCode}: ${cure}`);
    return exitCode;
  }
  printSummary(await stackOutputs(stack));
  return 0;
});

async function up(stack: Stack): Promise<number> {
  line(pc.dim(`$ pulumi up --stack ${stack.name} --yes`));
  const color = process.stdout.isTTY && !process.env.NO_COLOR ? "always" : "never";
  const args = ["up", "--stack", stack.name, "--yes", "--non-interactive", "--color", color];
  // Ctrl-C reaches Pulumi by the terminal. It ends the update in its own time: wait for that.
  process.on("SIGINT", ignore);
  const result = await execa("pulumi", args, {
    cwd: stack.project,
    env: stack.env,
    extendEnv: false,
    stdio: ["ignore", "inherit", "inherit"],
    reject: false,
    cleanup: false,
  });
  process.off("SIGINT", ignore);
  return result.exitCode ?? 1;
}

function ignore(): void {}

function printSummary(outputs: Record<string, unknown>): void {
  const rows = [
    ["open", text(outputs.url)],
    ["active slot", text(outputs.active)],
    ["release", text(outputs.release)],
    ["version", text(outputs.version)],
  ].filter(([, value]) => value !== "");
  const width = Math.max(0, ...rows.map(([name]) => name!.length));
  console.log(`\n${pc.green(pc.bold("Running."))}`);
  for (const [name, value] of rows) console.log(`  ${name!.padEnd(width)}  ${pc.bold(value!)}`);
  const release = text(outputs.release) || "<id>";
  const next = [
    ["source .slipway/env", "from here on a plain `pulumi` uses this stack"],
    ["pulumi config set slipway:version 1.1.0 && pulumi up", "a new release, into the idle slot"],
    [`pulumi config set slipway:release ${release} && pulumi up`, "back to this release"],
    ["pulumi destroy", "remove it all"],
  ];
  const room = Math.max(...next.map(([command]) => command!.length));
  console.log("\nNext, in this folder:");
  for (const [command, why] of next)
    console.log(`  ${command!.padEnd(room)}  ${pc.dim(`# ${why}`)}`);
}

/** One line for any output: a string, a list of URLs, an object of them. */
function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(text).join("  ");
  if (typeof value === "object") return Object.values(value).map(text).join("  ");
  return String(value);
}
