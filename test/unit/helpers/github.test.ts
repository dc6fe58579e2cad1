import { get } from "node:http";
import { blake2b } from "blakejs";
import nacl from "tweetnacl";
import { type GitHub, startGitHub } from "../../helpers/github";
import { answerFaults, operation, requestFaults } from "../../helpers/github/description";

let github: GitHub;

beforeEach(async () => {
  const own = { name: "ada/own", private: true };
  github = await startGitHub({ repositories: ["acme/shop", own] });
});

afterEach(() => github.stop());

interface Answered {
  status: number;
  body: any;
  headers: Headers;
}

async function ask(
  method: string,
  path: string,
  body?: object,
  token: string | null = github.token,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const answer = await fetch(`${github.url}${path}`, {
    method,
    redirect: "manual",
    headers: { ...headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  const { status } = answer;
  return { status, body: text === "" ? undefined : JSON.parse(text), headers: answer.headers };
}

const SHOP = "repos/acme/shop";
const PRODUCTION = `${SHOP}/environments/production`;
const shop = () => github.state.repositories.get("acme/shop")!;
const user = (login: string) => github.state.users.get(login)!.id;
const team = () => github.state.organizations.get("acme")!.teams.get("operations")!;

/** A sealed box as libsodium makes it. */
function seal(value: string, key: string): string {
  const to = Buffer.from(key, "base64");
  const own = nacl.box.keyPair();
  const nonce = blake2b(Buffer.concat([own.publicKey, to]), undefined, 24);
  const box = nacl.box(Buffer.from(value), nonce, to, own.secretKey);
  return Buffer.concat([own.publicKey, box]).toString("base64");
}

async function putSecret(path: string, name: string, value: string): Promise<Answered> {
  const { key, key_id } = (await ask("GET", `${path}/public-key`)).body;
  return ask("PUT", `${path}/${name}`, { encrypted_value: seal(value, key), key_id });
}

/** Each step: method, path, body, and the status that is expected. */
async function steps(...all: [string, string, object | undefined, number][]): Promise<void> {
  for (const [method, path, body, status] of all) {
    const answer = await ask(method, path, body);
    expect([method, path, answer.status]).toEqual([method, path, status]);
  }
  expect(github.violations).toEqual([]);
}

describe("each operation answers as GitHub's description says", () => {
  test("people and repositories", async () => {
    await steps(
      ["GET", "user", undefined, 200],
      ["GET", "users/grace", undefined, 200],
      ["GET", "users/nobody", undefined, 404],
      ["GET", "orgs/acme", undefined, 200],
      ["GET", "orgs/ada", undefined, 404],
      ["GET", "orgs/acme/teams/operations", undefined, 200],
      ["GET", "repos/ada/own", undefined, 200],
      ["GET", "api/v3/repos/Acme/Shop", undefined, 200],
      ["POST", "orgs/acme/repos", { name: "more", private: true }, 201],
      ["POST", "user/repos", { name: "mine" }, 201],
      ["POST", "user/repos", { name: "own" }, 422],
    );
    expect((await ask("GET", SHOP)).body.permissions.admin).toBe(true);
    expect(github.state.repositories.get("acme/more")?.private).toBe(true);
  });

  test("environments and their branch policies", async () => {
    const policies = `${PRODUCTION}/deployment-branch-policies`;
    const reviewers = [
      { type: "User", id: user("grace") },
      { type: "Team", id: team().id },
    ];
    const custom = { protected_branches: false, custom_branch_policies: true };
    await steps(
      ["PUT", PRODUCTION, { wait_timer: 0, reviewers: null, deployment_branch_policy: null }, 200],
      ["POST", policies, { name: "main" }, 404],
      ["PUT", PRODUCTION, { wait_timer: 30, reviewers, deployment_branch_policy: custom }, 200],
      ["PUT", PRODUCTION, { can_admins_bypass: false, prevent_self_review: true }, 200],
      ["POST", policies, { name: "v*", type: "tag" }, 200],
      ["POST", policies, { name: "v*", type: "tag" }, 303],
      ["GET", policies, undefined, 200],
      ["GET", `${SHOP}/environments`, undefined, 200],
    );
    const { body } = await ask("GET", PRODUCTION);
    expect(body).toMatchObject({
      can_admins_bypass: false,
      deployment_branch_policy: custom,
      protection_rules: [
        { type: "wait_timer", wait_timer: 30 },
        {
          type: "required_reviewers",
          prevent_self_review: true,
          reviewers: [
            { type: "User", reviewer: { login: "grace" } },
            { type: "Team", reviewer: { slug: "operations" } },
          ],
        },
        { type: "branch_policy" },
      ],
    });
    const [id] = shop().environments.get("production")!.branchPolicies.keys();
    await steps(
      ["GET", `${policies}/${id}`, undefined, 200],
      ["PUT", `${policies}/${id}`, { name: "release-*" }, 200],
      ["DELETE", `${policies}/${id}`, undefined, 204],
      ["GET", `${policies}/${id}`, undefined, 404],
      ["DELETE", PRODUCTION, undefined, 204],
      ["GET", PRODUCTION, undefined, 404],
    );
  });

  test.each([SHOP, PRODUCTION])("variables of %s", async (of) => {
    const all = of === SHOP ? `${SHOP}/actions/variables` : `${PRODUCTION}/variables`;
    await steps(
      ["PUT", PRODUCTION, {}, 200],
      ["POST", all, { name: "region", value: "eu" }, 201],
      ["POST", all, { name: "REGION", value: "us" }, 409],
      ["PATCH", `${all}/REGION`, { name: "REGION", value: "us" }, 204],
      ["GET", `${all}/REGION`, undefined, 200],
    );
    const { body } = await ask("GET", all);
    expect(body).toMatchObject({ total_count: 1, variables: [{ name: "REGION", value: "us" }] });
    await steps(
      ["DELETE", `${all}/REGION`, undefined, 204],
      ["GET", `${all}/REGION`, undefined, 404],
      ["PATCH", `${all}/REGION`, { value: "us" }, 404],
    );
  });

  test("labels", async () => {
    const one = `${SHOP}/labels/a%20b`;
    await steps(
      ["POST", `${SHOP}/labels`, { name: "a b", color: "ff0000", description: "" }, 201],
      ["POST", `${SHOP}/labels`, { name: "A B" }, 422],
      ["PATCH", one, { name: "a b", color: "00ff00" }, 200],
      ["GET", one, undefined, 200],
      ["GET", `${SHOP}/labels`, undefined, 200],
    );
    expect(shop().labels.get("a b")?.color).toBe("00ff00");
    await steps(["DELETE", one, undefined, 204], ["GET", one, undefined, 404]);
  });

  test("rulesets", async () => {
    const ref_name = { include: ["~DEFAULT_BRANCH"], exclude: [] };
    const required_deployment_environments = ["production"];
    const ruleset = {
      name: "main",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name },
      bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }],
      rules: [
        { type: "deletion" },
        { type: "required_deployments", parameters: { required_deployment_environments } },
      ],
    };
    await steps(["POST", `${SHOP}/rulesets`, ruleset, 422], ["PUT", PRODUCTION, {}, 200]);
    const { body } = await ask("POST", `${SHOP}/rulesets`, ruleset);
    expect(body).toMatchObject(ruleset);
    const one = `${SHOP}/rulesets/${body.id}`;
    await steps(
      ["POST", `${SHOP}/rulesets`, { name: "main", enforcement: "active" }, 422],
      ["GET", `${SHOP}/rulesets`, undefined, 200],
      ["PUT", one, { enforcement: "disabled" }, 200],
      ["GET", `${one}?includes_parents=false`, undefined, 200],
    );
    expect(shop().rulesets.get(body.id)).toMatchObject({ ...ruleset, enforcement: "disabled" });
    await steps(["DELETE", one, undefined, 204], ["GET", one, undefined, 404]);
  });

  test("alerts, and the updates that need them", async () => {
    const [alerts, fixes] = [`${SHOP}/vulnerability-alerts`, `${SHOP}/automated-security-fixes`];
    await steps(
      ["GET", alerts, undefined, 404],
      ["GET", fixes, undefined, 404],
      ["PUT", fixes, undefined, 422],
      ["PUT", alerts, undefined, 204],
      ["GET", alerts, undefined, 204],
      ["PUT", fixes, undefined, 204],
      ["GET", fixes, undefined, 200],
      ["DELETE", fixes, undefined, 204],
      ["DELETE", alerts, undefined, 204],
    );
  });
});

