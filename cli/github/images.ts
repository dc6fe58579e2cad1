import type { Facts, Image } from "./facts";
import { passed } from "./passed";
import { checkout, perPullRequest, qemu, RUNNER } from "./steps";
import { trial, trialOf } from "./trial";
import { FILES, trivy, TRIVY_RIGHTS } from "./trivy";
import { action, type Step, type Workflow } from "./workflow";

/** The one that a runner has without emulation. */
const OWN = "linux/amd64";

/**
 * Whether each image can be built, and starts; what is known of its packages. On a pull request, and first thing in a
 * deploy.
 *
 * Nothing is pushed from here. What is deployed has one name, made of its content, which Slipway gives it: a second one who
 * pushes would make a second image of the same commit, with other digests, and what was tried in staging would be
 * one of two. So the deploy builds, from the layers that this leaves in GitHub's cache, and pushes once, with
 * tags, provenance and bill of materials (slipway:builds); `signed` in the deploy signs those digests.
 */
export function images({ images: all }: Facts): Workflow | undefined {
  if (all.length === 0) return undefined;
  return {
    name: "slipway images",
    on: { pull_request: {}, workflow_call: {} },
    permissions: { contents: "read" },
    concurrency: perPullRequest("images"),
    defaults: { run: { shell: "bash" } },
    jobs: passed("slipway images", {
      image: {
        name: "image of ${{ matrix.service }}",
        "runs-on": RUNNER,
        "timeout-minutes": 45,
        permissions: TRIVY_RIGHTS,
        strategy: { "fail-fast": false, matrix: { include: all.map(inMatrix) } },
        steps: [
          checkout,
          ...qemu(all.flatMap(({ platforms }) => platforms)),
          { uses: action("docker/setup-buildx-action") },
          build("The image", {
            platforms: "${{ matrix.own }}",
            load: true,
            tags: IMAGE,
          }),
          trial(IMAGE),
          ...trivy("trivy-${{ matrix.service }}", { "image-ref": IMAGE, scanners: "vuln" }),
          // Several platforms fit in no engine, and nowhere but a registry: what is left of them is the cache.
          build("All platforms, for the cache", {
            platforms: "${{ matrix.platforms }}",
            outputs: "type=cacheonly",
            "cache-to": "type=gha,mode=max,scope=${{ matrix.scope }},ignore-error=true",
          }),
        ],
      },
      files: {
        name: "files of the repository",
        "runs-on": RUNNER,
        "timeout-minutes": 15,
        permissions: TRIVY_RIGHTS,
        steps: [checkout, ...trivy("trivy-fs", FILES)],
      },
    }),
  };
}

const IMAGE = "checked/${{ matrix.service }}:${{ github.sha }}";

function inMatrix(image: Image) {
  const { service, scope, context, dockerfile, target } = image;
  const platforms = image.platforms.length > 0 ? image.platforms : [OWN];
  return {
    service,
    scope,
    context,
    dockerfile,
    target,
    platforms: platforms.join(","),
    own: platforms.includes(OWN) ? OWN : platforms[0]!,
    ...trialOf(image),
  };
}

/** GitHub looks for a scope in the branch's own cache first, then in that of the one it goes to, then in main's. */
const build = (name: string, wanted: Record<string, string | boolean>): Step => ({
  name,
  uses: action("docker/build-push-action"),
  with: {
    context: "${{ matrix.context }}",
    file: "${{ matrix.dockerfile }}",
    target: "${{ matrix.target }}",
    "cache-from": "type=gha,scope=${{ matrix.scope }}",
    ...wanted,
  },
});
