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
  /** A locustfile.py, from the repository's root. */
  locust?: string;
}

/** A stack: each is an environment of the repository with the same name. */
export interface Environment {
  name: string;
  production: boolean;
  platform: ApplicationSpec["platform"];
  /** Its engine is reached over SSH. */
  ssh: boolean;
}

/** What is built from files of the repository alone. Paths are from its root. */
export interface Image {
  service: string;
  context: string;
  dockerfile: string;
  target: string;
}

/** Where a commit is tried: `staging`, else the first one that is not production. */
export function stagingOf({ environments }: Facts): Environment | undefined {
  const others = environments.filter(({ production }) => !production);
  return others.find(({ name }) => name === "staging") ?? others[0];
}

export const productionsOf = ({ environments }: Facts): Environment[] =>
  environments.filter(({ production }) => production);

/** Those that only a hand deploys to. */
export const othersOf = (facts: Facts): Environment[] =>
  facts.environments.filter((one) => !one.production && one !== stagingOf(facts));

/** Of a job: what letters, figures, - and _ make of a name. */
export const jobName = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, "_");