describe("secrets", () => {
  test.each([
    ["the repository", `${SHOP}/actions/secrets`, undefined],
    ["an environment", `${PRODUCTION}/secrets`, "production"],
  ])("what is sealed for %s is opened", async (_of, all, environment) => {
    await ask("PUT", PRODUCTION, {});
    expect((await putSecret(all, "token", "first")).status).toBe(201);
    expect((await putSecret(all, "TOKEN", "sécret")).status).toBe(204);
    expect(github.secret("acme/shop", "TOKEN", environment)).toBe("sécret");
    await steps(
      ["GET", `${all}/TOKEN`, undefined, 200],
      ["GET", all, undefined, 200],
      ["DELETE", `${all}/TOKEN`, undefined, 204],
      ["GET", `${all}/TOKEN`, undefined, 404],
    );
  });

  test("an environment's secret is found by the repository's id too", async () => {
    await ask("PUT", PRODUCTION, {});
    const all = `repositories/${shop().id}/environments/production/secrets`;
    expect((await putSecret(all, "TOKEN", "clear")).status).toBe(201);
    expect(github.secret("acme/shop", "TOKEN", "production")).toBe("clear");
    expect(github.violations).toEqual([]);
  });

  test("what is sealed for another key is refused", async () => {
    await ask("PUT", PRODUCTION, {});
    const { key } = (await ask("GET", `${PRODUCTION}/secrets/public-key`)).body;
    const { key_id } = (await ask("GET", `${SHOP}/actions/secrets/public-key`)).body;
    const body = { key_id, encrypted_value: seal("clear", key) };
    const { status, body: said } = await ask("PUT", `${SHOP}/actions/secrets/TOKEN`, body);
    expect(status).toBe(422);
    expect(said.message).toContain("improperly encrypted secret");
    expect(github.violations).toEqual([]);
  });

  test("they end with their environment", async () => {
    await ask("PUT", PRODUCTION, {});
    await putSecret(`${PRODUCTION}/secrets`, "TOKEN", "clear");
    await ask("DELETE", PRODUCTION);
    await ask("PUT", PRODUCTION, {});
    expect((await ask("GET", `${PRODUCTION}/secrets`)).body.total_count).toBe(0);
  });
});

