import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { labels } from "../../../provider/resources/labels";
import { leaving } from "../../../provider/resources/leaving";
import { repository, type RepositoryInputs } from "../../../provider/resources/repository";
import { reviewers } from "../../../provider/resources/reviewers";
import { ruleset, type RulesetInputs } from "../../../provider/resources/ruleset";
import { variables, type VariablesInputs } from "../../../provider/resources/variables";
import { apiOf } from "../../../provider/github/client";
import { context, errorOf, FakePlatform, PLACE } from "../../helpers/fakePlatform";
import { type GitHub, startGitHub } from "../../helpers/github";

const NAME = "acme/shop";
const run = (isPreview = false) => ({ ...context(new FakePlatform()), isPreview });

let github: GitHub;
const at = (more: object = {}) => ({
  ...PLACE,
  server: github.url,
  token: github.token,
  owner: "acme",
  repository: "shop",
  ...more,
});
const inputs = (more: Partial<RepositoryInputs> = {}): RepositoryInputs => ({
  ...at(),
  reviewers: [],
  wanted: "1",
  ...more,
});
const asked = () => github.requests.map(({ method, path }) => `${method} ${path}`);

const known = process.env;
beforeEach(async () => {
  const { GITHUB_TOKEN: _token, GITHUB_OWNER: _owner, ...rest } = known;
  process.env = rest;
  github = await startGitHub();
});
afterEach(async () => {
  process.env = known;
  expect(github.violations).toEqual([]);
  await github.stop();
});

test.each([
  [undefined, "https://api.github.com"],
  ["https://git.example.com/", "https://git.example.com/api/v3"],
  ["https://acme.ghe.com", "https://api.acme.ghe.com"],
])("the API of %s is at %s", (server, api) => {
  expect(apiOf(server)).toBe(api);
});

