import type { Fault } from "../../spec/types";
import { type GithubClient, TokenRefusal } from "../github/client";
import { Refusal } from "../platform";
import type { Kind } from "./kind";
import { type AtGithub, clientFor, differing } from "./repository";

export interface ReviewersInputs extends AtGithub {
  /** Logins, and teams as organization/team. */
  reviewers: string[];
  /** Outputs: their ids, which stay when they are renamed. */
  users?: number[];
  teams?: number[];
}

/** GitHub wants reviewers by number. They are looked up when others are named, and not in each run; `Repository` has checked them. */
export const reviewers: Kind<ReviewersInputs> = {
  isApart: true,
  async diff(olds, news) {
    return differing(olds, news, "reviewers");
  },
  async create(inputs) {
    Object.assign(inputs, await idsOf(inputs));
    return inputs.reviewers.join(",");
  },
  async update(_olds, news, context) {
    await reviewers.create(news, context);
  },
};

/** @throws Refusal with everybody whom GitHub does not know */
export async function idsOf(
  inputs: AtGithub & { reviewers: string[] },
): Promise<Required<Pick<ReviewersInputs, "users" | "teams">>> {
  const client = clientFor(inputs);
  const found = await Promise.all(
    inputs.reviewers.map((reviewer) => {
      const [name = "", team] = reviewer.split("/");
      return team === undefined ? user(client, name) : teamOf(client, name, team, inputs);
    }),
  );
  const faults = found.flatMap(({ fault }, index): Fault[] => {
    const path = `slipway:github.environment.reviewers[${index}]`;
    return fault === undefined ? [] : [{ path, given: inputs.reviewers[index], ...fault }];
  });
  const isClear = found.some(({ fault, isHidden }) => fault !== undefined && !isHidden);
  if (faults.length > 0) throw new (isClear ? Refusal : TokenRefusal)(faults);
  const ids = (wanted: Found["kind"]) =>
    found.filter(({ kind }) => kind === wanted).map(({ id }) => id as number);
  return { users: ids("user"), teams: ids("team") };
}

interface Found {
  kind: "user" | "team";
  id?: unknown;
  fault?: Pick<Fault, "what" | "cure">;
  /** Another token could see it. */
  isHidden?: true;
}

async function user(client: GithubClient, name: string): Promise<Found> {
  const { status, body } = await client.ask(`/users/${name}`, [200, 404]);
  const kind = "user";
  if (status === 404) return { kind, fault: { what: "is nobody on GitHub" } };
  if (body?.type !== "Organization") return { kind, id: body?.id };
  return {
    kind,
    fault: {
      what: "is an organization, which approves nothing",
      cure: `Name people, or a team of it: ${name}/TEAM`,
    },
  };
}

async function teamOf(
  client: GithubClient,
  organization: string,
  team: string,
  { owner, repository: name }: AtGithub,
): Promise<Found> {
  const path = `/orgs/${organization}/teams/${team}`;
  const { status, body } = await client.ask(path, [200, 401, 403, 404]);
  const kind = "team";
  if (status !== 200) {
    const what = "is no team there, or not shown to this token (it has to read organizations)";
    return { kind, fault: { what }, isHidden: true };
  }
  const access = `${path}/repos/${owner}/${name}`;
  const { status: mayRead } = await client.ask(access, [200, 204, 404]);
  if (mayRead !== 404) return { kind, id: body?.id };
  // GitHub would make the environment without it, open to everybody, and say nothing.
  const what = "may not read the repository, and GitHub would leave it out";
  return { kind, fault: { what, cure: `gh api -X PUT ${access} -f permission=pull` } };
}
