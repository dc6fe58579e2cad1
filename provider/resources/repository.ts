import type { Github } from "../../spec/types";
import { GithubClient, TOKEN, TokenRefusal, Unavailable } from "../github/client";
import { type Place, Refusal } from "../platform";
import { same } from "../values";
import type { CheckContext, Diff, Kind } from "./kind";
import { idsOf } from "./reviewers";

/** At which repository, and as whom. */
export interface AtGithub extends Place {
  /** Absent: GitHub itself. */
  server?: string;
  /** Absent: GITHUB_TOKEN. */
  token?: string;
  owner: string;
  repository: string;
}

export interface RepositoryInputs extends AtGithub {
  create?: Github["create"];
  /** Who shall be known there: logins, and teams as organization/team. */
  reviewers: string[];
  /** One hash over everything that is wanted of GitHub: it is looked at when that differs, and not in any other run. */
  wanted: string;
}

export const clientFor = ({ server, token }: AtGithub): GithubClient =>
  new GithubClient(server, token ?? (process.env.GITHUB_TOKEN || undefined));

/** In place of what a request would find out, one by one, in the middle of a run: all at once, and before it. */
export const repository: Kind<RepositoryInputs> = {
  isApart: true,
  async check(inputs, olds, context) {
    const isKnown = olds.owner === inputs.owner && olds.repository === inputs.repository;
    return differs(olds, inputs) ? reasonOf(inputs, isKnown, context) : undefined;
  },
  async diff(olds, news) {
    return differing(olds, news, "create", "wanted");
  },
  async create(inputs, { life, tell }) {
    if ((await look(inputs, inputs.create !== undefined)) === "absent") {
      await life.assertAlive();
      await make(inputs);
      tell(`made the repository ${nameOf(inputs)}`);
    }
    return nameOf(inputs);
  },
  // The check has looked; a repository that has gone since is not made anew.
  async update() {},
  // No `delete`: code and issues outlive any stack.
};

/**
 * All that GitHub would refuse. A pull request is previewed with a token of few rights: what only another one could do
 * is for those who update. And a GitHub that is down is in nobody's way, where all was well with it before.
 */
async function reasonOf(
  inputs: RepositoryInputs,
  isKnown: boolean,
  { isPreview, warn }: CheckContext,
): Promise<string | undefined> {
  const looks = await Promise.allSettled([
    look(inputs, inputs.create !== undefined),
    idsOf(inputs),
  ]);
  const refused = looks.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
  if (refused.length === 0) return undefined;
  const reason = [...new Set(refused.map(({ message }) => message))].join("\n");
  const areAll = (kind: typeof TokenRefusal) => refused.every((error) => error instanceof kind);
  if (isKnown && areAll(Unavailable)) warn(`not looked at before the deploy: ${reason}`);
  else if (isPreview && areAll(TokenRefusal)) warn(`an update would be refused: ${reason}`);
  else return reason;
  return undefined;
}

/** In another repository it is another thing. Another token is kept, for the end of the stack. */
export function differing<I extends AtGithub>(
  olds: Partial<I>,
  news: I,
  ...keys: (keyof I & string)[]
): Required<Diff> {
  const isOther = (key: keyof I) => !same(olds[key], news[key]);
  const replaces = (["server", "owner", "repository"] as const).filter(isOther);
  return {
    changes: replaces.length > 0 || ["token", ...keys].some((key) => isOther(key as keyof I)),
    replaces,
  };
}

/** The path of something in the repository. */
export const atRepository = (inputs: AtGithub, ...parts: string[]): string =>
  ["/repos", nameOf(inputs), ...parts.map(encodeURIComponent)].join("/");

export const nameOf = ({ owner, repository: name }: AtGithub) => `${owner}/${name}`;

const differs = (olds: Partial<RepositoryInputs>, news: RepositoryInputs): boolean =>
  differing(olds, news, "create", "wanted").changes;

/**
 * @param mayLack what is not there is no fault
 * @throws Refusal where this token will not do what is wanted
 */
export async function look(inputs: AtGithub, mayLack: boolean): Promise<"present" | "absent"> {
  const path = "slipway:github.repository";
  const given = nameOf(inputs);
  if (inputs.token === undefined && !process.env.GITHUB_TOKEN) {
    throw new TokenRefusal([
      {
        path: "GITHUB_TOKEN",
        what: "is not set, and slipway:github is to be changed",
        given,
        cure: "export GITHUB_TOKEN=$(gh auth token), or pulumi config set --path slipway:github.token NAME_OF_A_SECRET",
      },
    ]);
  }
  const strange = ["GITHUB_OWNER", "GITHUB_ORGANIZATION"].find((name) => {
    const value = process.env[name];
    return value && value.toLowerCase() !== inputs.owner.toLowerCase();
  });
  if (strange !== undefined) {
    const what = "is set to another owner, which the github plugin would take";
    const cure = `unset ${strange}`;
    throw new Refusal([{ path: strange, what, given: process.env[strange], cure }]);
  }
  const { status, body } = await clientFor(inputs).ask(`/repos/${given}`, [200, 404]);
  if (status === 404) {
    if (mayLack) return "absent";
    const what = "is not there, or not shown to this token";
    const cure = "pulumi config set --path slipway:github.create.visibility private makes it";
    throw new Refusal([{ path, what, given, cure }]);
  }
  const name = String(body?.full_name);
  if (name.toLowerCase() !== given.toLowerCase()) {
    const cure = `pulumi config set --path ${path} ${name}`;
    throw new Refusal([{ path, what: `is called ${name} now`, given, cure }]);
  }
  if (body?.archived === true) {
    const cure = "Unarchive it, or pulumi config rm slipway:github";
    throw new Refusal([{ path, what: "is archived: nothing of it can be changed", given, cure }]);
  }
  const { admin } = (body?.permissions ?? {}) as { admin?: boolean };
  if (admin !== true && !(await isAppWithRights(inputs))) {
    const what = "cannot be administered by this token";
    throw new TokenRefusal([{ path, what, given, cure: TOKEN }]);
  }
  return "present";
}

/** Of an app GitHub tells no role; what a job's own token is never given, and an app for this is, can be tried. */
async function isAppWithRights(inputs: AtGithub): Promise<boolean> {
  const token = inputs.token ?? process.env.GITHUB_TOKEN ?? "";
  if (!token.startsWith("ghs_")) return false;
  const path = atRepository(inputs, "actions", "secrets", "public-key");
  return (await clientFor(inputs).ask(path, [200, 403, 404])).status === 200;
}

/** With a first commit: there is no branch to protect without one. */
async function make(inputs: RepositoryInputs): Promise<void> {
  const { owner, repository: name, create } = inputs;
  const { visibility = "private", description = "" } = create ?? {};
  const client = clientFor(inputs);
  const { body } = await client.ask("/user");
  const isOwn = String(body?.login).toLowerCase() === owner.toLowerCase();
  if (isOwn && visibility === "internal") {
    const what = "is a word of organizations, not of people";
    throw new Refusal([
      {
        path: "slipway:github.create.visibility",
        what,
        given: visibility,
        allowed: "private, public",
      },
    ]);
  }
  const common = { name, description, auto_init: true };
  await (isOwn
    ? client.ask("/user/repos", [201], "POST", { ...common, private: visibility === "private" })
    : client.ask(`/orgs/${owner}/repos`, [201], "POST", { ...common, visibility }));
}
