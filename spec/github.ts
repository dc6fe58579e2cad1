import { resolve } from "node:path";
import { parse } from "yaml";

import { filesIn, readIfFile } from "./disk";
import { isMap, present, type Tree } from "./field";
import type { Findings } from "./findings";
import type { GithubSettings } from "./githubSettings";
import { interpolate, secretsIn, type Lookup } from "./interpolate";
import { SEALED, secretLacking } from "./names";
import type { Github, Text } from "./types";

/** As GitHub keeps them: it writes each in capitals, and what begins with GITHUB_ is its own. */
const NAME = /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/;
const NAME_ALLOWED = "A-Z, 0-9 and _, not beginning with a digit or GITHUB_";
/** Bytes of one value. */
const VALUE_LIMIT = 48 * 1024;

const PATH = "slipway:github";

interface Settings {
  github?: GithubSettings;
  secrets: Record<string, string>;
}

/** Where a stack's file is, and which of its folder it is. */
interface Project {
  directory: string;
  stack: string;
}

/** What the settings say of a repository, checked against the secrets, and against the other stacks' files. */
export function readGithub(
  { github, secrets }: Settings,
  project: Project,
  findings: Findings,
): Github | undefined {
  if (github === undefined) return undefined;
  const { environment, token } = github;
  checkToken(token, secrets, findings);
  checkEnvironment(environment, findings);
  checkReviewers(github, findings);
  const bound = (path: string, values: Record<string, string>) =>
    readSecrets(`${PATH}.${path}`, values, secrets, findings);
  checkVariables(`${PATH}.variables`, github.variables, secrets, findings);
  checkVariables(`${PATH}.environment.variables`, environment.variables, secrets, findings);
  checkSiblings(github, project, findings);
  const [owner = "", name = ""] = github.repository.split("/");
  return present({
    ...github,
    repository: { owner, name },
    environment: {
      ...present(environment),
      name: environment.name ?? project.stack,
      secrets: bound("environment.secrets", environment.secrets),
    },
    secrets: bound("secrets", github.secrets),
  }) as Github;
}

function checkToken(
  token: string | undefined,
  secrets: Record<string, string>,
  findings: Findings,
): void {
  if (token === undefined || Object.hasOwn(secrets, token)) return;
  findings.fault(`${PATH}.token`, "is no secret of the stack", {
    ...secretLacking(token, secrets),
    stack: true,
  });
}

function checkEnvironment(
  { branches, tags, preventSelfReview, reviewers }: GithubSettings["environment"],
  findings: Findings,
): void {
  if (branches === "protected" && tags !== undefined) {
    findings.fault(`${PATH}.environment.tags`, "cannot be said beside protected branches", {
      cure: "List the branches by name: branches: [main]",
    });
  }
  if (preventSelfReview && reviewers.length === 0) {
    findings.fault(`${PATH}.environment.preventSelfReview`, "is nothing without reviewers", {
      cure: "Name somebody in slipway:github.environment.reviewers",
    });
  }
}

/** A team is of the organization that owns the repository. */
function checkReviewers({ repository, environment }: GithubSettings, findings: Findings): void {
  const owner = repository.split("/")[0]!;
  for (const [index, reviewer] of environment.reviewers.entries()) {
    const [organization = "", team] = reviewer.split("/");
    if (team === undefined || organization.toLowerCase() === owner.toLowerCase()) continue;
    findings.fault(`${PATH}.environment.reviewers[${index}]`, "is a team of another organization", {
      given: reviewer,
      allowed: `${owner}/TEAM, or a login`,
    });
  }
}

function readSecrets(
  path: string,
  values: Record<string, string>,
  secrets: Record<string, string>,
  findings: Findings,
): Record<string, Text> {
  const lookup: Lookup = (name) => (Object.hasOwn(secrets, name) ? { secret: name } : undefined);
  const read = Object.entries(values).flatMap(([name, template]): [string, Text][] => {
    const at = `${path}.${name}`;
    checkName(at, name, findings);
    const { text, missing, errors } = interpolate(template, lookup);
    for (const error of errors) findings.fault(at, error);
    for (const unknown of missing) {
      findings.fault(at, "names no secret of the stack", {
        ...secretLacking(unknown, secrets),
        stack: true,
      });
    }
    const used = secretsIn(text);
    if (used.length === 0) {
      if (missing.length === 0 && errors.length === 0) {
        findings.fault(at, "is kept in plain text", {
          cure: `pulumi config set --secret --path slipway:secrets.${name}, and say ${name}: \${${name}}`,
        });
      }
      return [];
    }
    checkSize(at, filled(text, secrets), findings);
    return [[name, text]];
  });
  return Object.fromEntries(read);
}

