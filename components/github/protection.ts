import * as github from "@pulumi/github";
import { resourceName } from "../../spec/names";
import type { Github } from "../../spec/types";
import type { Parts } from ".";

/** What the repository has for all: a ruleset on its branches, Dependabot. */
export function protection({ github: wanted, options }: Parts): void {
  const repository = wanted.repository.name;
  if (wanted.protection) {
    const { branches } = wanted.protection;
    new github.RepositoryRuleset(
      resourceName.github("ruleset"),
      {
        repository,
        name: RULESET,
        target: "branch",
        enforcement: "active",
        conditions: { refName: { includes: branches.map(refOf), excludes: [] } },
        rules: rulesOf(wanted.protection),
      },
      options,
    );
  }
  if (wanted.dependabot !== undefined) dependabot(repository, wanted.dependabot, options);
}

/** By which people find it in the repository's settings. */
export const RULESET = "slipway";

/** A name or pattern; `~DEFAULT_BRANCH` and `~ALL` are GitHub's own words. */
const refOf = (branch: string) =>
  branch.startsWith("~") || branch.startsWith("refs/") ? branch : `refs/heads/${branch}`;

function rulesOf({
  reviews,
  codeOwners,
  requiredChecks,
  upToDate,
  requiredDeployments,
  linearHistory,
}: NonNullable<Github["protection"]>) {
  return {
    // Whoever can push over it, or remove it, needs no review.
    deletion: true,
    nonFastForward: true,
    requiredLinearHistory: linearHistory,
    pullRequest: {
      requiredApprovingReviewCount: reviews,
      requireCodeOwnerReview: codeOwners,
      dismissStaleReviewsOnPush: true,
    },
    ...(requiredChecks.length > 0
      ? {
          requiredStatusChecks: {
            requiredChecks: requiredChecks.map((context) => ({ context })),
            strictRequiredStatusChecksPolicy: upToDate,
          },
        }
      : {}),
    ...(requiredDeployments.length > 0
      ? { requiredDeployments: { requiredDeploymentEnvironments: requiredDeployments } }
      : {}),
  };
}

/** Its pull requests stand on its alerts. */
function dependabot(repository: string, enabled: boolean, options: Parts["options"]): void {
  const alerts = new github.RepositoryVulnerabilityAlerts(
    resourceName.github("alerts"),
    { repository, enabled },
    options,
  );
  new github.RepositoryDependabotSecurityUpdates(
    resourceName.github("security-updates"),
    { repository, enabled },
    { ...options, dependsOn: [alerts] },
  );
}