describe("a repository is looked at before anything is done", () => {
  const reason = (news: RepositoryInputs, olds: Partial<RepositoryInputs> = {}) =>
    repository.check!(news, olds, run());

  test("one that the token may administer is fine", async () => {
    expect(await reason(inputs())).toBeUndefined();
    process.env.GITHUB_TOKEN = github.token;
    expect(await reason(inputs({ token: undefined }))).toBeUndefined();
  });

  test("it is not asked for when nothing else is wanted", async () => {
    expect(await reason(inputs(), inputs())).toBeUndefined();
    expect(await repository.diff(inputs(), inputs(), run())).toEqual({
      changes: false,
      replaces: [],
    });
    expect(github.requests).toEqual([]);
  });

  test.each<[string, Partial<RepositoryInputs>, string[]]>([
    ["settings", { wanted: "2" }, []],
    ["another token, which is kept for the end of the stack", { token: "other" }, []],
    ["another repository, which is another thing", { repository: "other" }, ["repository"]],
  ])("%s: it differs", async (_what, more, replaces) => {
    expect(await repository.diff(inputs(), inputs(more), run())).toEqual({
      changes: true,
      replaces,
    });
  });

  test.each<[string, () => Partial<RepositoryInputs>, string]>([
    [
      "no token",
      () => ({ token: undefined }),
      "GITHUB_TOKEN: is not set, and slipway:github is to be changed (given: acme/shop). export GITHUB_TOKEN=$(gh auth token)",
    ],
    [
      "a wrong token",
      () => ({ token: "wrong" }),
      "slipway:github: GitHub does not know the token (given: GET /repos/acme/shop: Bad credentials). Give one",
    ],
    [
      "a job's token",
      () => ({ token: github.readToken }),
      "slipway:github.repository: cannot be administered by this token (given: acme/shop). Give one",
    ],
    [
      "no such repository",
      () => ({ repository: "none" }),
      "slipway:github.repository: is not there, or not shown to this token (given: acme/none). pulumi config set",
    ],
    [
      "an archived one",
      () => {
        github.state.repositories.get(NAME)!.archived = true;
        return {};
      },
      "is archived: nothing of it can be changed",
    ],
    [
      "GitHub's fault",
      () => {
        github.fail("GET", /shop/, 502, { message: "Unicorn" });
        return {};
      },
      "slipway:github: GitHub answers 502 (given: GET /repos/acme/shop: Unicorn)",
    ],
    [
      "nobody who answers",
      () => ({ server: "http://127.0.0.1:14999" }),
      "slipway:github: GitHub does not answer (given: http://127.0.0.1:14999/api/v3 (connect ECONNREFUSED",
    ],
    [
      "a variable that the plugin would follow",
      () => {
        process.env.GITHUB_OWNER = "other";
        return {};
      },
      "GITHUB_OWNER: is set to another owner, which the github plugin would take (given: other). unset GITHUB_OWNER",
    ],
  ])("%s is told", async (_what, more, fault) => {
    expect(await reason(inputs(more()))).toContain(fault);
  });

  test("an answer that ends half-way is told as none", async () => {
    const half = createServer((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{", () => response.destroy());
    });
    await new Promise<void>((resolve) => half.listen(0, "127.0.0.1", resolve));
    const server = `http://127.0.0.1:${(half.address() as AddressInfo).port}`;
    expect(await reason(inputs({ server }))).toContain("slipway:github: GitHub does not answer");
    half.close();
  });

  test("an app's token that may keep secrets is fine: GitHub tells no role of it", async () => {
    const app = inputs({ token: github.readToken });
    github.fail("GET", /public-key$/, 200, { key_id: "1", key: "a" });
    expect(await reason(app)).toBeUndefined();
    expect(await reason(app)).toContain("cannot be administered by this token");
  });

  test("none of it has the token", async () => {
    const all = await Promise.all([
      reason(inputs({ repository: "none" })),
      reason(inputs({ token: github.readToken })),
    ]);
    expect(all.join()).not.toMatch(/gh[ps]_/);
  });

  test("in a preview, what only the token lacks is a warning: a pull request's has few rights", async () => {
    const preview = run(true);
    const few = inputs({ token: github.readToken });
    expect(await repository.check!(few, {}, preview)).toBeUndefined();
    expect(preview.said).toEqual([
      expect.stringContaining(
        "warning: an update would be refused: slipway:github.repository: cannot be",
      ),
    ]);
    const none = inputs({ repository: "none" });
    expect(await repository.check!(none, {}, run(true))).toContain("is not there");
  });
});

describe("a GitHub that is down", () => {
  const rotated = () => repository.check!(inputs({ wanted: "2" }), inputs(), down);
  let down: ReturnType<typeof run>;
  beforeEach(() => (down = run()));

  test.each<[string, number, object]>([
    ["is in nobody's way, where all was well before", 502, { message: "Unicorn" }],
    ["or has been asked too often", 403, { message: "API rate limit exceeded for user" }],
  ])("%s", async (_what, status, body) => {
    github.fail("GET", /./, status, body, 9);
    expect(await rotated()).toBeUndefined();
    expect(down.said).toEqual([
      expect.stringContaining("warning: not looked at before the deploy: slipway:github: GitHub "),
    ]);
  });

  test("but what else it would refuse is told", async () => {
    github.fail("GET", /users/, 502, { message: "Unicorn" });
    const wrong = inputs({ wanted: "2", token: github.readToken, reviewers: ["ada"] });
    expect(await repository.check!(wrong, inputs(), down)).toContain("cannot be administered");
  });
});

describe("before anything is removed", () => {
  test("the token has to be one that may", async () => {
    await leaving.delete!(at() as never, run());
    const ended = (more: object) => errorOf(leaving.delete!(at(more) as never, run()));
    expect(await ended({ token: undefined })).toContain("GITHUB_TOKEN: is not set");
    expect(await ended({ token: github.readToken })).toContain("cannot be administered");
    // To whoever may not see a private one GitHub says that there is none.
    expect(await ended({ repository: "none" })).toContain(
      "is not shown to this token, which so can remove nothing of it (given: acme/none)",
    );
  });
});

test("nothing is written when the run that asked for it has died", async () => {
  const life = { assertAlive: () => Promise.reject(new Error("ended")) } as never;
  const dead = { ...run(), life };
  const create = { visibility: "private", description: "" } as const;
  const bug = { color: "d73a4a", description: "" };
  const protection = { branches: ["main"], reviews: 1, requiredChecks: [] } as never;
  const works = [
    repository.create(inputs({ repository: "new", create }), dead),
    labels.create(at({ labels: { bug } }) as never, dead),
    variables.create(at({ variables: { A: "1" } }) as never, dead),
    variables.delete!(at({ variables: { A: "1" } }) as never, dead),
    ruleset.create(at({ name: "slipway", protection }) as never, dead),
  ];
  for (const work of works) expect(await errorOf(work)).toBe("ended");
  expect(asked().filter((line) => !line.startsWith("GET"))).toEqual([]);
});

describe("a repository that is not there is made where that is said", () => {
  const create = { visibility: "private", description: "A shop" } as const;

  test("of an organization", async () => {
    const wanted = inputs({ repository: "new", create });
    expect(await repository.check!(wanted, {}, run())).toBeUndefined();
    expect(github.state.repositories.has("acme/new")).toBe(false);
    const work = run();
    expect(await repository.create(wanted, work)).toBe("acme/new");
    expect(work.said).toEqual(["made the repository acme/new"]);
    expect(github.state.repositories.get("acme/new")).toMatchObject({
      private: true,
      description: "A shop",
    });
  });

  test("of a person", async () => {
    await repository.create(inputs({ owner: "ada", repository: "new", create }), run());
    expect(github.state.repositories.get("ada/new")).toMatchObject({ private: true });
    const internal = inputs({
      owner: "ada",
      repository: "x",
      create: { ...create, visibility: "internal" },
    });
    expect(await errorOf(repository.create(internal, run()))).toContain(
      "slipway:github.create.visibility: is a word of organizations, not of people (given: internal; allowed: private, public)",
    );
  });

  test("and one that is there stays as it is", async () => {
    const work = run();
    await repository.create(inputs({ create }), work);
    expect(work.said).toEqual([]);
    expect(asked()).toEqual(["GET /repos/acme/shop"]);
  });
});

describe("reviewers", () => {
  const named = (...names: string[]) => at({ reviewers: names }) as never;

  test("are known by number", async () => {
    const news = named("grace", "acme/operations");
    await reviewers.create(news, run());
    const { users, organizations } = github.state;
    expect(news).toMatchObject({
      users: [users.get("grace")!.id],
      teams: [organizations.get("acme")!.teams.get("operations")!.id],
    });
  });

  test("are looked up when others are named only", async () => {
    const differs = async (olds: never, news: never) =>
      (await reviewers.diff(olds, news, run())).changes;
    expect(await differs(named("ada"), named("ada"))).toBe(false);
    expect(await differs(named("ada"), named("grace"))).toBe(true);
    expect(github.requests).toEqual([]);
  });

  const reason = (names: string[], work = run(), more: object = {}) =>
    repository.check!(inputs({ reviewers: names, ...more }), {}, work);

  test("whom GitHub does not know are told all at once, with what else it would refuse", async () => {
    const more = { repository: "none" };
    const told = await reason(["adda", "ada", "acme/ops"], run(), more);
    expect(told!.split("\n")).toEqual([
      expect.stringMatching(/^slipway:github\.repository: is not there/),
      "slipway:github.environment.reviewers[0]: is nobody on GitHub (given: adda)",
      expect.stringMatching(
        /reviewers\[2\]: is no team there, or not shown to this token .*given: acme\/ops/,
      ),
    ]);
    // GitHub says it of each question; people need it once.
    expect(
      (await reason(["ada"], run(), { server: "http://127.0.0.1:14999" }))!.split("\n"),
    ).toHaveLength(1);
  });

  test("a team that GitHub would leave out, and with it the approval, is told", async () => {
    github.state.organizations.get("acme")!.teams.get("operations")!.repositories = new Set();
    expect(await reason(["acme/operations"], run(true))).toBe(
      "slipway:github.environment.reviewers[0]: may not read the repository, and GitHub would leave it out (given: acme/operations). gh api -X PUT /orgs/acme/teams/operations/repos/acme/shop -f permission=pull",
    );
  });

  test("an organization is nobody who could approve", async () => {
    expect(await reason(["acme"])).toContain(
      "reviewers[0]: is an organization, which approves nothing (given: acme). Name people, or a team of it: acme/TEAM",
    );
  });

  test("a team that a pull request's token is not shown is a warning in its preview", async () => {
    const preview = run(true);
    expect(await reason(["acme/ops"], preview)).toBeUndefined();
    expect(preview.said).toHaveLength(1);
    expect(await reason(["adda"], run(true))).toContain("is nobody on GitHub");
  });
});

describe("labels", () => {
  const wanted = (some: object) => at({ labels: some }) as never;
  const bug = { color: "d73a4a", description: "Broken" };

  test("are made, or set as they are wanted; others stay", async () => {
    const { labels: there } = github.state.repositories.get(NAME)!;
    await labels.create(wanted({ bug, "good first": { color: "ffffff", description: "" } }), run());
    expect(there.get("bug")).toMatchObject({ description: "Broken" });
    expect(there.has("good first")).toBe(true);
    const { length } = github.requests;
    await labels.create(wanted({ bug }), run());
    expect(github.requests).toHaveLength(length + 1);
    await labels.update!(wanted({ bug }), wanted({ bug: { ...bug, description: "" } }), run());
    expect(there.get("bug")!.description).toBeFalsy();
    expect(there.has("good first")).toBe(true);
    expect(labels.delete).toBeUndefined();
  });

  test("a refresh finds those that are there, as they are", async () => {
    const { labels: there } = github.state.repositories.get(NAME)!;
    there.set("bug", { id: 1, name: "bug", color: "000000", description: null });
    expect(await labels.read!(wanted({ bug, gone: bug }), run())).toEqual({
      labels: { bug: { color: "000000", description: "" } },
    });
  });
});

describe.each([undefined, "live"])("variables (environment: %s)", (environment) => {
  const wanted = (some: Record<string, string>): VariablesInputs => ({
    ...at(),
    ...(environment === undefined ? {} : { environment }),
    variables: some,
  });
  const there = () => {
    const found = github.state.repositories.get(NAME)!;
    const holder = environment === undefined ? found : found.environments.get(environment);
    return Object.fromEntries(
      [...(holder?.variables ?? [])].map(([name, { value }]) => [name, value]),
    );
  };
  beforeEach(async () => {
    const path = `${github.url}repos/${NAME}/environments/live`;
    const headers = { authorization: `Bearer ${github.token}` };
    await fetch(path, { method: "PUT", headers });
  });

  test("are made, or set as they are wanted: those that are there are no fault", async () => {
    await variables.create(wanted({ A: "1", B: "2" }), run());
    expect(there()).toEqual({ A: "1", B: "2" });
    // As after a run that was killed: the state knows of none.
    await variables.create(wanted({ A: "1", B: "3", C: "4" }), run());
    expect(there()).toEqual({ A: "1", B: "3", C: "4" });
  });

  test("what is no more wanted goes, and only that", async () => {
    await variables.create(wanted({ A: "1", B: "2", ELSE: "3" }), run());
    await variables.update!(wanted({ A: "1", B: "2", GONE: "0" }), wanted({ A: "5" }), run());
    expect(there()).toEqual({ A: "5", ELSE: "3" });
    await variables.delete!(wanted({ A: "5", GONE: "0" }), run());
    expect(there()).toEqual({ ELSE: "3" });
  });

  test("a refresh finds the values that are there", async () => {
    await variables.create(wanted({ A: "1" }), run());
    expect(await variables.read!(wanted({ A: "2", B: "3" }), run())).toEqual({
      variables: { A: "1" },
    });
  });
});

test("variables of another environment are others", async () => {
  const wanted = (environment: string) => ({ ...at(), environment, variables: {} });
  expect(await variables.diff(wanted("a"), wanted("b"), run())).toEqual({
    changes: true,
    replaces: ["environment"],
  });
});

describe("a ruleset", () => {
  const protection = {
    branches: ["main", "release/*", "~DEFAULT_BRANCH"],
    reviews: 2,
    codeOwners: true,
    requiredChecks: ["unit"],
    upToDate: true,
    requiredDeployments: [],
    linearHistory: true,
  };
  const wanted = (more: object = {}): RulesetInputs => ({
    ...at(),
    name: "slipway",
    protection: { ...protection, ...more },
  });
  const there = () => [...github.state.repositories.get(NAME)!.rulesets.values()];

  test("is made, in GitHub's words", async () => {
    await ruleset.create(wanted(), run());
    expect(there()).toMatchObject([
      {
        name: "slipway",
        target: "branch",
        enforcement: "active",
        conditions: {
          ref_name: {
            include: ["refs/heads/main", "refs/heads/release/*", "~DEFAULT_BRANCH"],
            exclude: [],
          },
        },
      },
    ]);
    const { rules } = there()[0]!;
    expect(rules.map(({ type }) => type)).toEqual([
      "deletion",
      "non_fast_forward",
      "required_linear_history",
      "pull_request",
      "required_status_checks",
    ]);
    expect(rules[3]!.parameters).toMatchObject({
      required_approving_review_count: 2,
      require_code_owner_review: true,
      dismiss_stale_reviews_on_push: true,
    });
    expect(rules[4]!.parameters).toMatchObject({
      required_status_checks: [{ context: "unit" }],
      strict_required_status_checks_policy: true,
    });
  });

  test("one that is there is set; there is never a second one", async () => {
    await ruleset.create(wanted(), run());
    await ruleset.create(wanted({ reviews: 1 }), run());
    await ruleset.update!(wanted(), wanted({ reviews: 3, requiredChecks: [] }), run());
    expect(there()).toHaveLength(1);
    expect(there()[0]!.rules).toContainEqual(
      expect.objectContaining({
        parameters: expect.objectContaining({ required_approving_review_count: 3 }),
      }),
    );
  });

  test("a plan of GitHub's that has no rulesets is told as such", async () => {
    const message = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
    github.fail("GET", /rulesets/, 403, { message });
    expect(await errorOf(ruleset.create(wanted(), run()))).toMatch(
      /^slipway:github: GitHub's plan for this repository does not have it \(given: GET .*Upgrade to/,
    );
  });

  test("the end of it, twice", async () => {
    await ruleset.create(wanted(), run());
    await ruleset.delete!(wanted(), run());
    await ruleset.delete!(wanted(), run());
    expect(there()).toEqual([]);
  });

  test.each<[string, (found: { enforcement: string; rules: any[]; conditions: any }) => unknown]>([
    ["switched off", (found) => (found.enforcement = "disabled")],
    ["without a rule", (found) => found.rules.pop()],
    [
      "with another number",
      (found) => (found.rules[3].parameters.required_approving_review_count = 0),
    ],
    ["for other branches", (found) => (found.conditions.ref_name.include = [])],
    ["gone", () => github.state.repositories.get(NAME)!.rulesets.clear()],
  ])("a refresh finds one that is %s", async (_what, change) => {
    await ruleset.create(wanted(), run());
    expect(await ruleset.read!(wanted(), run())).toEqual({});
    change(there()[0] as never);
    const seen = { ...wanted(), ...(await ruleset.read!(wanted(), run())) };
    expect((await ruleset.diff(seen, wanted(), run())).changes).toBe(true);
  });
});
