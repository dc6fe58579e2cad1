import { awsLogins } from "./aws";
import type { Environment, Facts } from "./facts";
import { inFolder } from "./paths";
import { action, type Concurrency, type Step } from "./workflow";

/** The token is not left beside code that others may have written. */
export const checkout: Step = {
  uses: action("actions/checkout"),
  with: { "persist-credentials": false },
};

/** Of Slipway itself, which the project's package.json names. */
export function slipway({ folder }: Facts): Step[] {
  return [
    // With all commits and tags, and no file of older ones: a version may be git's.
    { ...checkout, with: { ...checkout.with, "fetch-depth": 0, filter: "blob:none" } },
    {
      uses: action("actions/setup-node"),
      with: {
        "node-version": "22",
        cache: "npm",
        "cache-dependency-path": inFolder(folder, "package-lock.json"),
      },
    },
    { run: "npm ci" },
  ];
}

/** All that a look at an environment, or an update of it, needs on the runner. `builds`: where images are built for. */
export function reaching(
  facts: Facts,
  environments: readonly Environment[],
  builds: readonly Environment[] = [],
): Step[] {
  return [
    ...slipway(facts),
    { uses: action("pulumi/actions"), with: { "pulumi-version": facts.pulumi } },
    // Before the builder: it asks once, as it starts, what it can build for.
    ...qemu(builds.flatMap(({ platforms }) => platforms)),
    { uses: action("docker/setup-buildx-action") },
    // A script is not told by itself how GitHub's cache is reached, where `images` has left its layers.
    ...(builds.some(({ cached }) => cached)
      ? [{ uses: action("crazy-max/ghaction-github-runtime") }]
      : []),
    ...(environments.some(({ ssh }) => ssh) ? [sshKey] : []),
    ...(environments.some(({ platform }) => platform === "kubernetes") ? [kubeconfig] : []),
    ...awsLogins(environments),
  ];
}

/** Of processors that a runner does not have. */
export function qemu(platforms: readonly string[]): Step[] {
  const others = platforms.filter((one) => !/^linux\/(amd64|386)$/.test(one));
  const names = [...new Set(others.map((one) => one.replace("linux/", "")))].sort();
  return names.length === 0
    ? []
    : [{ uses: action("docker/setup-qemu-action"), with: { platforms: names.join(",") } }];
}

/**
 * Where states are kept, and what opens their secrets; whose the repository is, for slipway:github: the job's own token
 * may not administer it. What is not set is empty, and not used.
 */
export const PULUMI = {
  GITHUB_TOKEN: "${{ secrets.SLIPWAY_GITHUB_TOKEN || github.token }}",
  PULUMI_ACCESS_TOKEN: "${{ secrets.PULUMI_ACCESS_TOKEN }}",
  PULUMI_BACKEND_URL: "${{ vars.PULUMI_BACKEND_URL }}",
  PULUMI_CONFIG_PASSPHRASE: "${{ secrets.PULUMI_CONFIG_PASSPHRASE }}",
};

const sshKey: Step = {
  name: "The way to the host",
  env: {
    DEPLOY_SSH_KEY: "${{ secrets.DEPLOY_SSH_KEY }}",
    DEPLOY_KNOWN_HOSTS: "${{ vars.DEPLOY_KNOWN_HOSTS }}",
  },
  run: [
    'if [ -z "$DEPLOY_SSH_KEY" ]; then echo "::notice::DEPLOY_SSH_KEY is not set here"; exit 0; fi',
    "install -d -m 700 ~/.ssh",
    'printf "%s\\n" "$DEPLOY_KNOWN_HOSTS" >> ~/.ssh/known_hosts',
    'ssh-agent -a "$RUNNER_TEMP/ssh-agent" > /dev/null',
    'export SSH_AUTH_SOCK="$RUNNER_TEMP/ssh-agent"',
    'printf "%s\\n" "$DEPLOY_SSH_KEY" | tr -d "\\r" | ssh-add -q -',
    'echo "SSH_AUTH_SOCK=$SSH_AUTH_SOCK" >> "$GITHUB_ENV"',
    "",
  ].join("\n"),
};

const kubeconfig: Step = {
  name: "The way to the cluster",
  env: { CLUSTER: "${{ secrets.KUBECONFIG }}" },
  run: [
    'if [ -z "$CLUSTER" ]; then echo "::notice::KUBECONFIG is not set here"; exit 0; fi',
    "umask 077",
    'printf "%s\\n" "$CLUSTER" > "$RUNNER_TEMP/kubeconfig"',
    'echo "KUBECONFIG=$RUNNER_TEMP/kubeconfig" >> "$GITHUB_ENV"',
    "",
  ].join("\n"),
};

/** What Slipway collects when an update fails; values of secrets are masked in it. */
export const diagnostics = ({ folder }: Facts, name: string): Step =>
  uploaded(name, inFolder(folder, ".slipway/diagnostics/"));

/** What tells why a job has failed. */
export const uploaded = (name: string, path: string): Step => ({
  name: "Diagnostics",
  if: "failure()",
  uses: action("actions/upload-artifact"),
  with: {
    name: `diagnostics-${name}`,
    path,
    "include-hidden-files": true,
    "if-no-files-found": "ignore",
    "retention-days": 14,
  },
});

export const defaults = ({ folder }: Pick<Facts, "folder">) => ({
  run: {
    // With pipefail, which GitHub's own default lacks.
    shell: "bash" as const,
    ...(folder === "." ? {} : { "working-directory": folder }),
  },
});

/** A pull request whose run has the repository's secrets, and a token that may write. */
export const OURS =
  "github.event.pull_request.head.repo.full_name == github.repository && github.actor != 'dependabot[bot]'";

/**
 * Whoever changes an environment waits for its turn: an update that runs is never cancelled, and who waits (a rollback, a
 * version) is not pushed out by who comes later.
 */
export const turn = (environment: string): Concurrency => ({
  group: `slipway-${environment}`,
  "cancel-in-progress": false,
  queue: "max",
});

/** A newer commit of a pull request makes an older run of no use; what belongs to a deploy is not cancelled by another. */
export const perPullRequest = (what: string) => ({
  group: `slipway-${what}-\${{ github.event.pull_request.number || github.run_id }}`,
  "cancel-in-progress": true,
});

export const RUNNER = "ubuntu-latest" as const;
