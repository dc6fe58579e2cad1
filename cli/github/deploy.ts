import { jobName, othersOf, productionsOf, stagingOf, type Environment, type Facts } from "./facts";
import { failed } from "./failed";
import { defaults, diagnostics, PULUMI, reaching, RUNNER, turn } from "./steps";
import type { Job, Workflow } from "./workflow";

const MAIN = "(github.ref == 'refs/heads/main' || github.ref_type == 'tag')";

/**
 * A commit goes to staging; one of main, and a tag, from there to production: what is built for staging is promoted by
 * digest. A tag is the release's version. Undefined where there is no stack.
 */
export function deploy(facts: Facts): Workflow | undefined {
  if (facts.environments.length === 0) return undefined;
  const staging = stagingOf(facts);
  const productions = productionsOf(facts);
  const updates = {
    ...(staging
      ? { [jobName(staging.name)]: deployed(facts, staging, firstIf(facts, staging)) }
      : {}),
    ...(staging && facts.playwright !== undefined ? { e2e: tested(staging) } : {}),
    ...Object.fromEntries(
      productions.map((one) => [
        jobName(one.name),
        staging ? promoted(facts, staging, one) : deployed(facts, one, productionIf(one)),
      ]),
    ),
    ...Object.fromEntries(
      othersOf(facts).map((one) => [jobName(one.name), deployed(facts, one, chosen(one))]),
    ),
  };
  return {
    name: "slipway deploy",
    on: {
      push: {
        branches: staging ? ["main", "develop", "feature/**"] : ["main"],
        ...(productions.length > 0 ? { tags: ["v*"] } : {}),
      },
      workflow_dispatch: {
        inputs: {
          environment: {
            description:
              staging && productions.length > 0
                ? `Where to; production by way of ${staging.name}, from main or a tag`
                : "Where to",
            type: "choice",
            required: true,
            options: facts.environments.map(({ name }) => name),
          },
          version: { description: "What people call this release", type: "string" },
        },
      },
    },
    permissions: { contents: "read" },
    defaults: defaults(facts),
    jobs: { ...updates, failed: failed(facts, "deploy", Object.keys(updates)) },
  };
}

/** By hand, where it was chosen. */
const chosen = ({ name }: Environment) => `inputs.environment == '${name}'`;

/** A push, or by hand: production has to go through here, too. */
const firstIf = (facts: Facts, staging: Environment) =>
  [
    "github.event_name == 'push'",
    chosen(staging),
    ...productionsOf(facts).map((one) => `(${chosen(one)} && ${MAIN})`),
  ].join(" || ");

const productionIf = (one: Environment) =>
  `${MAIN} && (github.event_name == 'push' || ${chosen(one)})`;

/** The release's id goes on to the jobs after it, so that they know what was tried. */
const tell = (update: string) => `${update} --json > "$RUNNER_TEMP/report.json"
{
  jq -r '"release=\\(.after.release // "")"' "$RUNNER_TEMP/report.json"
  jq -r '"url=\\(.url // "")"' "$RUNNER_TEMP/report.json"
} >> "$GITHUB_OUTPUT"
`;

function deployed(facts: Facts, one: Environment, wanted: string): Job {
  return {
    name: `deploy ${one.name}`,
    if: wanted,
    "runs-on": RUNNER,
    "timeout-minutes": 60,
    environment: { name: one.name, url: "${{ steps.update.outputs.url }}" },
    concurrency: turn(one.name),
    outputs: {
      release: "${{ steps.update.outputs.release }}",
      url: "${{ steps.update.outputs.url }}",
    },
    steps: [
      ...reaching(facts, [one]),
      {
        id: "update",
        env: {
          ...PULUMI,
          VERSION: "${{ github.ref_type == 'tag' && github.ref_name || inputs.version }}",
        },
        // A tag v1.4.2 is version 1.4.2.
        run: tell(`version=\${VERSION#v}
npx slipway deploy -e ${one.name} \${version:+-v "$version"} --lock-wait 600`),
      },
      diagnostics(facts, one.name),
    ],
  };
}

function promoted(facts: Facts, staging: Environment, one: Environment): Job {
  const first = jobName(staging.name);
  const isTested = facts.playwright !== undefined;
  return {
    name: `promote to ${one.name}`,
    // Whoever asks for staging by hand does not want production.
    if: productionIf(one),
    needs: isTested ? [first, "e2e"] : [first],
    "runs-on": RUNNER,
    "timeout-minutes": 60,
    environment: { name: one.name, url: "${{ steps.update.outputs.url }}" },
    concurrency: turn(one.name),
    steps: [
      ...reaching(facts, [staging, one]),
      {
        name: `What was tried still serves in ${staging.name}`,
        env: { ...PULUMI, RELEASE: `\${{ needs.${first}.outputs.release }}` },
        run: `serving=$(npx slipway status -e ${staging.name} --json | jq -r '.slots[] | select(.serves) | .release')
if [ -z "$RELEASE" ] || [ "$serving" != "$RELEASE" ]; then
  echo "::error::${staging.name} serves release $serving by now, not $RELEASE, which was tried. Run the workflow again."
  exit 1
fi
`,
      },
      {
        id: "update",
        env: PULUMI,
        run: tell(`npx slipway promote --from ${staging.name} --to ${one.name} --yes`),
      },
      diagnostics(facts, one.name),
    ],
  };
}

const tested = (staging: Environment): Job => ({
  needs: [jobName(staging.name)],
  permissions: { contents: "read" },
  uses: "./.github/workflows/slipway-e2e.yml",
  with: { url: `\${{ needs.${jobName(staging.name)}.outputs.url }}` },
});
