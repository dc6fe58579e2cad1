import { type GitHub, startGitHub } from "../helpers/github";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

const SECRETS = { PASSPHRASE: "marker-passphrase", DEPLOY_KEY: "marker-deploy-key" };
const NAME = "acme/shop";
const GITHUB = {
  repository: NAME,
  environment: {
    name: "production",
    reviewers: ["grace", "acme/operations"],
    preventSelfReview: true,
    waitTimer: 5,
    branches: ["main", "release/*"],
    tags: ["v*"],
    secrets: { PULUMI_CONFIG_PASSPHRASE: "${PASSPHRASE}" },
    variables: { DEPLOY_KNOWN_HOSTS: "host ssh-ed25519 AAAA" },
  },
  secrets: ["DEPLOY_KEY"],
  variables: { PULUMI_BACKEND_URL: "s3://state" },
  protection: { requiredChecks: ["unit"], requiredDeployments: ["production"] },
  labels: { bug: { color: "d73a4a", description: "Something is broken" } },
  dependabot: true,
};
const { reviewers: _reviewers, preventSelfReview: _self, ...OPEN } = GITHUB.environment;

let github: GitHub;
let stack: TestStack;

/** A stack whose application speaks of a repository on the stand-in. */
async function begun(name: string): Promise<void> {
  github = await startGitHub();
  stack = await TestStack.create(name);
  for (const [name, value] of Object.entries(SECRETS)) await stack.secret(`secrets.${name}`, value);
  stack.variables = { GITHUB_TOKEN: github.token };
  await described("1");
}
const described = async (version: string) =>
  stack.compose({ web: await probe(version, { port: stack.port }) });
const wants = (wanted: object) => stack.set("github", { server: github.url, ...wanted });
const repository = () => github.state.repositories.get(NAME)!;
const environment = (name = "production") => repository().environments.get(name)!;
/** Requests that change something, since they were asked for last. */
let known = 0;
const asked = () => {
  const fresh = github.requests.slice(known).map(({ method, path }) => `${method} ${path}`);
  known = github.requests.length;
  return fresh;
};
const clear = (text: string) => {
  expect(text).not.toMatch(/marker-/);
  expect(text).not.toContain(github.token);
};

async function ended(): Promise<void> {
  await stack.dispose();
  await github.stop();
  known = 0;
}
afterEach(() => expect(github.violations).toEqual([]));

describe("a repository as code", () => {
  beforeAll(() => begun("gh-code"));
  afterAll(ended);

  test("its preview says what would be made, and no value", async () => {
    wants(GITHUB);
    const { ok, output } = await stack.preview("--diff");
    expect({ ok, output }).toMatchObject({ ok: true });
    expect(output).toContain("github-environment");
    clear(output);
    expect(repository().environments.size).toBe(0);
  });

  test("a deploy makes all of it", async () => {
    clear((await stack.deploy()).output);
    const { users, organizations } = github.state;
    expect(environment()).toMatchObject({
      wait_timer: 5,
      prevent_self_review: true,
      can_admins_bypass: true,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    expect(
      environment()
        .reviewers.map(({ id }) => id)
        .sort(),
    ).toEqual(
      [users.get("grace")!.id, organizations.get("acme")!.teams.get("operations")!.id].sort(),
    );
    const policies = [...environment().branchPolicies.values()];
    expect(policies.map(({ name, type }) => `${type} ${name}`).sort()).toEqual([
      "branch main",
      "branch release/*",
      "tag v*",
    ]);
    expect(github.secret(NAME, "PULUMI_CONFIG_PASSPHRASE", "production")).toBe("marker-passphrase");
    expect(github.secret(NAME, "DEPLOY_KEY")).toBe("marker-deploy-key");
    expect(environment().variables.get("DEPLOY_KNOWN_HOSTS")!.value).toBe("host ssh-ed25519 AAAA");
    expect(repository().variables.get("PULUMI_BACKEND_URL")!.value).toBe("s3://state");
    expect([...repository().rulesets.values()]).toMatchObject([
      { name: "slipway", enforcement: "active" },
    ]);
    expect(repository().labels.get("bug")).toMatchObject({ color: "d73a4a" });
    expect(repository()).toMatchObject({ vulnerabilityAlerts: true, automatedSecurityFixes: true });
    clear(stack.state());
    clear(JSON.stringify(stack.outputs()));
  });

  test("what is as it should be stays so: a refresh finds nothing, and nothing is written", async () => {
    asked();
    const steady = await stack.up("--refresh");
    expect(steady.changes).toEqual({ unchanged: expect.any(Number) });
    expect(asked().filter((line) => !line.startsWith("GET"))).toEqual([]);
  });

  test("what somebody changed by hand is put back by an update that looks", async () => {
    environment().wait_timer = 0;
    repository().labels.get("bug")!.color = "000000";
    await stack.up("--refresh");
    expect(environment().wait_timer).toBe(5);
    expect(repository().labels.get("bug")!.color).toBe("d73a4a");
  });

  test("a rotated secret is sent, and that alone; its preview does not show it", async () => {
    await stack.secret("secrets.DEPLOY_KEY", "marker-rotated");
    clear((await stack.preview("--diff")).output);
    asked();
    const run = await stack.deploy();
    clear(run.output);
    expect(github.secret(NAME, "DEPLOY_KEY")).toBe("marker-rotated");
    expect(asked().filter((line) => !line.startsWith("GET"))).toEqual([
      `PUT /repos/${NAME}/actions/secrets/DEPLOY_KEY`,
    ]);
    clear(stack.state());
  });

  test("what is no more said goes", async () => {
    const { labels: _labels, protection: _protection, ...less } = GITHUB;
    wants({ ...less, environment: { ...OPEN, tags: undefined, variables: {} } });
    await stack.deploy();
    expect(repository().rulesets.size).toBe(0);
    expect(repository().labels.has("bug")).toBe(false);
    expect(environment().reviewers).toEqual([]);
    expect([...environment().branchPolicies.values()].map(({ type }) => type)).toEqual([
      "branch",
      "branch",
    ]);
    expect(environment().variables.size).toBe(0);
  });

  test("the end of the stack is the end of its environment; the repository stays", async () => {
    const run = await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(run).toMatchObject({ ok: true });
    clear(run.output);
    expect(github.state.repositories.has(NAME)).toBe(true);
    expect(repository().environments.size).toBe(0);
    expect(repository().secrets.size).toBe(0);
    expect(repository().variables.size).toBe(0);
  });
});

describe("GitHub is in nobody's way", () => {
  beforeAll(async () => {
    await begun("gh-apart");
    wants({ ...GITHUB, protection: undefined });
    await stack.deploy();
  });
  afterAll(ended);

  test("a release is deployed, and gone back from, while it does not answer, and nobody has a token", async () => {
    stack.variables = {};
    wants({ ...GITHUB, protection: undefined });
    github.fail("GET", /./, 503, { message: "Unicorn!" }, Infinity);
    github.fail("PUT", /./, 503, { message: "Unicorn!" }, Infinity);
    await described("2");
    await stack.deploy();
    expect(await stack.version()).toBe("2");
    const { all, exitCode } = await stack.slipway("rollback");
    expect({ all, exitCode }).toMatchObject({ exitCode: 0 });
    expect(await stack.version()).toBe("1");
  });
});
