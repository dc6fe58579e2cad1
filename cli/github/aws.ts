import type { Environment } from "./facts";
import { action, type Permissions, type Step } from "./workflow";

/** A registry of Amazon's, by its host. Its owner, and where it is, are part of the name. */
const ECR = /^(?<account>\d{12})\.dkr\.ecr(-fips)?\.(?<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

interface Ecr {
  account: string;
  region: string;
}

export const ecrOf = (server: string): Ecr | undefined => {
  const found = ECR.exec(server.replace(/\/.*$/, ""))?.groups;
  return found && { account: found.account!, region: found.region! };
};

const ecrsOf = (environments: readonly Environment[]): Ecr[] => {
  const all = environments.flatMap(({ registry = "" }) => ecrOf(registry) ?? []);
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
};

/**
 * GitHub vouches for the job, and Amazon lends it a role for an hour: no key is kept anywhere. Without `vars.AWS_ROLE`
 * nothing is asked for, as with a registry that has a login in the stack's config.
 */
export const awsLogins = (environments: readonly Environment[]): Step[] =>
  ecrsOf(environments).flatMap(({ account, region }): Step[] => [
    {
      if: ROLE,
      uses: action("aws-actions/configure-aws-credentials"),
      with: { "role-to-assume": "${{ vars.AWS_ROLE }}", "aws-region": region },
    },
    {
      if: ROLE,
      uses: action("aws-actions/amazon-ecr-login"),
      with: { registries: account },
    },
  ]);

/** Somebody has said which role. */
export const ROLE = "vars.AWS_ROLE != ''";

/** Of a job that reaches these: undefined where the workflow's own will do. */
export const rightsAt = (environments: readonly Environment[]): { permissions?: Permissions } =>
  ecrsOf(environments).length === 0
    ? {}
    : { permissions: { contents: "read", "id-token": "write" } };
