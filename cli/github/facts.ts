import type { ApplicationSpec } from "../../spec/types";
import type { Code } from "./languages";

/** What the workflows of a project depend on, and nothing else. */
export interface Facts {
  application: string;
  /** Folder of Pulumi.yaml, from the repository's root; "." for the root itself. */
  folder: string;
  /** That Slipway was made with: another may not know its plugins. */
  pulumi: string;
  environments: Environment[];
  /** Folders that images are built from, with what is written in them. */
  code: Code[];
  images: Image[];
  /** Folder of a Playwright project, from the repository's root. */
  playwright?: string;
  /** Tests of the composed application. */
  integration?: Integration;
  /** A script for Locust or k6, from the repository's root. */
  load?: { tool: "locust" | "k6"; script: string };
  /** Folders with an ecosystem that Dependabot keeps up to date, from the repository's root. */
  ecosystems: Record<Ecosystem, string[]>;
}

export type Ecosystem = "npm" | "pip" | "docker";

/** A stack: each has an environment of the repository. */
export interface Environment {
  name: string;
  /** What GitHub calls its environment. */
  entered: string;
  production: boolean;
  platform: ApplicationSpec["platform"];
  /** Its engine is reached over SSH. */
  ssh: boolean;
  /** Somebody else's registry that its images are pushed to: host and path. */
  registry?: string;
  /** Its builds take layers from what others built. */
  cached: boolean;
  /** All that its images are built for; none = the host's own. */
  platforms: string[];
}

/** In Python, from the repository's root. */
export interface Integration extends Described {
  folder: string;
  requirements: string[];
}

/** What Docker Compose needs to run it. */
export interface Described {
  files: string[];
  /** What the files want a value for. */
  variables: string[];
}

/** What is built from files of the repository alone. Paths are from its root. */
export interface Image {
  service: string;
  /** Its repository's name: what a cache is kept under, here and by the deploy. */
  scope: string;
  context: string;
  dockerfile: string;
  target: string;
  platforms: string[];
  /** How it is started on trial; absent where it would do its work, or cannot live alone. */
  trial?: Trial;
}

export interface Trial extends Described {
  /** Accessories that it waits for, or speaks to. */
  accessories: string[];
  /** Services that are built, too: behind their names is nobody. */
  others: string[];
  /** It answers on this port, where the Compose file has no health check. */
  port?: number;
}

/** Where a commit is tried: `staging`, else the first one that is not production. */
export function stagingOf({ environments }: Pick<Facts, "environments">): Environment | undefined {
  const others = environments.filter(({ production }) => !production);
  return others.find(({ name }) => name === "staging") ?? others[0];
}

/** A commit of these is deployed when it has passed what comes first here. */
export const deployedBranches = (facts: Facts): string[] =>
  stagingOf(facts) ? ["main", "develop", "feature/**"] : ["main"];

export const productionsOf = ({ environments }: Facts): Environment[] =>
  environments.filter(({ production }) => production);

/** Those that only a hand deploys to. */
export const othersOf = (facts: Facts): Environment[] =>
  facts.environments.filter((one) => !one.production && one !== stagingOf(facts));

/** Of a job: what letters, figures, - and _ make of a name; those of ours are taken. */
export const jobName = (name: string): string => {
  const id = name.replace(/[^A-Za-z0-9_-]/g, "_");
  return TAKEN.includes(id) || /^[^A-Za-z_]/.test(id) ? `_${id}` : id;
};

const TAKEN = ["ci", "e2e", "failed", "images", "signed"];
