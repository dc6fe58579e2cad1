import { cleared, type ClearedInputs } from "../../../provider/resources/cleared";
import { labels } from "../../../provider/resources/labels";
import { repository, type RepositoryInputs } from "../../../provider/resources/repository";
import { reviewers } from "../../../provider/resources/reviewers";
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

  test("it is not asked for when nothing else is wanted; another token is nothing else", async () => {
    expect(await reason(inputs({ token: "other" }), inputs())).toBeUndefined();
    expect(await repository.diff(inputs(), inputs({ token: "other" }), run())).toEqual({
      changes: false,
    });
    expect(github.requests).toEqual([]);
    expect(await repository.diff(inputs(), inputs({ wanted: "2" }), run())).toEqual({
      changes: true,
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
    expect(await reviewers.diff(named("ada"), named("ada"), run())).toEqual({ changes: false });
    expect(await reviewers.diff(named("ada"), named("grace"), run())).toEqual({ changes: true });
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

  test("a team that a pull request's token is not shown is a warning in its preview", async () => {
    const preview = run(true);
    expect(await reason(["acme/ops"], preview)).toBeUndefined();
    expect(preview.said).toHaveLength(1);
    expect(await reason(["adda"], run(true))).toContain("is nobody on GitHub");
  });
});

describe("labels", () => {
  const wanted = (some: object) => at({ labels: some }) as never;
  const bug = { color: "D73A4A", description: "Broken" };

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
});

describe("what is in the way of something new", () => {
  const wanted = (more: Partial<ClearedInputs> = {}): ClearedInputs => ({
    ...at(),
    environment: "live",
    environmentVariables: [],
    variables: [],
    ...more,
  });
  const variables = () => github.state.repositories.get(NAME)!.variables;
  const add = (name: string) =>
    variables().set(name, { name, value: "1", created_at: "", updated_at: "" });

  test("goes: variables and a ruleset of the same name, and no others", async () => {
    ["A", "B"].forEach(add);
    const { rulesets } = github.state.repositories.get(NAME)!;
    const ruleset = {
      target: "branch",
      enforcement: "active",
      bypass_actors: [],
      conditions: {},
      rules: [],
      created_at: github.state.now(),
      updated_at: github.state.now(),
    };
    rulesets.set(1, { ...ruleset, id: 1, name: "slipway" });
    rulesets.set(2, { ...ruleset, id: 2, name: "other" });
    await cleared.create(wanted({ variables: ["A"], ruleset: "slipway" }), run());
    expect([...variables().keys()]).toEqual(["B"]);
    expect([...rulesets.keys()]).toEqual([2]);
  });

  test("in an environment that is not there yet there is nothing", async () => {
    await cleared.create(wanted({ environmentVariables: ["A"] }), run());
    expect(asked()).toEqual(["DELETE /repos/acme/shop/environments/live/variables/A"]);
  });

  test("what the state knows stays", async () => {
    ["A", "B"].forEach(add);
    await cleared.update!(wanted({ variables: ["A"] }), wanted({ variables: ["A", "B"] }), run());
    expect([...variables().keys()]).toEqual(["A"]);
    const ruleset = wanted({ ruleset: "slipway" });
    await cleared.update!(ruleset, ruleset, run());
    expect(asked()).toEqual(["DELETE /repos/acme/shop/actions/variables/B"]);
  });
});
