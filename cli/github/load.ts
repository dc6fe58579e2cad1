import { BUDGET } from "./budget";
import type { Facts } from "./facts";
import { checkout, RUNNER } from "./steps";
import { action, type Step, type Workflow } from "./workflow";

/**
 * 100 users for 5 minutes, by Locust or k6, against an address: by hand, and each week against staging. Undefined where
 * there is no script for either.
 */
export function load({ load: found }: Facts): Workflow | undefined {
  if (found === undefined) return undefined;
  const inputs = {
    url: { description: "Where the application is", type: "string", required: true },
    p95: { description: "95 % answer within ms", type: "string", default: P95 },
    errors: { description: "Requests that may fail, in %", type: "string", default: ERRORS },
    factor: {
      description: "So many times the p95 of the last good run on main is too slow",
      type: "string",
      default: FACTOR,
    },
  };
  return {
    name: "slipway load",
    on: { workflow_dispatch: { inputs }, schedule: [{ cron: "41 3 * * 1" }] },
    permissions: { contents: "read" },
    // Two at once would measure each other.
    concurrency: { group: "slipway-load", "cancel-in-progress": false },
    defaults: { run: { shell: "bash" } },
    jobs: {
      [found.tool]: {
        if: "inputs.url != '' || vars.STAGING_URL != ''",
        "runs-on": RUNNER,
        "timeout-minutes": 20,
        permissions: { actions: "read", contents: "read" },
        env: { BASE_URL: "${{ inputs.url || vars.STAGING_URL }}", SCRIPT: found.script },
        steps: [checkout, ...MEASURED[found.tool], ...compared],
      },
    },
  };
}

const P95 = "1000";
const ERRORS = "1";
const FACTOR = "1.5";

/** Its summary's form is this version's. */
const K6 = "1.8.1";

const MEASURED: Record<NonNullable<Facts["load"]>["tool"], Step[]> = {
  locust: [
    { uses: action("actions/setup-python"), with: { "python-version": "3.13" } },
    { run: "pip install locust" },
    // What fails is the budget's matter.
    {
      run: 'locust -f "$SCRIPT" --headless -u 100 -r 10 -t 5m --host "$BASE_URL" --csv load --only-summary --exit-code-on-error 0',
    },
  ],
  k6: [
    { uses: action("grafana/setup-k6-action"), with: { "k6-version": K6 } },
    // Its own thresholds fail this step. A script finds the address as __ENV.BASE_URL.
    { run: 'k6 run --vus 100 --duration 5m --summary-export load.json "$SCRIPT"' },
  ],
};

/** An artifact of a run is what it leaves with the least rights: nobody writes, and the run tells whether it was good. */
const compared: Step[] = [
  {
    name: "The last good run on main",
    env: { GH_TOKEN: "${{ github.token }}", GH_REPO: "${{ github.repository }}" },
    run: `run=$(gh run list --workflow slipway-load.yml --branch main --status success --limit 1 --json databaseId --jq '.[].databaseId')
if [ -z "$run" ] || ! gh run download "$run" --name load --dir baseline; then
  echo "::notice::there is no baseline: only the budget counts"
fi
`,
  },
  {
    name: "The budget",
    env: {
      P95: `\${{ inputs.p95 || '${P95}' }}`,
      ERRORS: `\${{ inputs.errors || '${ERRORS}' }}`,
      FACTOR: `\${{ inputs.factor || '${FACTOR}' }}`,
    },
    run: BUDGET,
  },
  {
    if: "!cancelled()",
    uses: action("actions/upload-artifact"),
    with: {
      name: "load",
      path: "result.json\nload*.csv\nload.json\n",
      "if-no-files-found": "ignore",
      "retention-days": 90,
    },
  },
];
