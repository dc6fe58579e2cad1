import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Backend } from "./backend";
import { isAtLeast, rowOf, type Row } from "./doctorRow";

/** The Pulumi CLI and where it keeps states. */

const own = JSON.parse(readFileSync(join(__dirname, "../package.json"), "utf8")) as {
  engines: { node: string };
  dependencies: Record<string, string>;
};
const NODE = own.engines.node.replace(/^\D+/, "");
/** The program's SDK: a CLI of its age knows all that it asks for. */
const PULUMI = own.dependencies["@pulumi/pulumi"]!;

const LOGIN = "pulumi login, or set PULUMI_BACKEND_URL to where the states are";

export function nodeRow(version = process.versions.node): Row {
  const ok = isAtLeast(version, NODE);
  const cure = ok ? {} : { cure: `install Node ${NODE} or newer` };
  return { what: "node", wanted: `${NODE}+`, found: version, ...cure, ok };
}

export async function pulumiRow(backend: Backend): Promise<Row> {
  const install = `install Pulumi ${PULUMI} or newer: https://www.pulumi.com/docs/install/`;
  const row = await rowOf(
    "pulumi",
    `${PULUMI}+`,
    async () => {
      const found = await backend.version();
      return isAtLeast(found, PULUMI)
        ? { found, ok: true }
        : { found, cure: `it may do; else ${install}`, ok: true };
    },
    install,
  );
  // Whatever it said.
  return row.ok ? row : { ...row, cure: install };
}

export function backendRow(
  backend: Backend,
  environment: Record<string, string | undefined>,
): Promise<Row> {
  const from = environment.PULUMI_BACKEND_URL ? "PULUMI_BACKEND_URL" : "pulumi login";
  return rowOf(
    "backend",
    "a login",
    async () => {
      const { user, url } = await backend.whoami();
      return {
        found: [url, user && `as ${user}`, `(${from})`].filter(Boolean).join(" "),
        ok: true,
      };
    },
    LOGIN,
  );
}

/** The project's stacks: a name is wanted among them where there is one. */
export function stacksRow(backend: Backend, stack?: string): Promise<Row> {
  const what = stack === undefined ? "stacks" : "stack";
  return rowOf(
    what,
    stack ?? "one or more",
    async () => {
      const known = await backend.stacks();
      const found = known.join(", ") || "none yet";
      if (stack === undefined) return { found, ok: true };
      const ok = known.some((name) => lastPart(name) === lastPart(stack));
      return ok ? { found: stack, ok } : { found, cure: `pulumi stack init ${stack}`, ok };
    },
    LOGIN,
  );
}

/** Of `organisation/project/stack`. */
const lastPart = (name: string) => name.split("/").pop();