describe("reviewers", () => {
  const put = (reviewers: object[], more = {}) => ask("PUT", PRODUCTION, { reviewers, ...more });

  test("one that does not exist is refused", async () => {
    expect((await put([{ type: "User", id: 7 }])).status).toBe(422);
    expect((await put([{ type: "User", id: team().id }])).status).toBe(422);
    expect(github.violations).toEqual([]);
  });

  test("a team that may not read the repository is left out without a word", async () => {
    team().repositories = new Set();
    const { status, body } = await put([{ type: "Team", id: team().id }]);
    expect([status, body.protection_rules]).toEqual([200, []]);
  });

  test("without any, nobody can be kept from an own review", async () => {
    expect((await put([], { prevent_self_review: true })).status).toBe(422);
  });
});

describe("what is not by the description", () => {
  test.each([
    ["of another type", "PUT", PRODUCTION, { wait_timer: "30" }, "body.wait_timer must be integer"],
    ["missing", "POST", `${SHOP}/labels`, { color: "ff0000" }, "required property 'name'"],
    ["not sent at all", "POST", `${SHOP}/labels`, undefined, "the body is missing"],
    ["no number", "GET", `${SHOP}/rulesets/main`, undefined, "path parameter ruleset_id"],
    ["no such choice", "GET", "orgs/acme/repos?type=x", undefined, "query parameter type"],
    ["nowhere", "GET", "repos/acme/shop/environment", undefined, "no such operation"],
    ["not played", "GET", "meta", undefined, "does not know GET /meta"],
  ])("a request with something %s is told", async (_what, method, path, body, told) => {
    const { status, body: said } = await ask(method, path, body);
    expect(status).toBe(500);
    expect(github.violations).toEqual([said.message]);
    expect(said.message).toContain(told);
  });

  test("of a rule, what is wrong with the one that its type says", () => {
    const asked = operation("POST", "/repos/acme/shop/rulesets")!;
    const rules = [{ type: "required_deployments", parameters: {} }];
    const body = { name: "main", enforcement: "active", rules };
    const missing = "must have required property 'required_deployment_environments'";
    expect(requestFaults(asked, new URLSearchParams(), body)).toEqual([
      `body.rules.0.parameters ${missing}`,
    ]);
  });

  test("a request may say more than is described", () => {
    const asked = operation("PUT", "/repos/acme/shop/environments/production")!;
    const query = new URLSearchParams("more=1");
    expect(requestFaults(asked, query, { can_admins_bypass: true })).toEqual([]);
  });

  test.each<[string, number, unknown, string | undefined]>([
    ["as described", 201, {}, undefined],
    ["with a key too many", 201, { name: "TOKEN" }, "must NOT have additional properties"],
    ["with a status of another operation", 200, {}, "200 is no answer to it"],
    ["with a body where there is none", 204, {}, "204 has a body"],
    ["with a refusal that says nothing", 404, undefined, "body of 404 must be object"],
    [
      "with a refusal that is no message",
      422,
      { message: 1 },
      "body of 422.message must be string",
    ],
  ])("an answer %s", (_how, status, body, told) => {
    const asked = operation("PUT", "/repos/acme/shop/actions/secrets/TOKEN")!;
    expect(answerFaults(asked, status, body).join()).toContain(told ?? "");
    if (!told) expect(answerFaults(asked, status, body)).toEqual([]);
  });

  test("an answer of the stand-in too: a hand has spoiled what it knows", async () => {
    await ask("POST", `${SHOP}/labels`, { name: "bug" });
    shop().labels.get("bug")!.color = 7 as never;
    expect((await ask("GET", `${SHOP}/labels/bug`)).status).toBe(500);
    expect(github.violations.join()).toContain("body of 200.color must be string");
  });

  test("what may be null, may", () => {
    const asked = operation("GET", "/repos/acme/shop/labels/bug")!;
    const label = { id: 1, node_id: "", url: "http://127.0.0.1/", name: "bug", color: "ededed" };
    const all = { ...label, default: false, description: null };
    expect(answerFaults(asked, 200, all)).toEqual([]);
    expect(answerFaults(asked, 200, { ...all, name: null })).not.toEqual([]);
  });
});

