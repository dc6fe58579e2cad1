import { Findings } from "../spec/findings";
import { readApplication } from "../spec/load";
import type { ApplicationSpec } from "../spec/types";
import { readProject, type Project } from "./project";
import { asFindings, type Finding } from "./report";
import type { Surroundings } from "./run";

/** A stack of this project, as its files describe it. */
export interface NamedStack {
  name: string;
  project: Project;
  spec: ApplicationSpec;
  /** Absolute paths of its Compose files. */
  files: string[];
}

export { placeOf } from "../spec/place";

/** Faults of these are no matter to who only wants to know where an application is: a password that is not set. */
const IS_PART = /^(services|volumes|networks|secrets|configs|slipway:secrets|slipway:key)\b/;

/**
 * A stack by its name, without the Pulumi CLI; with faults where its place cannot be known. `whole`: with those too that
 * keep it from being deployed.
 */
export function namedStack(
  name: string,
  { cwd, environment }: Surroundings,
  whole = false,
): { stack?: NamedStack; faults: Finding[] } {
  const findings = new Findings(cwd);
  const project = readProject(cwd, name, findings);
  const read =
    project &&
    readApplication({
      directory: project.directory,
      stack: project.stack,
      config: project,
      environment,
      base: cwd,
      hashes: false,
    });
  const spec = read?.found?.spec;
  // What only the stack can answer is left to the update.
  if (project?.namesSealed) read?.findings.leaveToStack();
  const described = read ? asFindings(read.findings, "faults") : [];
  const faults = [
    ...asFindings(findings, "faults"),
    ...described.filter(({ path }) => whole || spec === undefined || !IS_PART.test(path)),
  ];
  return project && spec
    ? { stack: { name, project, spec, files: read?.files ?? [] }, faults }
    : { faults };
}
