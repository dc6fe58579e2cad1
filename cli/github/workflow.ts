import { Document, isScalar, visit } from "yaml";

import type { Dependabot } from "./dependabot";

/** A workflow file of GitHub, as far as ours go. */
export interface Workflow {
  name: string;
  on: Record<string, unknown>;
  /** What no job may do beyond it; a job that may more says so itself. */
  permissions: Permissions;
  concurrency?: Concurrency;
  defaults?: { run: { shell: "bash"; "working-directory"?: string } };
  jobs: Record<string, Job>;
}

export type Permissions = Partial<Record<Scope, "read" | "write">>;

type Scope =
  "actions" | "contents" | "id-token" | "issues" | "packages" | "pull-requests" | "security-events";

export interface Concurrency {
  group: string;
  "cancel-in-progress": boolean;
  /** Of those that wait: `max` keeps up to 100, in order; by default the newest takes the place of the others. */
  queue?: "max";
}

export interface Job {
  name?: string;
  if?: string;
  needs?: string[];
  "runs-on"?: "ubuntu-latest";
  "timeout-minutes"?: number;
  environment?: { name: string; url?: string };
  permissions?: Permissions;
  concurrency?: Concurrency;
  strategy?: { "fail-fast": boolean; matrix: Record<string, unknown> };
  outputs?: Record<string, string>;
  env?: Record<string, string>;
  steps?: Step[];
  /** Of a job that is another workflow. */
  uses?: string;
  with?: Record<string, string>;
}

export interface Step {
  name?: string;
  id?: string;
  if?: string;
  uses?: string;
  with?: Record<string, string | number | boolean>;
  env?: Record<string, string>;
  run?: string;
  "working-directory"?: string;
  "timeout-minutes"?: number;
  "continue-on-error"?: boolean;
}

/**
 * Actions by commit, for a tag can be moved to other code. The version stands beside it in the file, for people; a newer
 * one comes with a newer Slipway.
 */
const ACTIONS = {
  "actions/cache": ["27d5ce7f107fe9357f9df03efb73ab90386fccae", "v5.0.5"],
  "actions/checkout": ["3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"],
  "actions/download-artifact": ["3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"],
  "actions/setup-node": ["820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"],
  "actions/setup-python": ["5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"],
  "actions/upload-artifact": ["bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"],
  "aquasecurity/trivy-action": ["ed142fd0673e97e23eac54620cfb913e5ce36c25", "v0.36.0"],
  "aws-actions/amazon-ecr-login": ["03f1aad4c6c7ffd436567f42f9384779290529bd", "v2.1.7"],
  "aws-actions/configure-aws-credentials": ["e6de054238d6b7531b4efff3b6587d9aade6a06c", "v6.2.3"],
  "crazy-max/ghaction-github-runtime": ["04d248b84655b509d8c44dc1d6f990c879747487", "v4.0.0"],
  "docker/build-push-action": ["53b7df96c91f9c12dcc8a07bcb9ccacbed38856a", "v7.3.0"],
  "docker/login-action": ["4907a6ddec9925e35a0a9e82d7399ccc52663121", "v4.1.0"],
  "docker/setup-buildx-action": ["37fe631027851001ddb9b187196cc803df7f5f0e", "v4.3.0"],
  "docker/setup-qemu-action": ["96fe6ef7f33517b61c61be40b68a1882f3264fb8", "v4.2.0"],
  "github/codeql-action/upload-sarif": ["8aad20d150bbac5944a9f9d289da16a4b0d87c1e", "v4.36.2"],
  "grafana/setup-k6-action": ["db07bd9765aac508ef18982e52ab937fe633a065", "v1.2.1"],
  "pulumi/actions": ["8e5e406f4007fca908480587cb9893c07090f58d", "v7.0.0"],
  "sigstore/cosign-installer": ["6f9f17788090df1f26f669e9d70d6ae9567deba6", "v4.1.2"],
  "zaproxy/action-baseline": ["de8ad967d3548d44ef623df22cf95c3b0baf8b25", "v0.15.0"],
} as const;

/** What `uses:` says of an action. */
export const action = (name: keyof typeof ACTIONS): string => `${name}@${ACTIONS[name][0]}`;

const VERSIONS: Record<string, string> = Object.fromEntries(
  Object.values(ACTIONS).map(([commit, version]) => [commit, version]),
);

/** The first line of a file that was made here; one without it is somebody's own and stays as it is. */
export const MARK =
  "# Made by `npx slipway workflows`, which makes it anew: change the project, not this file.";

export function textOf(content: Workflow | Dependabot): string {
  const document = new Document(content, { aliasDuplicateObjects: false });
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || key.value !== "uses" || !isScalar(value)) return;
      const version = VERSIONS[String(value.value).split("@")[1] ?? ""];
      if (version !== undefined) value.comment = ` ${version}`;
    },
  });
  const text = document.toString({ lineWidth: 0 });
  return `${MARK}\n${text}`;
}
