import { RUNNER } from "./steps";
import type { Job } from "./workflow";

/** One check under a name that stays, for a branch's rules to ask for, whatever jobs a project has. */
export const passed = (name: string, jobs: Record<string, Job>): Record<string, Job> => ({
  ...jobs,
  passed: {
    name,
    // A check that is skipped counts as passed: it runs in any case. A deploy asks the jobs themselves.
    if: "always() && github.event_name == 'pull_request'",
    needs: Object.keys(jobs),
    "runs-on": RUNNER,
    "timeout-minutes": 5,
    permissions: {},
    steps: [
      {
        "working-directory": "${{ runner.temp }}",
        env: { RESULTS: "${{ join(needs.*.result, ' ') }}" },
        run: `case "$RESULTS" in *failure* | *cancelled*) echo "::error::$RESULTS"; exit 1 ;; esac`,
      },
    ],
  },
});
