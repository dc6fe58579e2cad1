import { gitOf } from "../git";
import { Findings } from "../spec/findings";
import { readApplication } from "../spec/load";
import type * as renders from "../render";
import { stackCommand } from "./options";
import { printedFindings } from "./print";
import { readProject } from "./project";
import { asFindings } from "./report";
import { CODE, type Result, type Surroundings } from "./run";

/** `slipway render`: the Kubernetes manifests that a deploy applies. Asks no cluster. */
export async function render(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "render",
    "Prints the Kubernetes manifests that a deploy of a stack applies, for review. Secrets stay sealed.",
    ["-e production", "-e production > manifests.yaml"],
    { json: undefined },
  ).parse(argv, { from: "user" });
  const { stack } = command.opts<{ stack: string }>();
  const { cwd, environment, colours } = around;
  const findings = new Findings(cwd);
  const project = readProject(cwd, stack, findings);
  const git = gitOf(project?.directory ?? cwd);
  const read =
    project &&
    readApplication({
      directory: project.directory,
      git,
      stack: project.stack,
      config: project,
      environment,
      base: cwd,
    });
  // Their names are sealed with their values: whether one is missing, only the update can tell.
  if (project?.namesSealed) read?.findings.leaveToStack();
  const spec = read?.found?.spec;
  if (spec && spec.platform !== "kubernetes") {
    findings.fault("slipway:platform", "has no manifests: they are for Kubernetes", {
      given: spec.platform,
      allowed: "kubernetes",
    });
  }
  const faults = [findings, ...(read ? [read.findings] : [])].flatMap((all) =>
    asFindings(all, "faults"),
  );
  if (spec === undefined || faults.length > 0) {
    const output = printedFindings("Faults", faults, colours.red, colours).join("\n");
    return { output, code: CODE.refused };
  }
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the SDKs are large: loaded when there is something to render
  const { manifests } = require("../render") as typeof renders;
  const names = Object.keys({ ...read!.found!.secrets, ...spec.availableSecrets });
  return { output: await manifests(spec, names, git), code: CODE.done };
}
