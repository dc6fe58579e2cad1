import * as pulumi from "@pulumi/pulumi";
import { onGithub } from "../../../components/onGithub";
import { registered } from "../../helpers/mocks";
import { compose, load } from "../../helpers/spec";

const SECRETS = { TOKEN: "marker-token", KEY: "marker-key" };

class Traffic extends pulumi.CustomResource {}

/** What is asked of the engine for a `slipway:github`, beside an application whose traffic is `deployed`. */
async function made(github: object, secrets: Record<string, string> = SECRETS) {
  const config = { secrets, github: { repository: "acme/shop", ...github } };
  const { spec } = load(compose(), { config });
  return registered(async () => {
    const repository = await onGithub(spec, secrets);
    repository?.after(new Traffic("test:index:Traffic", "deployed"));
  });
}

const types = async (github: object) => {
  const { byName } = await made(github);
  return [...byName.values()]
    .filter(({ type }) => type.startsWith("github:"))
    .map(({ name, type }) => `${type.split(":")[2]} ${name}`)
    .sort();
};

test("nothing is made, and no SDK loaded, where a stack does not speak of GitHub", async () => {
  const { byName } = await registered(() => onGithub(load(compose()).spec, {}));
  expect([...byName.keys()]).toEqual([]);
});

test("at the least there is an environment, after the deploy", async () => {
  expect(await types({})).toEqual(["RepositoryEnvironment github-environment"]);
  const { get } = await made({});
  expect(get("github-environment")).toMatchObject({
    parent: "github",
    inputs: { repository: "shop", environment: "test", canAdminsBypass: true },
    waitsFor: ["deployed", "github-repository"],
  });
  expect(get("github-environment").inputs).not.toHaveProperty("deploymentBranchPolicy");
});

test("GitHub is looked at before anything else, with all that is wanted as one secret hash", async () => {
  const { get } = await made({
    create: { visibility: "public" },
    secrets: ["KEY"],
    token: "TOKEN",
  });
  const { inputs, waitsFor, secretInputs } = get("github-repository");
  expect(waitsFor).toEqual([]);
  expect(inputs).toMatchObject({
    owner: "acme",
    repository: "shop",
    create: { visibility: "public" },
    wanted: expect.stringMatching(/^[0-9a-f]{64}$/),
    token: "marker-token",
    platform: "docker",
  });
  expect(secretInputs).toEqual(["token", "wanted"]);
});

describe("what is wanted is another", () => {
  const wanted = async (github: object, secrets = SECRETS) =>
    (await made(github, secrets)).get("github-repository").inputs["wanted"] as string;

  test.each<[string, object, object, typeof SECRETS]>([
    ["setting", {}, { dependabot: true }, SECRETS],
    ["value of a secret", { secrets: ["KEY"] }, { secrets: ["KEY"] }, { ...SECRETS, KEY: "new" }],
  ])("with another %s", async (_what, before, after, secrets) => {
    expect(await wanted(before)).not.toBe(await wanted(after, secrets));
  });

  test("but not with another token, which is exchanged often", async () => {
    const token = { token: "TOKEN" };
    expect(await wanted(token)).toBe(await wanted(token, { ...SECRETS, TOKEN: "new" }));
  });
});

test("the provider is of one owner; a token of the stack goes with it, else its own way to one", async () => {
  expect((await made({})).get("github-provider-acme").inputs).toMatchObject({
    owner: "acme",
    baseUrl: "https://api.github.com/",
  });
  const own = await made({ token: "TOKEN", server: "https://git.example.com" });
  const { inputs, secretInputs } = own.get("github-provider-acme");
  expect(inputs).toMatchObject({ baseUrl: "https://git.example.com", token: "marker-token" });
  expect(secretInputs).toContain("token");
});

