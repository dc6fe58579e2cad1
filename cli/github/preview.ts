import { rightsAt } from "./aws";
import type { Facts } from "./facts";
import { defaults, OURS, PULUMI, reaching, RUNNER, slipway } from "./steps";
import { action, type Workflow } from "./workflow";

const MARKER = "<!-- slipway preview -->";
/** Of a comment on GitHub, less what stands between the parts. */
const COMMENT_ROOM = 65_000;

/**
 * What a pull request would do to each environment, as one comment. Its jobs do not enter the environments, whose
 * reviewers would be asked; so they see the repository's own secrets only. A fork's code gets none, and Dependabot's neither.
 */
export function preview(facts: Facts): Workflow {
  const names = facts.environments.map(({ name }) => name);
  const each = {
    strategy: { "fail-fast": false, matrix: { environment: names } },
    env: { ENVIRONMENT: "${{ matrix.environment }}" },
  };
  const limit = Math.floor(COMMENT_ROOM / Math.max(1, names.length));
  return {
    name: "slipway preview",
    on: { pull_request: {} },
    permissions: { contents: "read" },
    concurrency: {
      group: "slipway-preview-${{ github.event.pull_request.number }}",
      "cancel-in-progress": true,
    },
    defaults: defaults(facts),
    jobs: {
      check: {
        name: "check ${{ matrix.environment }}",
        if: `\${{ !(${OURS}) }}`,
        "runs-on": RUNNER,
        "timeout-minutes": 10,
        ...each,
        steps: [...slipway(facts), { run: 'npx slipway check -e "$ENVIRONMENT"' }],
      },
      preview: {
        name: "preview ${{ matrix.environment }}",
        if: OURS,
        "runs-on": RUNNER,
        "timeout-minutes": 15,
        ...rightsAt(facts.environments),
        ...each,
        steps: [
          ...reaching(facts, facts.environments),
          {
            env: PULUMI,
            run: `npx slipway preview -e "$ENVIRONMENT" --markdown --limit ${limit} > "$RUNNER_TEMP/$ENVIRONMENT.md"`,
          },
          {
            if: "!cancelled()",
            uses: action("actions/upload-artifact"),
            with: {
              name: "preview-${{ matrix.environment }}",
              path: "${{ runner.temp }}/${{ matrix.environment }}.md",
              "if-no-files-found": "ignore",
              "retention-days": 7,
            },
          },
        ],
      },
      comment: {
        if: `\${{ !cancelled() && ${OURS} }}`,
        needs: ["preview"],
        "runs-on": RUNNER,
        "timeout-minutes": 5,
        permissions: { "pull-requests": "write" },
        steps: [
          {
            uses: action("actions/download-artifact"),
            with: {
              pattern: "preview-*",
              "merge-multiple": true,
              path: "${{ runner.temp }}/previews",
            },
          },
          {
            name: "One comment",
            "working-directory": "${{ runner.temp }}",
            env: {
              GH_TOKEN: "${{ github.token }}",
              REPOSITORY: "${{ github.repository }}",
              PULL_REQUEST: "${{ github.event.pull_request.number }}",
              COMMIT: "${{ github.event.pull_request.head.sha }}",
            },
            run: COMMENT,
          },
        ],
      },
    },
  };
}

/** Nothing is checked out where a token may write. */
const COMMENT = `mkdir -p previews
{
  echo '${MARKER}'
  cat previews/*.md 2> /dev/null || echo "No preview came to its end: see the checks of this pull request."
  printf '\\nOf commit %s.\\n' "$COMMIT"
} > comment.md
known=$(gh api --paginate "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" \\
  --jq '.[] | select(.user.type == "Bot" and (.body | startswith("${MARKER}"))) | .id' | sed -n 1p)
if [ -n "$known" ]; then
  gh api --silent -X PATCH "repos/$REPOSITORY/issues/comments/$known" -F body=@comment.md
else
  gh api --silent -X POST "repos/$REPOSITORY/issues/$PULL_REQUEST/comments" -F body=@comment.md
fi
`;
