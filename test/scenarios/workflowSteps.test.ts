import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";

import { folder } from "../helpers/spec";
import { ran } from "../helpers/workflowSteps";

describe("the steps' own scripts, in bash as on a runner", () => {
  const PULL_REQUEST = { REPOSITORY: "acme/shop", PULL_REQUEST: "7", COMMIT: "abc" };
  const previews = (cwd: string) => {
    mkdirSync(join(cwd, "previews"));
    writeFileSync(join(cwd, "previews/production.md"), "### production\n");
    writeFileSync(join(cwd, "previews/staging.md"), "### staging\n");
  };

  test.each([
    ["a first comment", "", "-X POST repos/acme/shop/issues/7/comments"],
    ["the comment that is there", "41\n42", "-X PATCH repos/acme/shop/issues/comments/41"],
  ])("%s", async (_what, known, call) => {
    const gh = `echo "$*" >> calls; case "$*" in *--paginate*) printf '%s\\n' '${known}';; esac`;
    const { exitCode, said } = await ran("preview", "gh api", { gh }, PULL_REQUEST, previews);
    expect(exitCode).toBe(0);
    expect(said("calls")).toContain(call);
    expect(said("comment.md")).toBe(
      "<!-- slipway preview -->\n### production\n### staging\n\nOf commit abc.\n",
    );
  });

  test("no preview came to its end: the comment says so", async () => {
    const { exitCode, said } = await ran("preview", "gh api", { gh: "true" }, PULL_REQUEST);
    expect(exitCode).toBe(0);
    expect(said("comment.md")).toContain("No preview came to its end");
  });

  const HELD = { TITLE: "A deploy of edenco failed", TEXT: "look" };

  test.each([
    ["a first failure opens an issue", "[]", "issue create --label bug --title A deploy of edenco"],
    [
      "the next one tells of itself there",
      '[{"number":3,"title":"other"},{"number":5,"title":"A deploy of edenco failed"}]',
      "issue comment 5 --body look",
    ],
  ])("%s", async (_what, issues, call) => {
    const gh = `echo "$*" >> calls; case "$*" in "issue list"*) echo '${issues}';; esac`;
    const { exitCode, said } = await ran("deploy", "gh issue", { gh }, HELD);
    expect(exitCode).toBe(0);
    expect(said("calls")).toContain(call);
  });

  const REPORT = '{"after":{"release":"r1"},"url":"http://shop/"}';

  test("a deploy by tag: the version without its v, and what the next jobs must know", async () => {
    const npx = `echo "$*" >> calls; echo '${REPORT}'`;
    const pulumi = `echo "pulumi $*" >> calls; echo '{"images":{"api":"ghcr.io/acme/api@sha256:1"}}'`;
    const programs = { npx, pulumi };
    const { exitCode, said } = await ran("deploy", "slipway deploy", programs, { VERSION: "v1.4" });
    expect(exitCode).toBe(0);
    expect(said("calls")).toBe(
      "slipway deploy -e staging -v 1.4 --lock-wait 600 --json\npulumi stack output --stack staging --json\n",
    );
    expect(said("output")).toBe(
      'release=r1\nurl=http://shop/\nimages={"api":"ghcr.io/acme/api@sha256:1"}\n',
    );
  });

  test("a deploy that fails is a step that fails", async () => {
    const npx = `echo '${REPORT}'; exit 1`;
    const { exitCode } = await ran("deploy", "slipway deploy", { npx }, { VERSION: "" });
    expect(exitCode).toBe(1);
  });

  test.each([
    ["r1", 0],
    ["r2", 1],
    ["", 1],
  ])("production takes what was tried (r1), when staging serves %p: %p", async (serves, code) => {
    const status = JSON.stringify({
      slots: [
        { serves: false, release: "r1" },
        ...(serves ? [{ serves: true, release: serves }] : []),
      ],
    });
    const npx = `echo '${status}'`;
    const { exitCode } = await ran("deploy", "slipway status", { npx }, { RELEASE: "r1" });
    expect(exitCode).toBe(code);
  });

  test("signed is each digest once, of this registry alone", async () => {
    const IMAGES = JSON.stringify({
      api: "ghcr.io/acme/a@sha256:1",
      worker: "ghcr.io/acme/a@sha256:1",
      web: "ghcr.io/acme/b@sha256:2",
      db: "docker.io/library/postgres@sha256:3",
    });
    const env = { IMAGES, REGISTRY: "ghcr.io/acme" };
    const cosign = `echo "$*" >> calls`;
    const { exitCode, said } = await ran("deploy", "cosign sign", { cosign }, env);
    expect(exitCode).toBe(0);
    expect(said("calls")).toBe(
      "sign --yes --recursive ghcr.io/acme/a@sha256:1\nsign --yes --recursive ghcr.io/acme/b@sha256:2\n",
    );
    const refused = await ran("deploy", "cosign sign", { cosign: "exit 1" }, env);
    expect(refused.exitCode).not.toBe(0);
    const none = await ran("deploy", "cosign sign", { cosign: "exit 1" }, { ...env, IMAGES: "" });
    expect(none.exitCode).toBe(0);
  });

  const SLACK = { SLACK_WEBHOOK: "https://hooks.example.com/T/B", TEXT: 'a "deploy" failed' };

  test("Slack hears of it, in JSON; where no webhook is set nothing is sent", async () => {
    const curl = `echo "$*" >> calls; cat >> calls`;
    const { exitCode, said } = await ran("deploy", "curl", { curl }, SLACK);
    expect(exitCode).toBe(0);
    const [call, ...body] = said("calls").split("\n");
    expect(call).toMatch(/--json @- https:\/\/hooks\.example\.com\/T\/B$/);
    expect(JSON.parse(body.join("\n"))).toEqual({ text: 'a "deploy" failed' });
    const silent = await ran("deploy", "curl", { curl }, { ...SLACK, SLACK_WEBHOOK: "" });
    expect(silent.exitCode).toBe(0);
    expect(() => silent.said("calls")).toThrow("ENOENT");
  });

  test.each([
    ["success skipped success", 0],
    ["success failure", 1],
    ["success cancelled", 1],
  ])("one check for all jobs (%s): %p", async (RESULTS, code) => {
    expect((await ran("ci", "$RESULTS", {}, { RESULTS })).exitCode).toBe(code);
  });

  test("the way to a host: an agent holds the key, no file does", async () => {
    const key = join(folder({ a: "" }), "key");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const DEPLOY_SSH_KEY = readFileSync(key, "utf8").replaceAll("\n", "\r\n");
    const own = (await execa("which", ["ssh-agent"])).stdout;
    const programs = { "ssh-agent": `${own} "$@" > agent; cat agent` };
    const DEPLOY_KNOWN_HOSTS = "host.example.com ssh-ed25519 AAAA";
    const env = { HOME: join(key, ".."), GITHUB_ENV: "env", DEPLOY_SSH_KEY, DEPLOY_KNOWN_HOSTS };
    const { exitCode, cwd, said } = await ran("deploy", "ssh-agent", programs, env);
    try {
      expect(exitCode).toBe(0);
      const SSH_AUTH_SOCK = /^SSH_AUTH_SOCK=(.+)$/m.exec(said("env"))![1];
      const held = await execa("ssh-add", ["-L"], { env: { SSH_AUTH_SOCK } });
      expect(held.stdout.split(" ")[1]).toBe(readFileSync(`${key}.pub`, "utf8").split(" ")[1]);
      expect(readFileSync(join(env.HOME, ".ssh/known_hosts"), "utf8")).toBe(
        `${DEPLOY_KNOWN_HOSTS}\n`,
      );
      expect(readdirSync(cwd)).not.toContain("key");
    } finally {
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(said("agent"))![1]));
    }
  });

  test("without a key, and without a cluster, a look goes on", async () => {
    for (const [like, env] of [
      ["ssh-agent", { DEPLOY_SSH_KEY: "" }],
      ["KUBECONFIG", { CLUSTER: "" }],
    ] as const) {
      const workflow = like === "KUBECONFIG" ? "rollback" : "deploy";
      const { exitCode, all } = await ran(workflow, like, {}, { ...env, GITHUB_ENV: "env" });
      expect({ exitCode, all }).toEqual({
        exitCode: 0,
        all: expect.stringContaining("is not set here"),
      });
    }
  });
});
