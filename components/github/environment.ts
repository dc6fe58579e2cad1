import * as github from "@pulumi/github";
import type { Github } from "../../spec/types";
import { resourceName } from "../../spec/names";
import type { Reviewers } from "../resources";
import type { Parts } from ".";
import { environmentValues } from "./values";

/** This stack's environment: who lets jobs in, from which branches and tags, and what they find there. */
export function environment(
  { github: wanted, secrets, options }: Parts,
  reviewers: Reviewers | undefined,
): github.RepositoryEnvironment {
  const { name, preventSelfReview, adminsBypass, waitTimer, branches, tags } = wanted.environment;
  const repository = wanted.repository.name;
  const limits = branches !== undefined || tags !== undefined;
  const isProtected = branches === "protected";
  const made = new github.RepositoryEnvironment(
    resourceName.github("environment"),
    {
      repository,
      environment: name,
      preventSelfReview,
      canAdminsBypass: adminsBypass,
      ...(waitTimer > 0 ? { waitTimer } : {}),
      ...(reviewers ? { reviewers: [{ users: reviewers.users, teams: reviewers.teams }] } : {}),
      ...(limits
        ? {
            deploymentBranchPolicy: {
              protectedBranches: isProtected,
              customBranchPolicies: !isProtected,
            },
          }
        : {}),
    },
    options,
  );
  // GitHub removes an environment with all that is in it.
  const within = { ...options, dependsOn: [made], deletedWith: made };
  for (const [kind, pattern] of policies(wanted.environment)) {
    new github.RepositoryEnvironmentDeploymentPolicy(
      resourceName.github(kind, pattern),
      { repository, environment: name, [`${kind}Pattern`]: pattern },
      within,
    );
  }
  environmentValues({ github: wanted, secrets, options: within });
  return made;
}

const policies = ({ branches, tags }: Github["environment"]) => [
  ...(Array.isArray(branches) ? branches.map((pattern) => ["branch", pattern] as const) : []),
  ...(tags ?? []).map((pattern) => ["tag", pattern] as const),
];
