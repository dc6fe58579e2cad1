import { acceptReviewers, reviewers } from "./people";
import { anyone, type Asked, done, known, manage, ok, page, Refusal, type Routes } from "./routes";
import { type Environment, find, newHolder } from "./state";

/** That the path names. */
export const environmentOf = ({ repository, parameters }: Asked): Environment =>
  known(find(repository.environments, parameters.environment_name));

function shown(asked: Asked, environment: Environment) {
  const { base, repository } = asked;
  const full = `${repository.owner}/${repository.name}`;
  const { id, name, wait_timer, prevent_self_review, deployment_branch_policy } = environment;
  // Ids that stay what they are as long as the environment does.
  const rule = (at: number, type: string) => ({
    id: id * 10 + at,
    node_id: `GA_${id}_${at}`,
    type,
  });
  const review = reviewers(asked, environment.reviewers);
  return {
    id,
    node_id: `EN_${id}`,
    name,
    url: `${base}/repos/${full}/environments/${encodeURIComponent(name)}`,
    html_url: `${base}/${full}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
    created_at: environment.created_at,
    updated_at: environment.updated_at,
    can_admins_bypass: environment.can_admins_bypass,
    protection_rules: [
      ...(wait_timer > 0 ? [{ ...rule(1, "wait_timer"), wait_timer }] : []),
      ...(review.length > 0
        ? [{ ...rule(2, "required_reviewers"), prevent_self_review, reviewers: review }]
        : []),
      ...(deployment_branch_policy ? [rule(3, "branch_policy")] : []),
    ],
    deployment_branch_policy,
  };
}

/** What is not given stays; null takes it away. */
function put(asked: Asked) {
  const { state, repository, parameters } = asked;
  const name = parameters.environment_name;
  const body = asked.body ?? {};
  const before = find(repository.environments, name);
  const given = Array.isArray(body.reviewers) ? acceptReviewers(asked, body.reviewers) : [];
  const policy = body.deployment_branch_policy;
  if (name.length > 255) throw new Refusal(422, "Name is too long (maximum is 255 characters)");
  if (given.length > 6) throw new Refusal(422, "A maximum of 6 reviewers can be added.");
  if (body.wait_timer < 0 || body.wait_timer > 43_200)
    throw new Refusal(422, "Wait timer must be between 0 and 43200.");
  if (policy && policy.protected_branches === policy.custom_branch_policies) {
    const keys = "protected_branches and custom_branch_policies";
    throw new Refusal(422, `${keys} cannot have the same value.`);
  }
  const now = state.now();
  const next: Environment = {
    ...(before ?? {
      ...newHolder(state),
      id: state.nextId(),
      name,
      wait_timer: 0,
      can_admins_bypass: true,
      prevent_self_review: false,
      reviewers: [],
      deployment_branch_policy: null,
      branchPolicies: new Map(),
      created_at: now,
      updated_at: now,
    }),
    updated_at: now,
  };
  next.wait_timer = body.wait_timer ?? next.wait_timer;
  next.can_admins_bypass = body.can_admins_bypass ?? next.can_admins_bypass;
  next.prevent_self_review = body.prevent_self_review ?? next.prevent_self_review;
  if (body.reviewers !== undefined) next.reviewers = given;
  if (policy !== undefined) next.deployment_branch_policy = policy;
  if (next.prevent_self_review && next.reviewers.length === 0) {
    const what = "Failed to create or update the environment protection rule.";
    const why = "Required reviewers must have at least one reviewer to set prevent_self_review.";
    throw new Refusal(422, `${what} ${why}`);
  }
  repository.environments.set(next.name, before ? Object.assign(before, next) : next);
  return ok(shown(asked, next));
}

const policy = ({ id, name, type }: { id: number; name: string; type: string }) => ({
  id,
  node_id: `GBP_${id}`,
  name,
  type,
});

const policyOf = (asked: Asked) =>
  known(environmentOf(asked).branchPolicies.get(Number(asked.parameters.branch_policy_id)));

function addPolicy(asked: Asked) {
  const { deployment_branch_policy, branchPolicies } = environmentOf(asked);
  if (!deployment_branch_policy?.custom_branch_policies) throw new Refusal(404, "Not Found");
  const { name, type = "branch" } = asked.body;
  const isThere = [...branchPolicies.values()].find(
    (one) => one.name === name && one.type === type,
  );
  if (isThere)
    return { status: 303, headers: { location: `${asked.base}${asked.path}/${isThere.id}` } };
  const added = { id: asked.state.nextId(), name, type };
  branchPolicies.set(added.id, added);
  return ok(policy(added));
}

const ALL = "/repos/{owner}/{repo}/environments";
const ONE = `${ALL}/{environment_name}`;
const POLICIES = `${ONE}/deployment-branch-policies`;
const POLICY = `${POLICIES}/{branch_policy_id}`;

export const environments: Routes = {
  [`GET ${ALL}`]: anyone((asked) =>
    page(asked, asked.repository.environments.values(), (items, total_count) => ({
      total_count,
      environments: items.map((one) => shown(asked, one)),
    })),
  ),
  [`GET ${ONE}`]: anyone((asked) => ok(shown(asked, environmentOf(asked)))),
  [`PUT ${ONE}`]: manage(put),
  [`DELETE ${ONE}`]: manage((asked) => {
    asked.repository.environments.delete(environmentOf(asked).name);
    return done;
  }),
  [`GET ${POLICIES}`]: anyone((asked) =>
    page(asked, environmentOf(asked).branchPolicies.values(), (items, total_count) => ({
      total_count,
      branch_policies: items.map(policy),
    })),
  ),
  [`POST ${POLICIES}`]: manage(addPolicy),
  [`GET ${POLICY}`]: anyone((asked) => ok(policy(policyOf(asked)))),
  [`PUT ${POLICY}`]: manage((asked) => {
    const found = policyOf(asked);
    found.name = asked.body.name;
    return ok(policy(found));
  }),
  [`DELETE ${POLICY}`]: manage((asked) => {
    environmentOf(asked).branchPolicies.delete(policyOf(asked).id);
    return done;
  }),
};
