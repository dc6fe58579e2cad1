import { gitOf } from "../git";
import { readApplication, type ConfigSource } from "../spec/load";
import type { Backend } from "./backend";
import { rowOf, type Row } from "./doctorRow";
import type { Project } from "./project";
import { asFindings } from "./report";
import type { Surroundings } from "./run";

/** Whether the stack's secrets can be opened, whether its description can be deployed, and what secrets that lacks. */
export async function stackRows(
  stack: string,
  project: Project,
  backend: Backend,
  around: Surroundings,
): Promise<Row[]> {
  let secrets: Record<string, string> | undefined;
  const opened = await rowOf(
    "secrets",
    "can be opened",
    async () => {
      secrets = await backend.secrets(stack);
      const count = Object.keys(secrets).length;
      return { found: count === 1 ? "1 is opened" : `${count} are opened`, ok: true };
    },
    "look at secretsprovider in the stack's file, and at the login to its key",
  );
  return [opened, ...described(project, secrets, around)];
}

/** Values that were opened take the place of those that stand for them; none of them is told. */
function described(
  project: Project,
  secrets: Record<string, string> | undefined,
  { cwd, environment }: Surroundings,
): Row[] {
  const isSet = secrets !== undefined && project.all["slipway:secrets"] !== undefined;
  const values: Record<string, string> = isSet
    ? { "slipway:secrets": JSON.stringify(secrets) }
    : {};
  const config: ConfigSource = { ...project, all: { ...project.all, ...values } };
  const { directory, stack } = project;
  const { findings } = readApplication({
    directory,
    git: gitOf(directory),
    stack,
    config,
    environment,
    base: cwd,
    hashes: false,
  });
  if (secrets === undefined && project.namesSealed) findings.leaveToStack();
  // Of a secret that is there, the cure is another.
  const unset = findings.faults.filter(({ path }) => !path.startsWith("slipway:secrets"));
  const missing = [...new Set(unset.flatMap(({ cure }) => secretIn(cure) ?? []))].sort();
  const empty = findings.warnings.flatMap(({ what }) => unsetIn(what) ?? []);
  const faults = asFindings(findings, "faults");
  return [configRow(stack, faults), valuesRow(missing, [...new Set(empty)].sort())];
}

function configRow(stack: string, faults: ReturnType<typeof asFindings>): Row {
  const [first] = faults;
  const row = { what: "config", wanted: "no fault" };
  if (first === undefined) return { ...row, found: "no fault", ok: true };
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const found = `${count}: ${first.path} ${first.what}`;
  return { ...row, found, cure: `slipway check --stack ${stack} tells all of them`, ok: false };
}

function valuesRow(missing: string[], empty: string[]): Row {
  const row = { what: "values", wanted: "none missing" };
  if (missing.length > 0) {
    const cure = missing.map((name) => `pulumi config set --secret --path slipway:secrets.${name}`);
    return { ...row, found: `missing: ${missing.join(", ")}`, cure: cure.join("; "), ok: false };
  }
  if (empty.length > 0) {
    const found = `not set, taken as empty: ${empty.join(", ")}`;
    return { ...row, found, cure: "set them in the environment, in .env or as secrets", ok: true };
  }
  return { ...row, found: "none missing", ok: true };
}

const secretIn = (cure = "") => /\bslipway:secrets\.(\w[\w-]*)/.exec(cure)?.[1];
const unsetIn = (what: string) => /^variable (\S+) is not set/.exec(what)?.[1];