/** As it will be, as far as values can be opened here. */
const filled = (text: Text, secrets: Record<string, string>): string =>
  (typeof text === "string" ? [text] : text.parts)
    .map((part) => (typeof part === "string" ? part : (secrets[part.secret] ?? "")))
    .filter((part) => part !== SEALED)
    .join("");

function checkName(path: string, name: string, findings: Findings): void {
  if (NAME.test(name)) return;
  findings.fault(path, "is no name that GitHub takes", { given: name, allowed: NAME_ALLOWED });
}

function checkSize(path: string, value: string, findings: Findings): void {
  const bytes = Buffer.byteLength(value);
  if (bytes <= VALUE_LIMIT) return;
  findings.fault(path, "is longer than GitHub takes", {
    given: `${bytes} bytes`,
    allowed: `at most ${VALUE_LIMIT} bytes`,
  });
}

/** Everybody who sees the repository's settings sees them. */
function checkVariables(
  path: string,
  values: Record<string, string>,
  secrets: Record<string, string>,
  findings: Findings,
): void {
  for (const [name, value] of Object.entries(values)) {
    const at = `${path}.${name}`;
    checkName(at, name, findings);
    checkSize(at, value, findings);
    const named = Object.keys(secrets).find((secret) => value.includes(`\${${secret}}`));
    if (named === undefined) continue;
    findings.fault(at, "names a secret, and a variable is in plain sight", {
      given: `\${${named}}`,
      cure: `Say it under ${path.replace("variables", "secrets")}`,
    });
  }
}

/** What the whole repository has is one stack's: two would take it from each other, or make it twice. */
const WHOLE = ["protection", "dependabot"] as const;
const WHOLE_MAPS = ["secrets", "variables", "labels"] as const;

function checkSiblings(
  github: GithubSettings,
  { directory, stack }: Project,
  findings: Findings,
): void {
  const ownName = github.environment.name ?? stack;
  for (const file of filesIn(directory)) {
    const sibling = /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1];
    if (sibling === undefined || sibling === stack) continue;
    const theirs = githubIn(resolve(directory, file));
    const isOne =
      isSame(theirs.repository, github.repository) &&
      isSame(theirs.server ?? "", github.server ?? "");
    if (!isOne) continue;
    const environment = isMap(theirs.environment) ? theirs.environment : {};
    if (isSame(environment.name ?? sibling, ownName)) {
      findings.fault(`${PATH}.environment.name`, `is the environment of stack ${sibling}, too`, {
        given: ownName,
        cure: "Give each stack an environment of its own",
      });
    }
    const shared = [
      ...WHOLE.filter((part) => isSaid(github[part]) && isSaid(theirs[part])),
      ...WHOLE_MAPS.flatMap((part) => {
        const names = namesIn(theirs[part]);
        return Object.keys(github[part])
          .filter((name) => names.some((their) => isSame(their, name)))
          .map((name) => `${part}.${name}`);
      }),
    ];
    for (const path of shared) {
      findings.fault(`${PATH}.${path}`, `is said in ${file}, too, and is the whole repository's`, {
        cure: "Keep it in one of them",
      });
    }
  }
}

/** As GitHub compares names. */
const isSame = (their: unknown, own: string) => String(their).toLowerCase() === own.toLowerCase();

const isSaid = (value: unknown) => value !== undefined && value !== null;

/** Of a map, or of a list that stands for one. */
const namesIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : isMap(value) ? Object.keys(value) : [];

/** Of a stack's file, as far as it can be read: its own faults are told when it is deployed. */
function githubIn(file: string): Tree {
  try {
    const content: unknown = parse(readIfFile(file) ?? "");
    const config = isMap(content) && isMap(content.config) ? content.config : {};
    const github = config[PATH];
    return isMap(github) ? github : {};
  } catch {
    return {};
  }
}
