import type { EffectReport } from "../../cli/effect";
import type { PreviewReport } from "../../cli/preview";
import { GithubStack, REPOSITORY } from "../helpers/githubStack";
import { probe } from "../helpers/probe";

const SECRETS = { DEPLOY_KEY: "marker-deploy-key" };
const GITHUB = {
  environment: { reviewers: ["grace"], branches: ["main"], variables: { A: "1" } },
  secrets: ["DEPLOY_KEY"],
  protection: {},
  labels: { bug: { color: "d73a4a" } },
};
let own: GithubStack;
const containers = async () => (await own.stack.containers()).map(({ id }) => id).sort();

describe("GitHub beside a deploy", () => {
  beforeAll(async () => {
    own = await GithubStack.create("gh-beside", SECRETS);
  });
  afterEach(() => expect(own.github.violations).toEqual([]));
  afterAll(() => own.dispose());

  test("what was made by hand before, or by a lost state, is taken over", async () => {
    const { repository, github } = own;
    const { now, nextId } = github.state;
    const times = { created_at: now(), updated_at: now() };
    own.wants({ environment: {} });
    await own.stack.deploy();
    const { branchPolicies } = own.environment("gh-beside");
    branchPolicies.set(99, { id: 99, name: "main", type: "branch" });
    repository.labels.set("bug", { id: nextId(), name: "bug", color: "000000", description: null });
    repository.variables.set("B", { name: "B", value: "old", ...times });
    repository.rulesets.set(7, {
      ...{ id: 7, name: "slipway", target: "branch", enforcement: "disabled" },
      ...{ bypass_actors: [], conditions: {}, rules: [], ...times },
    });
    own.wants({ ...GITHUB, variables: { B: "new" } });
    await own.stack.deploy();
    expect([...branchPolicies.values()].map(({ name }) => name)).toEqual(["main"]);
    expect(repository.labels.get("bug")!.color).toBe("d73a4a");
    expect(repository.variables.get("B")!.value).toBe("new");
    expect([...repository.rulesets.values()]).toMatchObject([{ enforcement: "active" }]);
  });

  test("what a run made that was killed before it wrote that down is taken over, too", async () => {
    const { resources } = JSON.parse(own.stack.state()).checkpoint.latest;
    const made = (resources as { urn: string }[]).filter(({ urn }) =>
      /::github-(leaving|ruleset|branch-main|variables|repository-variables)$/.test(urn),
    );
    expect(made).toHaveLength(5);
    const last = ({ urn }: { urn: string }) => (urn.endsWith("leaving") ? 0 : 1);
    for (const { urn } of made.sort((a, b) => last(a) - last(b))) {
      await own.stack.pulumi(["state", "delete", urn, "--yes"]);
    }
    expect((await own.stack.deploy()).changes).toMatchObject({ created: 5 });
    expect(own.repository.variables.get("B")!.value).toBe("new");
    expect(own.environment("gh-beside").variables.get("A")!.value).toBe("1");
    expect(own.environment("gh-beside").branchPolicies.size).toBe(1);
    expect(own.repository.rulesets.size).toBe(1);
  });

  test("nobody needs a token for a release, or to go back from one", async () => {
    own.stack.variables = {};
    await own.describes("2");
    own.changes();
    await own.stack.deploy();
    expect(await own.stack.version()).toBe("2");
    const { stdout } = await own.stack.slipway("rollback", "--json");
    expect(JSON.parse(stdout) as EffectReport).toMatchObject({ ok: true, moved: true });
    expect(await own.stack.version()).toBe("1");
    expect(own.changes()).toEqual([]);
  });

  test("what GitHub would refuse is told at once, all of it, before anything is deployed", async () => {
    own.wants({ ...GITHUB, environment: { reviewers: ["adda", "acme/ops"] } });
    await own.describes("3");
    const before = await containers();
    const { stdout, exitCode } = await own.stack.slipway("deploy", "--json");
    const report = JSON.parse(stdout) as EffectReport;
    expect({ report, exitCode }).toMatchObject({
      exitCode: 1,
      report: { ok: false, moved: false },
    });
    expect(report.faults).toEqual([
      { path: "GITHUB_TOKEN", what: expect.stringContaining("is not set, ") },
      {
        path: "slipway:github.environment.reviewers[0]",
        what: "is nobody on GitHub (given: adda)",
      },
      {
        path: "slipway:github.environment.reviewers[1]",
        what: expect.stringContaining("is no team there"),
      },
    ]);
    expect(await containers()).toEqual(before);
    expect(await own.stack.version()).toBe("1");
  });

  test("a pull request's preview, with a job's token, shows the plan and warns", async () => {
    own.stack.variables = { GITHUB_TOKEN: own.github.readToken };
    own.wants({ ...GITHUB, environment: { reviewers: ["grace"], waitTimer: 3 } });
    const { stdout } = await own.stack.slipway("preview", "--json");
    const report = JSON.parse(stdout) as PreviewReport;
    expect(report).toMatchObject({ ok: true, faults: [] });
    expect(report.plan[0]).toMatch(/^deploy: release/);
    expect(report.resources.map(({ name }) => name)).toContain("github-environment");
    expect(report.warnings.join()).toContain(
      "an update would be refused: slipway:github.repository",
    );
    // An update with it is refused, and nothing is deployed.
    const before = await containers();
    expect((await own.stack.up()).output).toContain("cannot be administered by this token");
    expect(await containers()).toEqual(before);
  });

  test("a fault of GitHub's comes after the deploy, which serves; the next update ends it", async () => {
    own.stack.variables = { GITHUB_TOKEN: own.github.token };
    own.github.fail("PUT", /environments/, 403, { message: "Upgrade to GitHub Pro" });
    const { stdout } = await own.stack.slipway("deploy", "--json");
    const report = JSON.parse(stdout) as EffectReport;
    expect(report).toMatchObject({ ok: false, moved: true });
    expect(JSON.stringify(report.faults)).toContain("Upgrade to GitHub Pro");
    own.expectClear(stdout);
    expect(await own.stack.version()).toBe("3");
    await own.stack.deploy();
    expect(own.environment("gh-beside").wait_timer).toBe(3);
  });

  test("while GitHub is down a release is deployed, with a rotated secret, and the update says why it ends", async () => {
    await own.describes("4");
    await own.stack.secret("secrets.DEPLOY_KEY", "marker-rotated");
    own.github.fail("GET", /./, 503, { message: "Unicorn!" }, Infinity);
    const { stdout } = await own.stack.slipway("deploy", "--json");
    const report = JSON.parse(stdout) as EffectReport;
    expect(report).toMatchObject({ ok: false, moved: true });
    expect(report.warnings.join()).toContain("not looked at before the deploy: slipway:github");
    expect(report.faults).toEqual([
      {
        path: "slipway:github",
        what: expect.stringContaining("could not be looked at: "),
        cure: expect.stringContaining("What was deployed before it serves"),
      },
    ]);
    expect(await own.stack.version()).toBe("4");
    own.github.heal();
    await own.stack.deploy();
    expect(own.github.secret(REPOSITORY, "DEPLOY_KEY")).toBe("marker-rotated");
  });
});

test("a repository is made where it is not there, and is left by the stack", async () => {
  own = await GithubStack.create("gh-new", SECRETS);
  try {
    own.stack.compose({ web: await probe("1", { port: own.stack.port }) });
    own.wants({ ...GITHUB, repository: "acme/new", create: { description: "New" } });
    const missing = { ...GITHUB, repository: "acme/new" };
    await own.stack.deploy();
    const made = own.github.state.repositories.get("acme/new")!;
    expect(made).toMatchObject({ private: true, description: "New" });
    expect(made.environments.has("gh-new")).toBe(true);
    own.wants(missing);
    await own.stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(made.environments.size).toBe(0);
    expect(own.github.state.repositories.has("acme/new")).toBe(true);
    expect(own.github.state.repositories.get(REPOSITORY)!.environments.size).toBe(0);
    expect(own.github.violations).toEqual([]);
  } finally {
    await own.dispose();
  }
});
