import type { Facts } from "./facts";
import { RUNNER } from "./steps";
import type { Job } from "./workflow";

/** Somebody must hear of it: one issue for the same trouble, and Slack where its webhook is known. */
export const failed = (
  { application }: Facts,
  what: string,
  needs: string[],
  condition = "failure()",
): Job => ({
  name: "tell of the failure",
  if: condition,
  needs,
  "runs-on": RUNNER,
  "timeout-minutes": 5,
  permissions: { issues: "write" },
  steps: [
    {
      name: "An issue",
      "working-directory": "${{ runner.temp }}",
      env: {
        GH_TOKEN: "${{ github.token }}",
        GH_REPO: "${{ github.repository }}",
        TITLE: `A ${what} of ${application} failed`,
        TEXT: `\${{ github.ref_name }} at \${{ github.sha }}, by \${{ github.actor }}: \${{ github.server_url }}/\${{ github.repository }}/actions/runs/\${{ github.run_id }}`,
      },
      run: ISSUE,
    },
    {
      name: "Slack",
      if: "!cancelled()",
      "working-directory": "${{ runner.temp }}",
      env: {
        SLACK_WEBHOOK: "${{ secrets.SLACK_WEBHOOK }}",
        TEXT: `A ${what} of ${application} failed: \${{ github.server_url }}/\${{ github.repository }}/actions/runs/\${{ github.run_id }}`,
      },
      run: SLACK,
    },
  ],
});

const ISSUE = `gh label create bug --description "Something is not working" --color d73a4a 2> /dev/null || true
known=$(gh issue list --state open --label bug --limit 200 --json number,title \\
  | jq -r --arg title "$TITLE" 'map(select(.title == $title)) | .[0].number // empty')
if [ -n "$known" ]; then
  gh issue comment "$known" --body "$TEXT"
else
  gh issue create --label bug --title "$TITLE" --body "$TEXT"
fi
`;

const SLACK = `if [ -z "$SLACK_WEBHOOK" ]; then exit 0; fi
jq -n --arg text "$TEXT" '{text: $text}' \\
  | curl --fail --silent --show-error --max-time 20 --json @- "$SLACK_WEBHOOK"
`;
