import { organization, owner } from "./people";
import {
  anyone,
  type Asked,
  created,
  done,
  invalid,
  known,
  manage,
  notFound,
  ok,
  person,
  Refusal,
  type Routes,
} from "./routes";
import { addRepository, find, type Repository, ROLES } from "./state";

const BELOW =
  "assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events forks hooks issue_comment issue_events issues keys labels languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees archive git_commits git_refs git_tags";

/** Nobody looks at how many there are. */
const COUNTS = "forks open_issues watchers stargazers subscribers network";

function fullRepository(asked: Asked, repository: Repository) {
  const { base, state, caller } = asked;
  const full = `${repository.owner}/${repository.name}`;
  const url = `${base}/repos/${full}`;
  const html = `${base}/${full}`;
  const of = state.organizations.get(repository.owner);
  const role = caller === "admin" ? ROLES.indexOf(repository.role) : ROLES.indexOf("pull");
  const permissions = Object.fromEntries(ROLES.map((name, at) => [name, at >= role]));
  return {
    id: repository.id,
    node_id: `R_${repository.id}`,
    name: repository.name,
    full_name: full,
    owner: owner(asked, repository.owner),
    ...(of ? { organization: { ...owner(asked, of.login), ...organization(base, of) } } : {}),
    private: repository.private,
    visibility: repository.private ? "private" : "public",
    description: repository.description,
    url,
    html_url: html,
    ...Object.fromEntries(BELOW.split(" ").map((name) => [`${name}_url`, `${url}/${name}`])),
    ...{ clone_url: `${html}.git`, git_url: `${html}.git`, ssh_url: `${html}.git`, svn_url: html },
    ...Object.fromEntries(COUNTS.split(" ").map((name) => [`${name}_count`, 0])),
    ...{ forks: 0, open_issues: 0, watchers: 0, size: 0 },
    ...{ fork: false, archived: repository.archived, disabled: false, default_branch: "main" },
    ...{ has_issues: true, has_projects: true, has_wiki: true, has_downloads: true },
    ...{ has_pages: false, has_discussions: false, homepage: null, language: null },
    ...{ license: null, mirror_url: null, topics: [] },
    created_at: repository.created_at,
    updated_at: repository.created_at,
    pushed_at: repository.created_at,
    ...(caller === "nobody" ? {} : { permissions }),
  };
}

function create(asked: Asked, login: string) {
  const { state, body } = asked;
  if (find(state.repositories, `${login}/${body.name}`)) {
    const error = { resource: "Repository", code: "custom", field: "name" };
    const message = "name already exists on this account";
    throw new Refusal(422, "Repository creation failed.", [{ ...error, message }]);
  }
  if (!/^[\w.-]{1,100}$/.test(body.name)) throw invalid("Repository", "name", "custom");
  const isPrivate = body.private === true || body.visibility === "private";
  return created(
    fullRepository(asked, addRepository(state, login, { ...body, private: isPrivate })),
  );
}

/** Without the alerts there is nothing that could be updated: GitHub refuses either change. */
function setFixes({ repository }: Asked, isOn: boolean) {
  if (!repository.vulnerabilityAlerts) {
    const message = "Vulnerability alerts must be enabled to configure automated security fixes.";
    throw new Refusal(422, message);
  }
  repository.automatedSecurityFixes = isOn;
  return done;
}

function setAlerts({ repository }: Asked, isOn: boolean) {
  repository.vulnerabilityAlerts = isOn;
  repository.automatedSecurityFixes &&= isOn;
  return done;
}

const ONE = "/repos/{owner}/{repo}";

export const repositories: Routes = {
  [`GET ${ONE}`]: anyone((asked) => ok(fullRepository(asked, asked.repository))),
  "POST /orgs/{org}/repos": person((asked) =>
    create(asked, known(find(asked.state.organizations, asked.parameters.org)).login),
  ),
  "POST /user/repos": person((asked) => create(asked, asked.state.me)),
  [`GET ${ONE}/vulnerability-alerts`]: manage(({ repository }) => {
    if (!repository.vulnerabilityAlerts)
      throw new Refusal(404, "Vulnerability alerts are disabled.");
    return done;
  }),
  [`PUT ${ONE}/vulnerability-alerts`]: manage((asked) => setAlerts(asked, true)),
  [`DELETE ${ONE}/vulnerability-alerts`]: manage((asked) => setAlerts(asked, false)),
  [`GET ${ONE}/automated-security-fixes`]: manage(({ repository }) => {
    if (!repository.vulnerabilityAlerts) throw notFound();
    return ok({ enabled: repository.automatedSecurityFixes, paused: false });
  }),
  [`PUT ${ONE}/automated-security-fixes`]: manage((asked) => setFixes(asked, true)),
  [`DELETE ${ONE}/automated-security-fixes`]: manage((asked) => setFixes(asked, false)),
};
