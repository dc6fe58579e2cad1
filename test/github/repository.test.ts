import { GithubStack, REPOSITORY } from "../helpers/githubStack";

const ENVIRONMENT = {
  name: "production",
  waitTimer: 5,
  branches: ["main", "release/*"],
  secrets: { PULUMI_CONFIG_PASSPHRASE: "${PASSPHRASE}" },
};
const GITHUB = {
  environment: {
    ...ENVIRONMENT,
    reviewers: ["grace", "acme/operations"],
    preventSelfReview: true,
    tags: ["v*"],
    variables: { DEPLOY_KNOWN_HOSTS: "host ssh-ed25519 AAAA" },
  },
  secrets: ["DEPLOY_KEY"],
  variables: { PULUMI_BACKEND_URL: "s3://state" },
  protection: { requiredChecks: ["unit"], requiredDeployments: ["production"] },
  labels: { bug: { color: "d73a4a", description: "Something is broken" } },
  dependabot: true,
};

describe("a repository as code", () => {
  let own: GithubStack;

  beforeAll(async () => {
    own = await GithubStack.create("gh-code", {
      PASSPHRASE: "marker-passphrase",
      DEPLOY_KEY: "marker-deploy-key",
    });
  });
  afterEach(() => expect(own.github.violations).toEqual([]));
  afterAll(() => own.dispose());

  test("its preview says what would be made, and no value", async () => {
    own.wants(GITHUB);
    const { ok, output } = await own.stack.preview("--diff");
    expect({ ok, output }).toMatchObject({ ok: true });
    expect(output).toContain("github-environment");
    own.expectClear(output);
    expect(own.changes()).toEqual([]);
  });

  test("a deploy makes all of it", async () => {
    own.expectClear((await own.stack.deploy()).output);
    const { repository, github } = own;
    const environment = own.environment("production");
    expect(environment).toMatchObject({
      wait_timer: 5,
      prevent_self_review: true,
      can_admins_bypass: true,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    const { users, organizations } = github.state;
    expect(new Set(environment.reviewers.map(({ type, id }) => `${type} ${id}`))).toEqual(
      new Set([
        `User ${users.get("grace")!.id}`,
        `Team ${organizations.get("acme")!.teams.get("operations")!.id}`,
      ]),
    );
    const policies = [...environment.branchPolicies.values()];
    expect(new Set(policies.map(({ name, type }) => `${type} ${name}`))).toEqual(
      new Set(["branch main", "branch release/*", "tag v*"]),
    );
    expect(github.secret(REPOSITORY, "PULUMI_CONFIG_PASSPHRASE", "production")).toBe(
      "marker-passphrase",
    );
    expect(github.secret(REPOSITORY, "DEPLOY_KEY")).toBe("marker-deploy-key");
    expect(environment.variables.get("DEPLOY_KNOWN_HOSTS")!.value).toBe("host ssh-ed25519 AAAA");
    expect(repository.variables.get("PULUMI_BACKEND_URL")!.value).toBe("s3://state");
    expect([...repository.rulesets.values()]).toMatchObject([
      { name: "slipway", target: "branch", enforcement: "active" },
    ]);
    expect(repository.labels.get("bug")).toMatchObject({ color: "d73a4a" });
    expect(repository).toMatchObject({ vulnerabilityAlerts: true, automatedSecurityFixes: true });
    own.expectClear(own.stack.state());
    own.expectClear(JSON.stringify(own.stack.outputs()));
  });

  test("what is as it should be stays so: a refresh finds nothing, and nothing is written", async () => {
    own.changes();
    const steady = await own.stack.up("--refresh");
    expect(steady.changes).toEqual({ unchanged: expect.any(Number) });
    expect(own.changes()).toEqual([]);
  });

  test("what somebody changed by hand is put back by an update that refreshes", async () => {
    const environment = own.environment("production");
    environment.wait_timer = 0;
    environment.variables.get("DEPLOY_KNOWN_HOSTS")!.value = "another";
    own.repository.labels.get("bug")!.color = "000000";
    for (const one of own.repository.rulesets.values()) one.enforcement = "disabled";
    expect(await own.stack.up("--refresh")).toMatchObject({ ok: true });
    expect(own.environment("production").wait_timer).toBe(5);
    expect(environment.variables.get("DEPLOY_KNOWN_HOSTS")!.value).toBe("host ssh-ed25519 AAAA");
    expect(own.repository.labels.get("bug")!.color).toBe("d73a4a");
    expect([...own.repository.rulesets.values()]).toMatchObject([{ enforcement: "active" }]);
  });

  test("a rotated secret is sent, and that alone; neither preview nor state has it in clear", async () => {
    await own.stack.secret("secrets.DEPLOY_KEY", "marker-rotated");
    own.expectClear((await own.stack.preview("--diff")).output);
    own.changes();
    own.expectClear((await own.stack.deploy()).output);
    expect(own.github.secret(REPOSITORY, "DEPLOY_KEY")).toBe("marker-rotated");
    expect(own.changes()).toEqual([`PUT /repos/${REPOSITORY}/actions/secrets/DEPLOY_KEY`]);
    own.expectClear(own.stack.state());
  });

  test("what is no more said goes, but for labels, which issues bear", async () => {
    const { labels: _labels, protection: _protection, ...less } = GITHUB;
    own.wants({ ...less, environment: ENVIRONMENT });
    await own.stack.deploy();
    const { rulesets, labels } = own.repository;
    const { reviewers, branchPolicies, variables } = own.environment("production");
    expect(rulesets.size).toBe(0);
    expect(labels.has("bug")).toBe(true);
    expect(reviewers).toEqual([]);
    expect([...branchPolicies.values()].map(({ type }) => type)).toEqual(["branch", "branch"]);
    expect(variables.size).toBe(0);
  });

  test("the end of the stack is the end of its environment; the repository stays", async () => {
    const run = await own.stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(run).toMatchObject({ ok: true });
    own.expectClear(run.output);
    const { environments, secrets, variables, labels } = own.repository;
    expect([environments.size, secrets.size, variables.size]).toEqual([0, 0, 0]);
    expect(labels.has("bug")).toBe(true);
  });
});
