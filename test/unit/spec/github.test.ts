import type { Github } from "../../../spec/types";
import { compose, faults, load } from "../../helpers/spec";

const SECRETS = { TOKEN: "marker-token", KEY: "marker-key" };
const repository = "acme/shop";
const config = (github: object) => ({ secrets: SECRETS, github });
const read = (github: object, files = {}) =>
  load(compose(), { config: config({ repository, ...github }), files }).spec.github as Github;
const faultsOf = (github: object, files = {}) =>
  faults(compose(), { config: config({ repository, ...github }), files }).join("\n");
/** Another stack's file with this `slipway:github`. */
const sibling = (github: object, stack = "staging") => ({
  [`Pulumi.${stack}.yaml`]: JSON.stringify({
    config: { "slipway:github": { repository, ...github } },
  }),
});

test("GitHub is left alone unless it is said", () => {
  expect(load(compose()).spec.github).toBeUndefined();
});

test("a stack has an environment of its name, open to all", () => {
  expect(read({})).toEqual({
    repository: { owner: "acme", name: "shop" },
    environment: {
      name: "test",
      reviewers: [],
      preventSelfReview: false,
      adminsBypass: true,
      waitTimer: 0,
      secrets: {},
      variables: {},
    },
    secrets: {},
    variables: {},
    labels: {},
  });
});

describe("secrets", () => {
  test("are texts that name secrets of the stack; a list takes their names", () => {
    const named = { parts: [{ secret: "KEY" }] };
    expect(read({ secrets: ["KEY"] }).secrets).toEqual({ KEY: named });
    expect(read({ environment: { secrets: { SSH: "${KEY}" } } }).environment.secrets).toEqual({
      SSH: named,
    });
    expect(read({ secrets: { URL: "https://me:${KEY}@host" } }).secrets).toEqual({
      URL: { parts: ["https://me:", { secret: "KEY" }, "@host"] },
    });
  });

  test.each([
    [
      "a value in plain text",
      { A: "hunter2" },
      "github.secrets.A: is kept in plain text. pulumi config set --secret",
    ],
    [
      "no such secret",
      { A: "${NONE}" },
      "github.secrets.A: names no secret of the stack (given: NONE; allowed: KEY, TOKEN)",
    ],
    ["no such secret in a list", ["NONE"], "github.secrets.NONE: names no secret of the stack"],
    [
      "a name in small letters",
      { key: "${KEY}" },
      "github.secrets.key: is no name that GitHub takes (given: key; allowed: A-Z",
    ],
    ["a name of GitHub's own", { GITHUB_X: "${KEY}" }, "github.secrets.GITHUB_X: is no name"],
    ["a number", { A: 5 }, "must be a text that names secrets"],
    ["a broken text", { A: "${KEY" }, "is no variable"],
  ])("%s is a fault", (_what, secrets, fault) => {
    expect(faultsOf({ secrets })).toContain(fault);
    expect(faultsOf({ environment: { secrets } })).toContain(
      fault.replace("github.", "github.environment."),
    );
  });

  test("none of a fault's texts has a value", () => {
    const all = faultsOf({
      token: "NONE",
      secrets: { a: "${KEY}", B: "x${NONE}" },
      variables: { C: "${TOKEN}" },
    });
    expect(all).not.toContain("marker");
  });

  test("a value that GitHub would not take", () => {
    const secrets = { ...SECRETS, KEY: "k".repeat(50_000) };
    const github = { repository, secrets: ["KEY"] };
    expect(faults(compose(), { config: { secrets, github } }).join()).toContain(
      "github.secrets.KEY: is longer than GitHub takes (given: 50000 bytes; allowed: at most 49152 bytes)",
    );
  });
});

describe("variables", () => {
  test("are plain", () => {
    expect(read({ variables: { LEVEL: "info", N: 3 } }).variables).toEqual({
      LEVEL: "info",
      N: "3",
    });
  });

  test("one that names a secret would show it", () => {
    expect(faultsOf({ environment: { variables: { A: "x ${KEY}" } } })).toContain(
      "github.environment.variables.A: names a secret, and a variable is in plain sight (given: ${KEY}). Say it under slipway:github.environment.secrets",
    );
  });
});