describe("who may", () => {
  const status = async (method: string, path: string, token: string | null, body?: object) =>
    (await ask(method, path, body, token)).status;

  test("a job's token reads; what only a person manages it does not", async () => {
    await ask("PUT", PRODUCTION, {});
    const job = github.readToken;
    expect(await status("GET", SHOP, job)).toBe(200);
    expect(await status("GET", PRODUCTION, job)).toBe(200);
    expect(await status("GET", `${SHOP}/rulesets`, job)).toBe(200);
    expect(await status("GET", "repos/ada/own", job)).toBe(404);
    const { body } = await ask("PUT", PRODUCTION, {}, job);
    expect(body).toMatchObject({ message: "Resource not accessible by integration" });
    expect(await status("PUT", PRODUCTION, job, {})).toBe(403);
    expect(await status("GET", `${PRODUCTION}/secrets`, job)).toBe(403);
    const ruleset = { name: "main", enforcement: "active" };
    expect(await status("POST", `${SHOP}/rulesets`, job, ruleset)).toBe(403);
    expect(await status("GET", "user", job)).toBe(403);
    expect(github.violations).toEqual([]);
  });

  test("nobody in particular reads what is public", async () => {
    expect((await ask("GET", SHOP, undefined, null)).body).not.toHaveProperty("permissions");
    expect(await status("GET", "repos/ada/own", null)).toBe(404);
    expect(await status("GET", "user", null)).toBe(401);
    expect(github.violations).toEqual([]);
  });

  test("a wrong token opens nothing", async () => {
    const { status, body } = await ask("GET", SHOP, undefined, "ghp_wrong");
    expect([status, body.message]).toEqual([401, "Bad credentials"]);
  });

  test("a client has to say its name", async () => {
    const answered = new Promise<number | undefined>((resolve) =>
      get(`${github.url}${SHOP}`, ({ statusCode }) => resolve(statusCode)),
    );
    expect(await answered).toBe(403);
  });

  test("a person needs the role; an archive is read-only", async () => {
    shop().role = "push";
    expect(await status("PUT", PRODUCTION, github.token, {})).toBe(403);
    expect(await status("POST", `${SHOP}/labels`, github.token, { name: "bug" })).toBe(201);
    shop().archived = true;
    expect(await status("POST", `${SHOP}/labels`, github.token, { name: "more" })).toBe(403);
    expect(github.violations).toEqual([]);
  });
});

describe("as a server", () => {
  test("a fault that was ordered comes as often as was said", async () => {
    github.fail("GET", /^\/repos\/acme\/shop$/, 502, { message: "Server Error" }, 2);
    const answers = [await ask("GET", SHOP), await ask("GET", SHOP), await ask("GET", SHOP)];
    expect(answers.map(({ status }) => status)).toEqual([502, 502, 200]);
    expect(answers[0].body).toEqual({ message: "Server Error" });
    expect(github.violations).toEqual([]);
  });

  test("what has not changed is not sent again", async () => {
    const { headers } = await ask("GET", SHOP);
    const again = { "if-none-match": headers.get("etag")! };
    expect((await ask("GET", SHOP, undefined, github.token, again)).status).toBe(304);
    shop().description = "changed";
    expect((await ask("GET", SHOP, undefined, github.token, again)).status).toBe(200);
  });

  test("lists come in pages", async () => {
    for (const name of ["a", "b", "c"]) await ask("POST", `${SHOP}/labels`, { name });
    const { body, headers } = await ask("GET", `${SHOP}/labels?per_page=2`);
    expect(body.map(({ name }: { name: string }) => name)).toEqual(["a", "b"]);
    expect(headers.get("link")).toContain(`labels?per_page=2&page=2>; rel="next"`);
  });

  test("what was asked can be read", async () => {
    await ask("GET", "api/v3/orgs/acme?a=b");
    const { token } = github;
    const asked = { method: "GET", path: "/orgs/acme", query: "?a=b", status: 200, token };
    expect(github.requests).toEqual([asked]);
  });
});
