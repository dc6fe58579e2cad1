import type { Facts } from "./facts";
import { inFolder } from "./paths";
import { checkout, defaults, RUNNER } from "./steps";
import { action, type Workflow } from "./workflow";

/** Playwright against an address: part of a deploy, or by hand. Undefined where it is not configured. */
export function e2e({ playwright: folder }: Facts): Workflow | undefined {
  if (folder === undefined) return undefined;
  const url = { description: "Where the application is", type: "string", required: true };
  return {
    name: "slipway e2e",
    on: { workflow_call: { inputs: { url } }, workflow_dispatch: { inputs: { url } } },
    permissions: { contents: "read" },
    defaults: defaults({ folder }),
    jobs: {
      playwright: {
        "runs-on": RUNNER,
        "timeout-minutes": 30,
        steps: [
          checkout,
          { uses: action("actions/setup-node"), with: { "node-version": "22" } },
          { run: "npm ci" },
          { run: "npx playwright install --with-deps" },
          // Both names are common in a playwright.config.
          {
            env: { BASE_URL: "${{ inputs.url }}", PLAYWRIGHT_BASE_URL: "${{ inputs.url }}" },
            run: "npx playwright test",
          },
          {
            if: "failure()",
            uses: action("actions/upload-artifact"),
            with: {
              name: "playwright",
              path: `${inFolder(folder, "playwright-report/")}\n${inFolder(folder, "test-results/")}\n`,
              "if-no-files-found": "ignore",
              "retention-days": 14,
            },
          },
        ],
      },
    },
  };
}
