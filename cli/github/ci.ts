import { deployedBranches, jobName, type Facts } from "./facts";
import { integration } from "./integration";
import type { Code } from "./languages";
import { nodeAudit, nodeTests } from "./node";
import { passed } from "./passed";
import { pythonAudit, pythonTests } from "./python";
import { checkout, defaults, perPullRequest, RUNNER, slipway } from "./steps";
import type { Job, Step, Workflow } from "./workflow";

/**
 * Lint, types and tests of what is in the images, what is known of what they depend on, and whether each environment can be
 * deployed. Needs no secret. A deploy begins with it; other branches have it by themselves.
 */
export function ci(facts: Facts): Workflow {
  const deployed = facts.environments.length > 0 ? deployedBranches(facts) : [];
  const branches = ["main", "develop", "feature/**"].filter((one) => !deployed.includes(one));
  return {
    name: "slipway ci",
    on: {
      ...(branches.length > 0 && { push: { branches } }),
      pull_request: {},
      workflow_call: {},
    },
    permissions: { contents: "read" },
    concurrency: perPullRequest("ci"),
    defaults: defaults(facts),
    jobs: passed("slipway ci", {
      description: {
        "runs-on": RUNNER,
        "timeout-minutes": 10,
        steps: [
          ...slipway(facts),
          { run: "npx slipway workflows --check" },
          ...facts.environments.map(({ name }) => ({
            if: "!cancelled()",
            run: `npx slipway check -e ${name}`,
          })),
        ],
      },
      ...jobsOf(facts, "", tests),
      ...integration(facts),
      // What has become known since keeps no fix of something else from being deployed: `security` tells it daily.
      ...jobsOf(facts, "audit_", audits, "github.event_name == 'pull_request'"),
    }),
  };
}

const tests = (code: Code): Record<string, Step[]> => ({
  python: code.python ? pythonTests(code, code.python) : [],
  node: code.node ? nodeTests(code, code.node) : [],
});

/** Known weaknesses of what the code depends on. */
export const audits = (code: Code): Record<string, Step[]> => ({
  python: code.python ? pythonAudit(code, code.python) : [],
  node: code.node ? nodeAudit(code, code.node) : [],
});

/** A job for each language of each folder that there is something to do for. */
export function jobsOf(
  facts: Facts,
  prefix: string,
  steps: (code: Code) => Record<string, Step[]>,
  condition?: string,
): Record<string, Job> {
  const named = prefix.replace("_", " of ");
  return Object.fromEntries(
    facts.code.flatMap((code) =>
      Object.entries(steps(code))
        .filter(([, own]) => own.length > 0)
        .map(([language, own]) => [
          jobName(`${prefix}${language}_${code.folder === "." ? "root" : code.folder}`),
          {
            name: `${named}${language} of ${code.services.join(", ")}`,
            ...(condition === undefined ? {} : { if: condition }),
            "runs-on": RUNNER,
            "timeout-minutes": 20,
            steps: [checkout, ...own],
          } satisfies Job,
        ]),
    ),
  );
}
