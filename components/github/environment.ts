import * as github from "@pulumi/github";
import type { Github } from "../../spec/types";
import { resourceName } from "../../spec/names";
import { Reviewers, Variables } from "./resources";
import type { Parts } from ".";

/** This stack's environment: who lets jobs in, from which branches and tags, and what they find there. */
export function environment({
  github: wanted,
  at,
  secrets,
  options,
  ours,
}: Parts): github.RepositoryEnvironment {
  const { name, preventSelfReview, adminsBypass, waitTimer, branches, tags } = wanted.environment;
  const repository = wanted.repository.name;
  const named = wanted.environment.reviewers;
  const reviewers =
    named.length > 0 &&
    new Reviewers(resourceName.github("reviewers"), { ...at, reviewers: named }, ours);
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
  // When one is replaced, the engine first removes what has an input from it, and no other dependents.
  const where = { repository, environment: made.environment };
  for (const [kind, pattern] of policies(wanted.environment)) {
    new github.RepositoryEnvironmentDeploymentPolicy(
      resourceName.github(kind, pattern),
      { ...where, [`${kind}Pattern`]: pattern },
      { ...options, dependsOn: [made] },
    );
  }
  for (const [secretName, text] of Object.entries(wanted.environment.secrets)) {
    new github.ActionsEnvironmentSecret(
      resourceName.github("secret", secretName),
      { ...where, secretName, value: secrets.bind(text) },
      { ...options, dependsOn: [made] },
    );
  }
  const { variables } = wanted.environment;
  if (Object.keys(variables).length > 0) {
    new Variables(
      resourceName.github("variables"),
      { ...at, environment: made.environment, variables },
      { ...ours, dependsOn: [made] },
    );
  }
  return made;
}

const policies = ({ branches, tags }: Github["environment"]) => [
  ...(Array.isArray(branches) ? branches.map((pattern) => ["branch", pattern] as const) : []),
  ...(tags ?? []).map((pattern) => ["tag", pattern] as const),
];
