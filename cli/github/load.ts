import type { Facts } from "./facts";
import { checkout, RUNNER } from "./steps";
import { action, type Workflow } from "./workflow";

/** Locust against an address, by hand: 100 users for 5 minutes. Undefined where there is no locustfile. */
export function load({ locust }: Facts): Workflow | undefined {
  if (locust === undefined) return undefined;
  const inputs = {
    url: { description: "Where the application is", type: "string", required: true },
    p95: { description: "95 % answer within ms", type: "string", default: "1000" },
    errors: { description: "Requests that may fail, in %", type: "string", default: "1" },
  };
  return {
    name: "slipway load",
    on: { workflow_dispatch: { inputs } },
    permissions: { contents: "read" },
    // Two at once would measure each other.
    concurrency: { group: "slipway-load", "cancel-in-progress": false },
    defaults: { run: { shell: "bash" } },
    jobs: {
      locust: {
        "runs-on": RUNNER,
        "timeout-minutes": 20,
        steps: [
          checkout,
          { uses: action("actions/setup-python"), with: { "python-version": "3.13" } },
          { run: "pip install locust" },
          {
            env: { URL: "${{ inputs.url }}" },
            run: `locust -f '${locust}' --headless -u 100 -r 10 -t 5m --host "$URL" --csv load --only-summary --exit-code-on-error 0`,
          },
          {
            name: "The budget",
            env: { P95: "${{ inputs.p95 }}", ERRORS: "${{ inputs.errors }}" },
            run: BUDGET,
          },
          {
            if: "always()",
            uses: action("actions/upload-artifact"),
            with: { name: "load", path: "load_*.csv", "if-no-files-found": "ignore" },
          },
        ],
      },
    },
  };
}

/** Its own columns are found by name: Locust adds some from time to time. */
const BUDGET = `python3 - <<'END'
import csv, os, sys

with open("load_stats.csv", newline="") as file:
    total = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
count, failed = int(total["Request Count"]), int(total["Failure Count"])
if count == 0:
    sys.exit("no request was sent")
p95, errors = float(total["95%"]), 100 * failed / count
told = f"{count} requests, p95 {p95:.0f} ms, {errors:.2f} % failed"
with open(os.environ.get("GITHUB_STEP_SUMMARY") or os.devnull, "a") as summary:
    summary.write(told + "\\n")
print(told)
if p95 > float(os.environ["P95"]) or errors > float(os.environ["ERRORS"]):
    sys.exit("that is over the budget")
END
`;
