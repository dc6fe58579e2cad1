import type { Fault } from "../../spec/types";
import { TokenRefusal } from "../github/client";
import { Refusal } from "../platform";
import { same } from "../values";
import type { Kind } from "./kind";
import { type AtGithub, clientFor, reasonOf } from "./repository";

export interface ReviewersInputs extends AtGithub {
  /** Logins, and teams as organization/team. */
  reviewers: string[];
  /** Outputs: their ids, which stay when they are renamed. */
  users?: number[];
  teams?: number[];
}

/** GitHub wants reviewers by number. They are looked up when others are named, and not in each run. */
export const reviewers: Kind<ReviewersInputs> = {
  isApart: true,
  async check(inputs, olds, context) {
    return differs(olds, inputs) ? reasonOf(resolved(inputs), context) : undefined;
  },
  async diff(olds, news) {
    return { changes: differs(olds, news) };
  },
  async create(inputs) {
    Object.assign(inputs, await resolved(inputs));
    return inputs.reviewers.join(",");
  },
  async update(_olds, news, context) {
    await reviewers.create(news, context);
  },
};

const differs = (olds: Partial<ReviewersInputs>, news: ReviewersInputs): boolean =>
  !same([olds.server, olds.reviewers], [news.server, news.reviewers]);

/** @throws Refusal with everybody whom GitHub does not know */
async function resolved(
  inputs: ReviewersInputs,
): Promise<Required<Pick<ReviewersInputs, "users" | "teams">>> {
  const client = clientFor(inputs);
  const found = await Promise.all(
    inputs.reviewers.map(async (reviewer) => {
      const [name, team] = reviewer.split("/");
      const path = team === undefined ? `/users/${name}` : `/orgs/${name}/teams/${team}`;
      const { status, body } = await client.ask(path, [200, 404]);
      return { reviewer, isTeam: team !== undefined, id: status === 404 ? undefined : body?.id };
    }),
  );
  const faults = found.flatMap(({ reviewer, isTeam, id }, index): Fault[] => {
    if (typeof id === "number") return [];
    const what = isTeam
      ? "is no team there, or not shown to this token (it has to read organizations)"
      : "is nobody on GitHub";
    return [{ path: `slipway:github.environment.reviewers[${index}]`, what, given: reviewer }];
  });
  // Teams are shown to few tokens.
  const isClear = found.some(({ isTeam, id }) => !isTeam && id === undefined);
  if (faults.length > 0) throw new (isClear ? Refusal : TokenRefusal)(faults);
  const ids = (wanted: boolean) =>
    found.filter(({ isTeam }) => isTeam === wanted).map(({ id }) => id as number);
  return { users: ids(false), teams: ids(true) };
}