describe("the environment", () => {
  test("is entered as it is said, by those whom GitHub knows by number", async () => {
    const environment = {
      reviewers: ["ada", "acme/ops"],
      preventSelfReview: true,
      adminsBypass: false,
      waitTimer: 5,
    };
    const { get } = await made({ environment });
    expect(get("github-reviewers").inputs).toMatchObject({ reviewers: ["ada", "acme/ops"] });
    expect(get("github-environment")).toMatchObject({
      inputs: { preventSelfReview: true, canAdminsBypass: false, waitTimer: 5 },
      waitsFor: ["deployed", "github-repository", "github-reviewers"],
    });
  });

  test.each([
    ["protected branches", { branches: "protected" }, [true, false], []],
    [
      "names and patterns",
      { branches: ["main", "release/*"], tags: ["v*"] },
      [false, true],
      ["github-branch-main", "github-branch-release/*", "github-tag-v*"],
    ],
    ["tags alone", { tags: ["v*"] }, [false, true], ["github-tag-v*"]],
  ])("is entered from %s", async (_what, environment, [isProtected, isCustom], policies) => {
    const { get, names } = await made({ environment });
    expect(get("github-environment").inputs["deploymentBranchPolicy"]).toEqual({
      protectedBranches: isProtected,
      customBranchPolicies: isCustom,
    });
    expect(
      names(
        "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy",
      ),
    ).toEqual(policies);
  });

  test("its values are in it, secrets as secrets", async () => {
    const { get } = await made({
      environment: { name: "live", secrets: { URL: "x:${KEY}" }, variables: { LEVEL: "info" } },
    });
    expect(get("github-secret-URL")).toMatchObject({
      inputs: { environment: "live", secretName: "URL", value: "x:marker-key" },
      secretInputs: ["value"],
      waitsFor: ["github-environment"],
    });
    expect(get("github-variables")).toMatchObject({
      inputs: { environment: "live", variables: { LEVEL: "info" } },
      waitsFor: ["github-environment"],
    });
  });
});

test("the whole repository's values, labels and Dependabot", async () => {
  const github = {
    secrets: ["KEY"],
    variables: { A: "1" },
    labels: { bug: { color: "d73a4a" } },
    dependabot: true,
  };
  expect(await types(github)).toEqual([
    "ActionsSecret github-repository-secret-KEY",
    "RepositoryDependabotSecurityUpdates github-security-updates",
    "RepositoryEnvironment github-environment",
    "RepositoryVulnerabilityAlerts github-alerts",
  ]);
  const { get } = await made(github);
  expect(get("github-repository-secret-KEY").secretInputs).toEqual(["value"]);
  expect(get("github-labels")).toMatchObject({
    inputs: { labels: { bug: { color: "d73a4a", description: "" } } },
    waitsFor: ["deployed", "github-repository"],
  });
  expect(get("github-repository-variables").inputs).toMatchObject({ variables: { A: "1" } });
  expect(get("github-security-updates").waitsFor).toContain("github-alerts");
});

test("the old goes before the new: to GitHub, names that differ in capitals alone are one", async () => {
  const { byName } = await made({
    environment: { branches: ["main"], variables: { A: "1" }, secrets: ["KEY"] },
    ...{ variables: { B: "2" }, secrets: ["TOKEN"], protection: {}, dependabot: true },
  });
  const all = [...byName.values()].filter(
    ({ name, parent, type }) =>
      parent === "github" && name !== "github-repository" && !type.startsWith("pulumi:"),
  );
  expect(all).toHaveLength(9);
  expect(all.filter((one) => !one.deleteBeforeReplace).map(({ name }) => name)).toEqual([]);
  const plugin = all.filter(({ type }) => type.startsWith("github:"));
  expect(plugin.map((one) => one.replaceOnChanges)).toEqual(plugin.map(() => ["repository"]));
});

test("what looks after the token goes before all else, for it is made after it", async () => {
  const { get } = await made({ variables: { A: "1" }, protection: {} });
  expect(get("github-leaving").waitsFor).toEqual(
    expect.arrayContaining(["github-environment", "github-repository-variables", "github-ruleset"]),
  );
});

test("the ruleset comes after the environment that it may want deployments to", async () => {
  const { get } = await made({ protection: { requiredDeployments: ["test"] } });
  expect(get("github-ruleset")).toMatchObject({
    inputs: {
      name: "slipway",
      protection: { branches: ["main"], reviews: 1, requiredDeployments: ["test"] },
    },
    waitsFor: ["github-environment"],
  });
});
