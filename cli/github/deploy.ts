import { rightsAt } from "./aws";
import {
  deployedBranches,
  jobName,
  othersOf,
  productionsOf,
  stagingOf,
  type Environment,
  type Facts,
} from "./facts";
import { failed } from "./failed";
import { defaults, diagnostics, PULUMI, reaching, RUNNER, turn } from "./steps";
import { signed } from "./signed";
import { TRIVY_RIGHTS } from "./trivy";
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
  const first = staging ?? productions[0];
  const checks = checksOf(facts);
  const updates = {
    ...(staging
      ? { [jobName(staging.name)]: deployed(facts, staging, firstIf(facts, staging)) }
      : {}),
    ...(staging && facts.playwright !== undefined ? { e2e: tested(staging) } : {}),
    ...(first?.registry === undefined
      ? {}
      : { signed: signed(first, first.registry, jobName(first.name)) }),
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
  const jobs = { ...checks, ...updates };
  return {
    name: "slipway deploy",
    on: {
      push: {
        branches: deployedBranches(facts),
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
    jobs: {
      ...jobs,
      failed: failed(facts, "deploy", Object.keys(jobs), toldIf(Object.keys(checks))),
    },
  };
}

/** Tests that fail on a feature's branch are its author's matter, who sees them. */
const toldIf = (checks: string[]) => {
  const isRed = checks.map((one) => `needs.${one}.result == 'failure'`).join(" || ");
  return `failure() && !(startsWith(github.ref, 'refs/heads/feature/') && (${isRed}))`;
};

/** Nothing is deployed that fails its tests, or whose image does not start. */
const checksOf = (facts: Facts): Record<string, Job> => ({
  ci: { permissions: { contents: "read" }, uses: "./.github/workflows/slipway-ci.yml" },
  ...(facts.images.length > 0 && {
    images: { permissions: TRIVY_RIGHTS, uses: "./.github/workflows/slipway-images.yml" },
  }),
});

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

/** What was pushed, by digest: service -> name@digest. */
const tellImages = (name: string) =>
  `pulumi stack output --stack ${name} --json | jq -r '"images=\\(.images // {} | tojson)"' >> "$GITHUB_OUTPUT"\n`;

/** A job that has run out of time counts as cancelled, and nobody would hear of it: a step fails. */
const LIMIT = { "timeout-minutes": 45 };

function deployed(facts: Facts, one: Environment, wanted: string): Job {
  const isPushed = one.registry !== undefined;
  return {
    name: `deploy ${one.name}`,
    if: wanted,
    needs: Object.keys(checksOf(facts)),
    "runs-on": RUNNER,
    "timeout-minutes": 60,
    ...rightsAt([one]),
    environment: { name: one.entered, url: "${{ steps.update.outputs.url }}" },
    concurrency: turn(one.name),
    outputs: {
      release: "${{ steps.update.outputs.release }}",
      url: "${{ steps.update.outputs.url }}",
      ...(isPushed && { images: "${{ steps.update.outputs.images }}" }),
    },
    steps: [
      ...reaching(facts, [one], [one]),
      {
        id: "update",
        ...LIMIT,
        env: {
          ...PULUMI,
          VERSION: "${{ github.ref_type == 'tag' && github.ref_name || inputs.version }}",
        },
        // A tag v1.4.2 is version 1.4.2.
        run:
          tell(`version=\${VERSION#v}
npx slipway deploy -e ${one.name} \${version:+-v "$version"} --lock-wait 600`) +
          (isPushed ? tellImages(one.name) : ""),
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
    needs: [
      first,
      ...(isTested ? ["e2e"] : []),
      ...(staging.registry === undefined ? [] : ["signed"]),
    ],
    "runs-on": RUNNER,
    "timeout-minutes": 60,
    ...rightsAt([staging, one]),
    environment: { name: one.entered, url: "${{ steps.update.outputs.url }}" },
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
        ...LIMIT,
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
  // As it is seen from outside, where that is told.
  with: { url: `\${{ vars.STAGING_URL || needs.${jobName(staging.name)}.outputs.url }}` },
});
