import { anyone, type Asked, done, invalid, known, ok, person, type Routes } from "./routes";
import { type Account, find, type Organization, type State, type Team } from "./state";

const SINCE = "2020-01-01T00:00:00Z";

/** The addresses of an account, as they are in each answer that shows one. */
function addresses(base: string, kind: "users" | "orgs", login: string, names: string[]) {
  const url = `${base}/${kind}/${login}`;
  return { url, ...Object.fromEntries(names.map((name) => [`${name}_url`, `${url}/${name}`])) };
}

const OF_USER = "events followers following gists organizations received_events repos starred";

export function simpleUser(base: string, { login, id }: Account, type = "User") {
  return {
    login,
    id,
    node_id: `U_${id}`,
    avatar_url: `${base}/avatars/${id}`,
    gravatar_id: "",
    html_url: `${base}/${login}`,
    ...addresses(base, "users", login, [...OF_USER.split(" "), "subscriptions"]),
    type,
    site_admin: false,
  };
}

function user(base: string, account: Account, type?: string) {
  return {
    ...simpleUser(base, account, type),
    ...{ name: null, company: null, blog: "", location: null, email: null, hireable: null },
    bio: null,
    ...{ public_repos: 0, public_gists: 0, followers: 0, following: 0 },
    ...{ created_at: SINCE, updated_at: SINCE },
  };
}

/** What only the one sees whose token it is. */
const PRIVATE = {
  ...{ private_gists: 0, total_private_repos: 0, owned_private_repos: 0, disk_usage: 0 },
  ...{ collaborators: 0, two_factor_authentication: true },
};

export function organization(base: string, { login, id }: Organization) {
  const names = ["events", "hooks", "issues", "members", "public_members", "repos"];
  return {
    login,
    id,
    node_id: `O_${id}`,
    ...addresses(base, "orgs", login, names),
    avatar_url: `${base}/avatars/${id}`,
    html_url: `${base}/${login}`,
    description: null,
    ...{ has_organization_projects: true, has_repository_projects: true },
    ...{ public_repos: 0, public_gists: 0, followers: 0, following: 0 },
    type: "Organization",
    ...{ created_at: SINCE, updated_at: SINCE, archived_at: null },
  };
}

export function team(base: string, of: Organization, { slug, id }: Team) {
  const url = `${base}/organizations/${of.id}/team/${id}`;
  return {
    id,
    node_id: `T_${id}`,
    url,
    html_url: `${base}/orgs/${of.login}/teams/${slug}`,
    name: slug,
    slug,
    description: null,
    privacy: "closed",
    notification_setting: "notifications_enabled",
    permission: "pull",
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: "organization",
    organization_id: of.id,
    parent: null,
  };
}

function fullTeam({ base, state, parameters }: Asked) {
  const of = known(find(state.organizations, parameters.org));
  const found = known(find(of.teams, parameters.team_slug));
  return {
    ...team(base, of, found),
    ...{ members_count: 1, repos_count: 1, created_at: SINCE, updated_at: SINCE },
    organization: organization(base, of),
  };
}

/** The owner of a repository, of either kind. */
export function owner({ base, state }: { base: string; state: State }, login: string) {
  const isUser = state.users.has(login);
  const account = known(state.users.get(login) ?? state.organizations.get(login));
  return simpleUser(base, account, isUser ? "User" : "Organization");
}

interface Reviewer {
  type: "User" | "Team";
  id: number;
}

/** As an answer shows those who review; those that are gone are not shown. */
export function reviewers({ base, state }: Asked, given: Reviewer[]) {
  return given.flatMap(({ type, id }): { type: string; reviewer: object }[] => {
    if (type === "User") {
      const account = [...state.users.values()].find((one) => one.id === id);
      return account ? [{ type, reviewer: simpleUser(base, account) }] : [];
    }
    const [found] = teamsOf(state).filter((one) => one.team.id === id);
    return found ? [{ type, reviewer: team(base, found.of, found.team) }] : [];
  });
}

const teamsOf = (state: State) =>
  [...state.organizations.values()].flatMap((of) =>
    [...of.teams.values()].map((one) => ({ of, team: one })),
  );

/** GitHub leaves out a team that may not read the repository, and says nothing. */
export function acceptReviewers({ state, repository }: Asked, given: Reviewer[]): Reviewer[] {
  return given.filter(({ type, id }) => {
    if (type === "User" && [...state.users.values()].some((one) => one.id === id)) return true;
    const found = teamsOf(state).find((one) => type === "Team" && one.team.id === id);
    if (!found) throw invalid("Reviewer", "id", "invalid", `${type} ${id} does not exist`);
    const readable = found.team.repositories;
    const isOwn = found.of.login === repository.owner;
    return isOwn && (readable?.has(`${repository.owner}/${repository.name}`) ?? true);
  });
}

export const people: Routes = {
  "GET /user": person(({ base, state }) =>
    ok({ ...user(base, known(state.users.get(state.me))), ...PRIVATE }),
  ),
  "GET /users/{username}": anyone(({ base, state, parameters: { username } }) => {
    const account = find(state.users, username);
    if (account) return ok(user(base, account));
    return ok(user(base, known(find(state.organizations, username)), "Organization"));
  }),
  "GET /orgs/{org}": anyone(({ base, state, parameters }) =>
    ok(organization(base, known(find(state.organizations, parameters.org)))),
  ),
  "GET /orgs/{org}/teams/{team_slug}": person((asked) => ok(fullTeam(asked))),
  "GET /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}": person(
    ({ state, parameters, repository }) => {
      const { teams } = known(find(state.organizations, parameters.org));
      const { repositories } = known(find(teams, parameters.team_slug));
      known((repositories?.has(`${repository.owner}/${repository.name}`) ?? true) || undefined);
      return done;
    },
  ),
};
