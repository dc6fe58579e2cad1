import { dirname, join, relative, resolve } from "node:path";

import { statOf } from "../../spec/disk";
import type { ApplicationSpec } from "../../spec/types";
import own from "../../package.json";
import { isProduction } from "../confirm";
import { projectFolder, stacksOf } from "../project";
import type { Finding } from "../report";
import type { Surroundings } from "../run";
import { namedStack } from "../subject";
import type { Environment, Facts, Image } from "./facts";
import { codeIn, type Code } from "./languages";

/** A project, as far as its files tell it: nobody is asked. */
export interface GithubProject {
  /** Of the repository: where .github is. */
  root: string;
  facts: Facts;
  warnings: string[];
}

export function githubProject(around: Surroundings): {
  project?: GithubProject;
  faults: Finding[];
} {
  const directory = projectFolder(around.cwd);
  if (directory === undefined) {
    return { faults: [fault("Pulumi.yaml", "there is none here or above", "slipway init")] };
  }
  const names = stacksOf(directory);
  if (names.length === 0) {
    const what = "there is none: a workflow would have nowhere to deploy to";
    return { faults: [fault("Pulumi.<stack>.yaml", what, "pulumi stack init staging")] };
  }
  const odd = names.filter((name) => !STACK.test(name));
  if (odd.length > 0) {
    const cure = "pulumi stack rename";
    return { faults: odd.map((name) => fault(name, "is no name for a stack", cure)) };
  }
  // What this machine's environment says is not what GitHub's says: the files would differ from one machine to another.
  const read = names.map((name) => ({
    name,
    ...namedStack(name, { ...around, environment: {} }),
  }));
  const faults = read.flatMap((one) => one.faults);
  const specs = read.flatMap(({ stack }) => stack?.spec ?? []);
  if (faults.length > 0 || specs.length === 0) return { faults };
  const root = repositoryOf(directory);
  const playwright = firstIn(root, directory, PLAYWRIGHT);
  const locust = firstIn(root, directory, ["locustfile.py"]);
  const facts: Facts = {
    application: specs[0]!.name,
    folder: below(root, directory),
    pulumi: own.dependencies["@pulumi/pulumi"],
    environments: specs.map(environmentOf),
    code: codeOf(root, specs),
    images: imagesOf(root, specs),
    ...(playwright === undefined ? {} : { playwright: dirname(playwright) }),
    ...(locust === undefined ? {} : { locust }),
  };
  return { project: { root, facts, warnings: warningsOf(directory, specs) }, faults: [] };
}

/** As Pulumi allows them; they stand in commands and expressions. */
const STACK = /^[\w.-]{1,100}$/;

const fault = (path: string, what: string, cure: string): Finding => ({ path, what, cure });

const below = (root: string, path: string) => relative(root, path).replaceAll("\\", "/") || ".";

/** The nearest folder above that git keeps; in a work tree .git is a file. */
function repositoryOf(directory: string): string {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (statOf(join(folder, ".git")) !== undefined) return folder;
    if (folder === dirname(folder)) return directory;
  }
}

const environmentOf = (spec: ApplicationSpec): Environment => ({
  name: spec.environment,
  production: isProduction(spec.environment),
  platform: spec.platform,
  ssh: spec.platform === "docker" && spec.docker.host.startsWith("ssh://"),
});

/** Folders of all stacks: one may take other Compose files than another. */
function codeOf(root: string, specs: readonly ApplicationSpec[]): Code[] {
  const found = new Map<string, { dockerfile: string; services: Set<string> }>();
  for (const { name, image } of specs.flatMap(({ services }) => services)) {
    if (image.kind !== "build" || !statOf(image.context)?.isDirectory()) continue;
    const dockerfile = join(image.context, image.dockerfile);
    // With a context of the whole repository, the service's code is where its Dockerfile is.
    const isWhole = resolve(image.context) === root && image.dockerfile.includes("/");
    const folder = isWhole ? dirname(dockerfile) : image.context;
    // One outside of the repository is somebody else's.
    if (relative(root, folder).startsWith("..")) continue;
    const known = found.get(folder) ?? { dockerfile, services: new Set<string>() };
    known.services.add(name);
    found.set(folder, known);
  }
  return [...found]
    .map(([folder, { dockerfile, services }]) =>
      codeIn(root, folder, dockerfile, [...services].sort()),
    )
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/**
 * One of each, however many services run it. What wants more than files of the repository (secrets, other contexts,
 * arguments, whose values may come from a .env that is not checked in) is built by the deploy alone.
 */
function imagesOf(root: string, specs: readonly ApplicationSpec[]): Image[] {
  const found = new Map<string, Image>();
  for (const { name, image } of specs.flatMap(({ services }) => services)) {
    if (image.kind !== "build" || image.inline !== undefined) continue;
    if (
      Object.keys(image.args).length > 0 ||
      image.secrets !== undefined ||
      image.contexts !== undefined
    )
      continue;
    const context = below(root, image.context);
    if (context.startsWith("..") || !statOf(image.context)?.isDirectory()) continue;
    const dockerfile = below(root, join(image.context, image.dockerfile));
    const one = { context, dockerfile, target: image.target ?? "" };
    const key = JSON.stringify(one);
    if (!found.has(key)) found.set(key, { service: name, ...one });
  }
  return [...found.values()].sort((a, b) => (a.service < b.service ? -1 : 1));
}

const PLAYWRIGHT = ["ts", "js", "mjs", "cjs"].map((end) => `playwright.config.${end}`);
/** Where people keep what tests the whole application. */
const TESTS = [".", "e2e", "tests/e2e", "test/e2e", "load", "tests/load", "test/load", "frontend"];

/** The first of these files that is there, from the repository's root. */
function firstIn(root: string, directory: string, names: readonly string[]): string | undefined {
  const found = [directory, root]
    .flatMap((folder) => TESTS.flatMap((below) => names.map((name) => join(folder, below, name))))
    .find((file) => statOf(file)?.isFile());
  return found === undefined ? undefined : below(root, found);
}

function warningsOf(directory: string, specs: readonly ApplicationSpec[]): string[] {
  const local = specs.filter(
    ({ platform, docker }) => platform === "docker" && !/^(ssh|tcp):/.test(docker.host),
  );
  return [
    ...local.map(
      ({ environment, docker }) =>
        `stack ${environment} deploys to the engine of the machine that runs it (${docker.host}): GitHub's runner, which is gone afterwards. pulumi config set --stack ${environment} --path slipway:docker.host ssh://USER@HOST`,
    ),
    ...(statOf(join(directory, "package-lock.json"))?.isFile()
      ? []
      : ["there is no package-lock.json beside Pulumi.yaml: npm ci needs it, with slipway in it"]),
  ];
}
