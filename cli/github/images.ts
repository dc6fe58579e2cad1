import type { Facts } from "./facts";
import { checkout, RUNNER } from "./steps";
import { action, type Workflow } from "./workflow";

/** Whether each image can be built, and what is known of its packages. Nothing is pushed: the deploy does that. */
export function images({ images: all }: Facts): Workflow | undefined {
  if (all.length === 0) return undefined;
  return {
    name: "slipway images",
    on: { pull_request: {}, push: { branches: ["main", "develop"] } },
    permissions: { contents: "read" },
    concurrency: {
      group: "slipway-images-${{ github.event.pull_request.number || github.ref }}",
      "cancel-in-progress": true,
    },
    defaults: { run: { shell: "bash" } },
    jobs: {
      image: {
        name: "image of ${{ matrix.service }}",
        "runs-on": RUNNER,
        "timeout-minutes": 30,
        permissions: { contents: "read", "security-events": "write" },
        strategy: { "fail-fast": false, matrix: { include: all } },
        steps: [
          checkout,
          { uses: action("docker/setup-buildx-action") },
          {
            uses: action("docker/build-push-action"),
            with: {
              context: "${{ matrix.context }}",
              file: "${{ matrix.dockerfile }}",
              target: "${{ matrix.target }}",
              load: true,
              tags: "checked/${{ matrix.service }}:${{ github.sha }}",
              "cache-from": "type=gha,scope=${{ matrix.service }}",
              "cache-to": "type=gha,mode=max,scope=${{ matrix.service }}",
            },
          },
          {
            uses: action("aquasecurity/trivy-action"),
            with: {
              "image-ref": "checked/${{ matrix.service }}:${{ github.sha }}",
              scanners: "vuln",
              format: "sarif",
              output: "trivy.sarif",
            },
          },
          {
            // A fork's token may not write.
            if: "github.event_name == 'push' || github.event.pull_request.head.repo.full_name == github.repository",
            uses: action("github/codeql-action/upload-sarif"),
            with: { sarif_file: "trivy.sarif", category: "trivy-${{ matrix.service }}" },
          },
        ],
      },
    },
  };
}