test.each([
  ["no repository", { repository: undefined }, "github.repository: must be owner/name"],
  [
    "a repository's address",
    { repository: "https://github.com/a/b" },
    "must be owner/name: acme/shop",
  ],
  [
    "another organization's team",
    { environment: { reviewers: ["ada", "other/ops"] } },
    "github.environment.reviewers[1]: is a team of another organization (given: other/ops; allowed: acme/TEAM, or a login)",
  ],
  [
    "seven reviewers",
    { environment: { reviewers: [..."abcdefg"] } },
    "names more than the six that GitHub allows",
  ],
  ["somebody twice", { environment: { reviewers: ["ada", "Ada"] } }, "names somebody twice"],
  [
    "no login",
    { environment: { reviewers: ["@ada lovelace"] } },
    "must be a login, or organization/team: ada, acme/operators",
  ],
  [
    "a long timer",
    { environment: { waitTimer: 50_000 } },
    "must be a whole number from 0 to 43200",
  ],
  [
    "no self-review without reviewers",
    { environment: { preventSelfReview: true } },
    "github.environment.preventSelfReview: is nothing without reviewers",
  ],
  [
    "tags beside protected branches",
    { environment: { branches: "protected", tags: ["v*"] } },
    "github.environment.tags: cannot be said beside protected branches",
  ],
  [
    "branches as a text",
    { environment: { branches: "main" } },
    "must be protected, or a list of names or patterns of branches",
  ],
  ["an unknown key", { protection: { approvals: 1 } }, "github.protection.approvals: unknown key"],
  ["a colour by name", { labels: { bug: { color: "red" } } }, "must be a colour: six hex digits"],
  [
    "a colour that YAML takes for a number",
    { labels: { bug: { color: 5319e7 } } },
    'in quotes: "d73a4a" (given: 53190000000)',
  ],
  [
    "a label twice",
    { labels: { bug: {}, Bug: {} } },
    "github.labels: names a label twice: capitals are no matter to GitHub",
  ],
  [
    "a branch twice",
    { environment: { branches: ["main", "main"] } },
    "github.environment.branches",
  ],
  ["a tag twice", { environment: { tags: ["v*", "v*"] } }, "github.environment.tags: names"],
  [
    "a check twice",
    { protection: { requiredChecks: ["a", "a"] } },
    "github.protection.requiredChecks: names something twice",
  ],
  ["a label without a name", { labels: { "": {} } }, "github.labels"],
  [
    "a token that is no secret",
    { token: "OTHER" },
    "github.token: is no secret of the stack (given: OTHER; allowed: KEY, TOKEN)",
  ],
  [
    "a server's path",
    { server: "https://a/api/v3" },
    "must be an address by https: https://github.example.com",
  ],
])("%s is a fault", (_what, github, fault) => {
  expect(faultsOf(github)).toContain(fault);
});

describe("beside other stacks of the project", () => {
  test("each says its own", () => {
    const files = sibling({ labels: { bug: {} }, secrets: ["TOKEN"], dependabot: true });
    expect(
      read({ labels: { feature: {} }, secrets: ["KEY"], protection: {} }, files).labels,
    ).toEqual({
      feature: { color: "ededed", description: "" },
    });
  });

  test("an environment is one stack's", () => {
    expect(faultsOf({ environment: { name: "staging" } }, sibling({}))).toContain(
      "github.environment.name: is the environment of stack staging, too (given: staging). Give each stack an environment of its own",
    );
  });

  test("whose names differ in capitals alone are the same to GitHub", () => {
    const files = sibling({ repository: "Acme/Shop", labels: { Bug: {} } }, "Test");
    const told = faultsOf({ labels: { bug: {} } }, files);
    expect(told).toContain("github.environment.name: is the environment of stack Test, too");
    expect(told).toContain("github.labels.bug: is said in Pulumi.Test.yaml, too");
  });

  test("a stack is not beside itself, however its file ends", () => {
    const own = {
      "Pulumi.test.yml": JSON.stringify({ config: { "slipway:github": { repository } } }),
    };
    expect(faultsOf({}, own)).toBe("");
  });

  test.each([
    ["protection", { protection: {} }, "protection"],
    ["Dependabot", { dependabot: true }, "dependabot"],
    ["a label", { labels: { bug: {}, one: {} } }, "labels.bug"],
    ["a secret", { secrets: ["KEY"] }, "secrets.KEY"],
    ["a variable", { variables: { A: "1" } }, "variables.A"],
  ])("%s of the whole repository is one stack's", (_what, github, path) => {
    const theirs = sibling({
      protection: {},
      dependabot: false,
      labels: { bug: {}, two: {} },
      secrets: { KEY: "${KEY}" },
      variables: { A: "2" },
    });
    expect(faultsOf(github, theirs)).toBe(
      `slipway:github.${path}: is said in Pulumi.staging.yaml, too, and is the whole repository's. Keep it in one of them`,
    );
  });

  test("another repository's, and a file that cannot be read, are no matter", () => {
    expect(
      faultsOf({ dependabot: true }, sibling({ repository: "acme/other", dependabot: true })),
    ).toBe("");
    expect(faultsOf({ dependabot: true }, { "Pulumi.staging.yaml": "a: [" })).toBe("");
  });
});
