import { execFileSync } from "node:child_process";

import type { Git } from "./spec/types";

/** What the time limit is for: a work tree on a network's disk, a hook that waits for somebody. */
const LIMIT_MILLISECONDS = 10_000;

/**
 * Digits of a commit in a version. Git's own choice grows with the repository, and differs in a shallow clone;
 * fewer than a release's id has, so that nobody takes one for the other.
 */
const DIGITS = 10;

/** Git's view of a folder: a process each, started when its answer is first needed. */
export function gitOf(folder: string): Git {
  return {
    describe: once(() => describe(folder)),
    source: once(() => source(folder)),
    branch: once(() => branch(folder)),
  };
}

function once<T>(ask: () => T): () => T {
  let answer: { is: T } | undefined;
  return () => (answer ??= { is: ask() }).is;
}

function describe(folder: string): ReturnType<Git["describe"]> {
  const options = ["--tags", "--always", "--dirty", "--long", "--abbrev=64"];
  const { said, why } = git(folder, "describe", ...options);
  const parts = /^(?:(.+)-(\d+)-g)?([0-9a-f]{40,64})(-dirty)?$/.exec(said ?? "");
  if (!parts) return { why: why ?? `an answer that is not understood: ${said}` };
  const [, tag, commits, commit, dirty = ""] = parts;
  const short = commit.slice(0, DIGITS);
  // v1.2.0 is 1.2.0, as package.json and pyproject.toml would have it.
  const name = tag?.replace(/^v(?=\d)/, "");
  const version =
    name === undefined ? short : commits === "0" ? name : `${name}-${commits}-g${short}`;
  return { version: version + dirty, revision: commit + dirty };
}

/** A pipeline checks out a commit, and tells the branch beside it. */
function branch(folder: string): string | undefined {
  const { said } = git(folder, "symbolic-ref", "--short", "HEAD");
  return said ?? process.env.GITHUB_REF_NAME;
}

/** As config has it: `insteadOf` may put a token in. */
function source(folder: string): string | undefined {
  const { said } = git(folder, "config", "--get", "remote.origin.url");
  return said === undefined ? undefined : publicUrl(said);
}

/** Without what may be a secret; undefined for a path, which means nothing on another machine. */
function publicUrl(remote: string): string | undefined {
  if (/^[\w.-]+@[\w.-]+:(?!\/\/)/.test(remote)) return remote;
  if (!/^(https?|ssh|git):\/\//.test(remote) || !URL.canParse(remote)) return undefined;
  const url = new URL(remote);
  // The user of ssh is part of the address; of https it is as often as not the token itself.
  if (url.protocol !== "ssh:") url.username = "";
  url.password = url.search = url.hash = "";
  return url.href;
}

function git(folder: string, ...argv: string[]): { said?: string; why?: string } {
  // Set inside of a hook: they would lead to another repository.
  const {
    GIT_DIR: _dir,
    GIT_WORK_TREE: _tree,
    GIT_INDEX_FILE: _index,
    ...environment
  } = process.env;
  try {
    const said = execFileSync("git", argv, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MILLISECONDS,
      env: { ...environment, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
    });
    return { said: said.trim() };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return { why: (stderr?.trim() || message).split("\n")[0] };
  }
}
