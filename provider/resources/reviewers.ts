import type { Fault } from "../../spec/types";
import { TokenRefusal } from "../github/client";
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
    inputs.reviewers.map(async (reviewer) => {
      const [name, team] = reviewer.split("/");
      // Teams are not shown to everybody; that is told as such below.
      const { status, body } = await (team === undefined
        ? client.ask(`/users/${name}`, [200, 404])
        : client.ask(`/orgs/${name}/teams/${team}`, [200, 401, 403, 404]));
      return { reviewer, isTeam: team !== undefined, id: status === 200 ? body?.id : undefined };
    }),
  );
  const faults = found.flatMap(({ reviewer, isTeam, id }, index): Fault[] => {
    if (typeof id === "number") return [];
    const what = isTeam
      ? "is no team there, or not shown to this token (it has to read organizations)"
      : "is nobody on GitHub";
    return [{ path: `slipway:github.environment.reviewers[${index}]`, what, given: reviewer }];
  });
  const isClear = found.some(({ isTeam, id }) => !isTeam && id === undefined);
  if (faults.length > 0) throw new (isClear ? Refusal : TokenRefusal)(faults);
  const ids = (wanted: boolean) =>
    found.filter(({ isTeam }) => isTeam === wanted).map(({ id }) => id as number);
  return { users: ids(false), teams: ids(true) };
}
