import type nacl from "tweetnacl";

/** A person; an organisation has teams besides. */
export interface Account {
  login: string;
  id: number;
}

export interface Team {
  slug: string;
  id: number;
  /** Full names; without it the team may read all that its organisation has. */
  repositories?: Set<string>;
}

export interface Organization extends Account {
  /** By slug. */
  teams: Map<string, Team>;
}

export interface Secret {
  name: string;
  /** Clear: the stand-in has opened what it was sent. */
  value: string;
  created_at: string;
  updated_at: string;
}

export interface Variable {
  name: string;
  value: string;
  created_at: string;
  updated_at: string;
}

/** What has secrets and variables: a repository, and each of its environments. */
export interface Holder {
  /** By name, in capitals. */
  secrets: Map<string, Secret>;
  variables: Map<string, Variable>;
  keyId: string;
  /** Made when somebody first asks for them. */
  keys?: nacl.BoxKeyPair;
}

export interface Environment extends Holder {
  id: number;
  name: string;
  wait_timer: number;
  can_admins_bypass: boolean;
  prevent_self_review: boolean;
  reviewers: { type: "User" | "Team"; id: number }[];
  deployment_branch_policy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  /** By id. */
  branchPolicies: Map<number, { id: number; name: string; type: "branch" | "tag" }>;
  created_at: string;
  updated_at: string;
}

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface Ruleset {
  id: number;
  name: string;
  target: string;
  enforcement: string;
  bypass_actors: object[];
  conditions: object;
  rules: { type: string; parameters?: any }[];
  created_at: string;
  updated_at: string;
}

/** What the one who asks may do in a repository; each includes those after it. */
export const ROLES = ["admin", "maintain", "push", "triage", "pull"] as const;

export interface Repository extends Holder {
  id: number;
  owner: string;
  name: string;
  private: boolean;
  archived: boolean;
  description: string | null;
  /** Of the one whom the token belongs to. */
  role: (typeof ROLES)[number];
  /** By name. */
  environments: Map<string, Environment>;
  /** By id. */
  rulesets: Map<number, Ruleset>;
  /** By name. */
  labels: Map<string, Label>;
  vulnerabilityAlerts: boolean;
  automatedSecurityFixes: boolean;
  created_at: string;
}

/** All that the stand-in knows. A test reads it, and changes it as somebody would by hand. */
export interface State {
  /** Login of the one whom the token belongs to. */
  me: string;
  /** Full name of the repository whose job has the token that only reads; it sees no other private one. */
  job: string;
  /** By login. */
  users: Map<string, Account>;
  organizations: Map<string, Organization>;
  /** By full name: owner/name. */
  repositories: Map<string, Repository>;
  /** An id that nothing else has. */
  nextId(): number;
  /** Each change is a second after the one before: that is all that GitHub's times tell. */
  now(): string;
}

export interface Options {
  /** Logins. The first one has the token. */
  users?: string[];
  /** Login -> the slugs of its teams. */
  organizations?: Record<string, string[]>;
  /** Full names. The first one's jobs have the token that only reads. */
  repositories?: (string | { name: string; private: boolean })[];
}

export function newState(options: Options): State {
  const {
    users = ["ada", "grace"],
    organizations = { acme: ["operations"] },
    repositories = ["acme/shop"],
  } = options;
  let id = 1000;
  let time = 0;
  const state: State = {
    me: users[0],
    job: "",
    users: new Map(),
    organizations: new Map(),
    repositories: new Map(),
    nextId: () => ++id,
    now: () => {
      time = Math.max(Math.floor(Date.now() / 1000), time + 1);
      return new Date(time * 1000).toISOString().replace(".000Z", "Z");
    },
  };
  for (const login of users) state.users.set(login, { login, id: state.nextId() });
  for (const [login, slugs] of Object.entries(organizations)) {
    const organization = { login, id: state.nextId() };
    const teams = new Map(slugs.map((slug) => [slug, { slug, id: state.nextId() }]));
    state.organizations.set(login, { ...organization, teams });
  }
  for (const one of repositories) {
    const given = typeof one === "string" ? { name: one, private: false } : one;
    const [owner, name] = given.name.split("/");
    addRepository(state, owner, { name, private: given.private });
    state.job ||= given.name;
  }
  return state;
}

export function newHolder(state: State): Holder {
  return { secrets: new Map(), variables: new Map(), keyId: `33803${state.nextId()}` };
}

export function addRepository(
  state: State,
  owner: string,
  given: { name: string; private?: boolean; description?: string },
): Repository {
  const repository: Repository = {
    ...newHolder(state),
    id: state.nextId(),
    owner,
    name: given.name,
    private: given.private ?? false,
    archived: false,
    description: given.description ?? null,
    role: "admin",
    environments: new Map(),
    rulesets: new Map(),
    labels: new Map(),
    vulnerabilityAlerts: false,
    automatedSecurityFixes: false,
    created_at: state.now(),
  };
  state.repositories.set(`${owner}/${given.name}`, repository);
  return repository;
}

/** GitHub's names are the same in capitals. */
export function find<T>(map: Map<string, T>, name: string): T | undefined {
  const key = [...map.keys()].find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : map.get(key);
}
