import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { gitOf } from "../../git";
import { folder } from "../helpers/spec";

let root: string;
beforeEach(() => (root = folder({ "a.txt": "1\n" })));
afterEach(() => rmSync(root, { recursive: true }));

/** Runs git as nobody in particular, whatever this machine or a hook has set. */
function git(...argv: string[]): string {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  const who = { name: "a", email: "a@example.com" };
  const env = {
    ...Object.fromEntries(kept),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
  };
  return execFileSync("git", argv, { cwd: root, encoding: "utf8", stdio: "pipe", env }).trim();
}

/** A first commit; its full name. */
function committed(): string {
  git("init", "--quiet");
  return commit();
}

function commit(): string {
  appendFileSync(join(root, "a.txt"), "more\n");
  git("add", ".");
  git("commit", "--quiet", "--message", "a");
  return git("rev-parse", "HEAD");
}

test("no tag: the commit", () => {
  const revision = committed();
  expect(gitOf(root).describe()).toEqual({ revision, version: revision.slice(0, 10) });
});

test("a tag, with and without its v, lightweight or not", () => {
  const revision = committed();
  git("tag", "v1.2.0");
  expect(gitOf(root).describe()).toEqual({ revision, version: "1.2.0" });
  const later = commit();
  expect(gitOf(root).describe()).toMatchObject({ version: `1.2.0-1-g${later.slice(0, 10)}` });
  git("tag", "--annotate", "--message", "a", "very-1-gabc");
  expect(gitOf(root).describe()).toMatchObject({ version: "very-1-gabc" });
});

test("what differs from the commit shows; what git does not know of does not", () => {
  const revision = committed();
  git("tag", "2.0");
  appendFileSync(join(root, "new.txt"), "");
  expect(gitOf(root).describe()).toEqual({ revision, version: "2.0" });
  appendFileSync(join(root, "a.txt"), "changed\n");
  expect(gitOf(root).describe()).toEqual({
    revision: `${revision}-dirty`,
    version: "2.0-dirty",
  });
});

test("a shallow clone without tags has a version all the same, and the same commit", () => {
  committed();
  git("tag", "1.0");
  const revision = commit();
  git("clone", "--quiet", "--depth=1", "--no-tags", `file://${root}`, "clone");
  const clone = gitOf(join(root, "clone"));
  expect(clone.describe()).toEqual({ revision, version: revision.slice(0, 10) });
});

test("a folder below the repository's is as good", () => {
  const revision = committed();
  mkdirSync(join(root, "deploy"));
  expect(gitOf(join(root, "deploy")).describe()).toMatchObject({ revision });
});

test("without a repository, or a commit, it says why", () => {
  expect(gitOf(root).describe()).toEqual({ why: expect.stringMatching(/^fatal: not a git repo/) });
  git("init", "--quiet");
  expect(gitOf(root).describe()).toEqual({ why: expect.stringMatching(/^fatal: .*HEAD/) });
  expect(gitOf(root).source()).toBeUndefined();
});

test("without git it says so", () => {
  const { PATH } = process.env;
  process.env["PATH"] = root;
  try {
    expect(gitOf(root).describe()).toEqual({ why: expect.stringContaining("ENOENT") });
  } finally {
    process.env["PATH"] = PATH;
  }
});

test("in a hook of another repository it still looks at its folder", () => {
  const revision = committed();
  process.env["GIT_DIR"] = "/nowhere";
  try {
    expect(gitOf(root).describe()).toMatchObject({ revision });
  } finally {
    delete process.env["GIT_DIR"];
  }
});

test("it is asked once, and only when it is needed", () => {
  committed();
  const asked = gitOf(root);
  const first = asked.describe();
  commit();
  expect(asked.describe()).toBe(first);
});

test.each([
  ["https://github.com/acme/shop.git", "https://github.com/acme/shop.git"],
  ["https://me:s3cret@example.com:8443/shop", "https://example.com:8443/shop"],
  ["https://ghp_token@github.com/acme/shop", "https://github.com/acme/shop"],
  ["https://me:p@ss@example.com/shop", "https://example.com/shop"],
  ["https://example.com/shop?private_token=abc#abc", "https://example.com/shop"],
  ["ssh://git@example.com:2222/shop.git", "ssh://git@example.com:2222/shop.git"],
  ["ssh://git:s3cret@example.com/shop.git", "ssh://git@example.com/shop.git"],
  ["git@github.com:acme/shop.git", "git@github.com:acme/shop.git"],
  ["https://me:se/cret@example.com/shop", undefined],
  ["me:s3cret@example.com:shop.git", undefined],
  ["/srv/git/shop.git", undefined],
  ["file:///srv/git/shop.git", undefined],
  ["../shop", undefined],
])("the remote %s is told as %s", (remote, told) => {
  git("init", "--quiet");
  git("config", "remote.origin.url", remote);
  expect(gitOf(root).source()).toBe(told);
});

test("a token that insteadOf would put in stays where it is", () => {
  git("init", "--quiet");
  git("config", "remote.origin.url", "https://github.com/acme/shop");
  git("config", "url.https://token@github.com/.insteadOf", "https://github.com/");
  expect(gitOf(root).source()).toBe("https://github.com/acme/shop");
});
