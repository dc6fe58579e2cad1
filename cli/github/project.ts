import { dirname, join, relative, resolve } from "node:path";

import { filesIn, readIfFile, statOf } from "../../spec/disk";
import type { ApplicationSpec } from "../../spec/types";
import own from "../../package.json";
import { isProduction } from "../confirm";
import { projectFolder, stacksOf } from "../project";
import type { Finding } from "../report";
import type { Surroundings } from "../run";
import { namedStack } from "../subject";
import { integrationOf } from "./described";
import { ecosystemsOf } from "./ecosystems";
import { stagingOf, type Environment, type Facts } from "./facts";
import { imagesOf } from "./imagesOf";
import { codeIn, type Code } from "./languages";
import { below } from "./paths";

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
  const stacks = read.flatMap(({ stack }) => stack ?? []);
  const specs = stacks.map(({ spec }) => spec);
  if (faults.length > 0 || specs.length === 0) return { faults };
  const root = repositoryOf(directory);
  const playwright = firstIn(root, directory, PLAYWRIGHT);
  const code = codeOf(root, specs);
  const integration = integrationOf(root, directory, stacks);
  const load = loadScript(root, directory);
  const facts: Facts = {
    application: specs[0]!.name,
    folder: below(root, directory),
    pulumi: own.dependencies["@pulumi/pulumi"],
    environments: specs.map(environmentOf),
    code,
    images: imagesOf(root, stacks),
    ...(playwright === undefined ? {} : { playwright: dirname(playwright) }),
    ...(integration === undefined ? {} : { integration }),
    ...(load === undefined ? {} : { load }),
    ecosystems: ecosystemsOf(root, directory, code, playwright, specs),
  };
  return { project: { root, facts, warnings: warningsOf(directory, specs) }, faults: [] };
}

/** As Pulumi allows them; they stand in commands and expressions. */
const STACK = /^[\w.-]{1,100}$/;

const fault = (path: string, what: string, cure: string): Finding => ({ path, what, cure });

/** The nearest folder above that git keeps; in a work tree .git is a file. */
function repositoryOf(directory: string): string {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (statOf(join(folder, ".git")) !== undefined) return folder;
    if (folder === dirname(folder)) return directory;
  }
}

const environmentOf = (spec: ApplicationSpec): Environment => ({
  name: spec.environment,
  entered: spec.github?.environment.name ?? spec.environment,
  production: isProduction(spec.environment),
  platform: spec.platform,
  ssh: spec.platform === "docker" && spec.docker.host.startsWith("ssh://"),
  // The one on the Docker host is nobody's else.
  ...(spec.registry && !spec.registry.onHost ? { registry: spec.registry.server } : {}),
  cached: spec.builds?.cache !== undefined && spec.builds.cache !== false,
  platforms: platformsOf(spec),
});

const platformsOf = ({ services }: ApplicationSpec): string[] => {
  const all = services.flatMap(
    ({ image }) => (image.kind === "build" ? image.platforms : undefined) ?? [],
  );
  return [...new Set(all)].sort();
};

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

const PLAYWRIGHT = ["ts", "js", "mjs", "cjs"].map((end) => `playwright.config.${end}`);
/** Where people keep what tests the whole application. */
const TESTS = [
  ".",
  "e2e",
  "tests/e2e",
  "test/e2e",
  "load",
  "tests/load",
  "test/load",
  "k6",
  "tests/k6",
  "tests/performance",
  "frontend",
];

const foldersOf = (root: string, directory: string): string[] =>
  [directory, root].flatMap((folder) => TESTS.map((name) => join(folder, name)));

/** The first of these files that is there, from the repository's root. */
function firstIn(root: string, directory: string, names: readonly string[]): string | undefined {
  const found = foldersOf(root, directory)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => statOf(file)?.isFile());
  return found === undefined ? undefined : below(root, found);
}

/** Locust's own name for it; k6 has none, and what a script of its imports is telling. */
function loadScript(root: string, directory: string): Facts["load"] {
  const locust = firstIn(root, directory, ["locustfile.py"]);
  if (locust !== undefined) return { tool: "locust", script: locust };
  const k6 = foldersOf(root, directory)
    .flatMap((folder) => filesIn(folder).map((name) => join(folder, name)))
    .find(
      (file) => /\.(js|mjs|ts)$/.test(file) && /from\s+["']k6[/"']/.test(readIfFile(file) ?? ""),
    );
  return k6 === undefined ? undefined : { tool: "k6", script: below(root, k6) };
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
    ...promotionWarnings(specs),
    ...(statOf(join(directory, "package-lock.json"))?.isFile()
      ? []
      : ["there is no package-lock.json beside Pulumi.yaml: npm ci needs it, with slipway in it"]),
  ];
}

/** Production's host has to get what staging's has built. */
function promotionWarnings(specs: readonly ApplicationSpec[]): string[] {
  const staging = stagingOf({ environments: specs.map(environmentOf) });
  const first = specs.find(({ environment }) => environment === staging?.name);
  if (first === undefined || (first.registry && !first.registry.onHost)) return [];
  const isBuilt = first.services.some(({ image }) => image.kind === "build");
  return specs
    .filter(
      ({ environment, docker }) => isProduction(environment) && docker.host !== first.docker.host,
    )
    .filter(() => isBuilt)
    .map(
      ({ environment }) =>
        `stack ${environment} takes the images of ${first.environment}, which stay on its host. pulumi config set --stack ${first.environment} --path slipway:registry.server HOST/PATH`,
    );
}
