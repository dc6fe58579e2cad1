import { OURS } from "./steps";
import { action, type Permissions, type Step } from "./workflow";

/** What Trivy finds, under Security in the repository. */
export const trivy = (category: string, wanted: Record<string, string>): Step[] => [
  {
    uses: action("aquasecurity/trivy-action"),
    with: { ...wanted, format: "sarif", output: "trivy.sarif" },
  },
  {
    name: "Upload what was found",
    // A fork's token may not write, nor that of a run that Dependabot began.
    if: `!cancelled() && (github.event_name != 'pull_request' || (${OURS}))`,
    uses: action("github/codeql-action/upload-sarif"),
    with: { sarif_file: "trivy.sarif", category },
    // A private repository without code scanning refuses it: no reason to stop a deploy.
    "continue-on-error": true,
  },
];

/** Of files: what they depend on, what they give away, and how they are configured. */
export const FILES = { "scan-type": "fs", scanners: "vuln,secret,misconfig" };

/** `actions: read` is what the upload wants in a private repository. */
export const TRIVY_RIGHTS: Permissions = {
  actions: "read",
  contents: "read",
  "security-events": "write",
};
