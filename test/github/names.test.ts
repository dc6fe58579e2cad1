import { GithubStack, REPOSITORY } from "../helpers/githubStack";
import { addRepository } from "../helpers/github/state";

const GITHUB = {
  environment: { branches: ["main"], secrets: ["DEPLOY_KEY"], variables: { A: "1" } },
  ...{ secrets: ["DEPLOY_KEY"], variables: { B: "2" }, protection: {}, dependabot: true },
  labels: { bug: {} },
};

describe("other names at GitHub", () => {
  let own: GithubStack;
  const inEnvironment = () => {
    const { secrets, variables, branchPolicies } = [...own.repository.environments.values()][0]!;
    const policies = [...branchPolicies.values()].map(({ name }) => name);
    return [...secrets.keys(), ...variables.keys(), ...policies];
  };

  beforeAll(async () => {
    own = await GithubStack.create("gh-names", { DEPLOY_KEY: "marker-deploy-key" });
    own.wants({ ...GITHUB, environment: { ...GITHUB.environment, name: "live" } });
    await own.stack.deploy();
  });
  afterEach(() => expect(own.github.violations).toEqual([]));
  afterAll(() => own.dispose());

  test("what differs in capitals alone is the same to GitHub, and nothing of it is lost", async () => {
    own.wants({ ...GITHUB, environment: { ...GITHUB.environment, name: "Live" } });
    await own.stack.deploy();
    expect([...own.repository.environments.keys()]).toEqual(["Live"]);
    expect(inEnvironment()).toEqual(["DEPLOY_KEY", "A", "main"]);
    own.wants({ ...GITHUB, repository: "Acme/Shop" });
    await own.stack.deploy();
    expect(inEnvironment()).toEqual(["DEPLOY_KEY", "A", "main"]);
    expect((await own.stack.up("--refresh")).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("in another repository all is made anew, and goes from the one before", async () => {
    const two = addRepository(own.github.state, "acme", { name: "two" });
    own.wants({ ...GITHUB, repository: "acme/two" });
    await own.stack.deploy();
    const { environments, variables, rulesets, secrets } = own.repository;
    const sizes = (...maps: { size: number }[]) => maps.map(({ size }) => size);
    expect(sizes(environments, variables, rulesets, secrets)).toEqual([0, 0, 0, 0]);
    const made = sizes(two.environments, two.variables, two.rulesets, two.secrets, two.labels);
    expect(made).toEqual([1, 1, 1, 1, 1]);
  });

  test("a destroy without a token removes nothing of a repository that is not shown to it", async () => {
    const two = own.github.state.repositories.get("acme/two")!;
    two.private = true;
    const destroy = () => own.stack.run(["destroy", "--yes", "--skip-preview"]);
    own.stack.variables = {};
    expect(await destroy()).toMatchObject({
      ok: false,
      output: expect.stringContaining("GITHUB_TOKEN: is not set"),
    });
    expect(two.environments.size).toBe(1);
    own.stack.variables = { GITHUB_TOKEN: own.github.token };
    expect(await destroy()).toMatchObject({ ok: true });
    expect([two.environments.size, two.secrets.size, two.variables.size]).toEqual([0, 0, 0]);
    expect(own.github.state.repositories.has(REPOSITORY)).toBe(true);
  });
});
