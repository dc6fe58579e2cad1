import { rightsAt } from "./aws";
import type { Facts } from "./facts";
import { failed } from "./failed";
import { defaults, diagnostics, PULUMI, reaching, RUNNER, turn } from "./steps";
import type { Workflow } from "./workflow";

/** Back to a release that served, by hand; it waits for an update that runs, and for the environment's reviewers. */
export function rollback(facts: Facts): Workflow | undefined {
  if (facts.environments.length === 0) return undefined;
  return {
    name: "slipway rollback",
    on: {
      workflow_dispatch: {
        inputs: {
          environment: {
            description: "Where",
            type: "choice",
            required: true,
            options: facts.environments.map(({ name }) => name),
          },
          release: {
            description: "Its id or version; nothing: the one that served before",
            type: "string",
          },
        },
      },
    },
    permissions: { contents: "read" },
    defaults: defaults(facts),
    jobs: {
      rollback: {
        name: "rollback ${{ inputs.environment }}",
        "runs-on": RUNNER,
        "timeout-minutes": 30,
        ...rightsAt(facts.environments),
        environment: { name: enteredBy(facts) },
        concurrency: turn("${{ inputs.environment }}"),
        steps: [
          ...reaching(facts, facts.environments),
          {
            "timeout-minutes": 20,
            env: {
              ...PULUMI,
              ENVIRONMENT: "${{ inputs.environment }}",
              RELEASE: "${{ inputs.release }}",
            },
            run: 'npx slipway rollback -e "$ENVIRONMENT" ${RELEASE:+--to "$RELEASE"} --yes',
          },
          diagnostics(facts, "rollback"),
        ],
      },
      failed: failed(facts, "rollback", ["rollback"]),
    },
  };
}

/** By the stack that was chosen. */
function enteredBy({ environments }: Facts): string {
  if (environments.every(({ name, entered }) => name === entered)) {
    return "${{ inputs.environment }}";
  }
  const names = Object.fromEntries(environments.map(({ name, entered }) => [name, entered]));
  const json = JSON.stringify(names).replaceAll("'", "''");
  return `\${{ fromJSON('${json}')[inputs.environment] }}`;
}
