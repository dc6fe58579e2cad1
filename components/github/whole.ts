import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import { resourceName } from "../../spec/names";
import { Labels, Ruleset, Variables } from "./resources";
import type { Parts } from ".";

/** By which people find it in the repository's settings. */
const RULESET = "slipway";

/** What the repository has for all: secrets and variables, protection, labels, Dependabot. */
export function wholeRepository(
  { github: wanted, at, secrets, options, ours }: Parts,
  environment: pulumi.Resource,
): void {
  const { variables, protection, labels, dependabot } = wanted;
  for (const [secretName, text] of Object.entries(wanted.secrets)) {
    new github.ActionsSecret(
      resourceName.github("repository-secret", secretName),
      { repository: at.repository, secretName, value: secrets.bind(text) },
      options,
    );
  }
  if (Object.keys(variables).length > 0) {
    new Variables(resourceName.github("repository-variables"), { ...at, variables }, ours);
  }
  if (protection) {
    new Ruleset(
      resourceName.github("ruleset"),
      { ...at, name: RULESET, protection },
      // It may want deployments to this environment.
      { ...ours, dependsOn: [environment] },
    );
  }
  if (Object.keys(labels).length > 0) {
    new Labels(resourceName.github("labels"), { ...at, labels }, ours);
  }
  if (dependabot !== undefined) watchDependencies(at.repository, dependabot, options);
}

/** Dependabot's pull requests stand on its alerts. */
function watchDependencies(repository: string, enabled: boolean, options: Parts["options"]): void {
  const alerts = new github.RepositoryVulnerabilityAlerts(
    resourceName.github("alerts"),
    { repository, enabled },
    options,
  );
  new github.RepositoryDependabotSecurityUpdates(
    resourceName.github("security-updates"),
    // As in an environment: where the alerts are replaced, these go first.
    { repository: alerts.repository, enabled },
    { ...options, dependsOn: [alerts] },
  );
}
