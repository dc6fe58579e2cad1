import { audits, jobsOf } from "./ci";
import type { Facts } from "./facts";
import { checkout, RUNNER } from "./steps";
import { FILES, trivy, TRIVY_RIGHTS } from "./trivy";
import { action, type Workflow } from "./workflow";

/** What has become known since yesterday of code that has not changed. */
export const security = (facts: Facts): Workflow => ({
  name: "slipway security",
  on: {
    schedule: [{ cron: "23 4 * * *" }],
    workflow_dispatch: {},
  },
  permissions: { contents: "read" },
  concurrency: { group: "slipway-security-${{ github.ref }}", "cancel-in-progress": true },
  defaults: { run: { shell: "bash" } },
  jobs: {
    trivy: {
      "runs-on": RUNNER,
      "timeout-minutes": 15,
      permissions: TRIVY_RIGHTS,
      steps: [checkout, ...trivy("trivy-fs", FILES)],
    },
    // From outside, where the address is told.
    zap: {
      if: "vars.STAGING_URL != ''",
      "runs-on": RUNNER,
      "timeout-minutes": 30,
      steps: [
        checkout,
        {
          uses: action("zaproxy/action-baseline"),
          with: { target: "${{ vars.STAGING_URL }}", allow_issue_writing: false },
        },
      ],
    },
    ...jobsOf(facts, "", audits),
  },
});
