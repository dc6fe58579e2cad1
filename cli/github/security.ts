import { audits, jobsOf } from "./ci";
import type { Facts } from "./facts";
import { checkout, RUNNER } from "./steps";
import { action, type Workflow } from "./workflow";

/** What has become known since yesterday of code that has not changed. */
export const security = (facts: Facts): Workflow => ({
  name: "slipway security",
  on: {
    schedule: [{ cron: "23 4 * * *" }],
    push: { branches: ["main"] },
    workflow_dispatch: {},
  },
  permissions: { contents: "read" },
  concurrency: { group: "slipway-security-${{ github.ref }}", "cancel-in-progress": true },
  defaults: { run: { shell: "bash" } },
  jobs: {
    trivy: {
      "runs-on": RUNNER,
      "timeout-minutes": 15,
      permissions: { contents: "read", "security-events": "write" },
      steps: [
        checkout,
        {
          uses: action("aquasecurity/trivy-action"),
          with: {
            "scan-type": "fs",
            scanners: "vuln,secret,misconfig",
            format: "sarif",
            output: "trivy.sarif",
          },
        },
        {
          if: "always()",
          uses: action("github/codeql-action/upload-sarif"),
          with: { sarif_file: "trivy.sarif", category: "trivy-fs" },
        },
      ],
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
    ...jobsOf(facts, audits),
  },
});
