import * as pulumi from "@pulumi/pulumi";
import type { Github } from "../../spec/types";
import type { PlaceInputs } from "../platform";
import { token } from "../resources";

/** What our own provider does at GitHub, as the program sees it: where the plugin would end at what is there already. */

/** At which repository of GitHub, and as whom. */
export interface AtGithub extends PlaceInputs {
  server?: string;
  token?: pulumi.Input<string>;
  owner: string;
  repository: string;
}

/** A repository that is there, and may be administered. */
export class RepositoryResource extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AtGithub & {
      create?: Github["create"];
      reviewers: string[];
      wanted: pulumi.Input<string>;
      /** For the check alone, which Pulumi does not tell: nothing will be changed in this run. It gets into no state. */
      preview: boolean;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Repository"), name, { ...args }, opts);
  }
}

/** Those who approve deployments, by the numbers that GitHub knows them by. */
export class Reviewers extends pulumi.CustomResource {
  declare readonly users: pulumi.Output<number[]>;
  declare readonly teams: pulumi.Output<number[]>;

  constructor(
    name: string,
    args: AtGithub & { reviewers: string[] },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Reviewers"), name, { users: undefined, teams: undefined, ...args }, opts);
  }
}

/** That all may be removed there is asked for before anything is. */
export class Leaving extends pulumi.CustomResource {
  constructor(name: string, args: AtGithub, opts: pulumi.CustomResourceOptions) {
    super(token("Leaving"), name, { ...args }, opts);
  }
}

/** Labels of issues, which outlive the stack. */
export class Labels extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AtGithub & { labels: Github["labels"] },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Labels"), name, { ...args }, opts);
  }
}

/** Variables of the repository, or of an environment. */
export class Variables extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AtGithub & { environment?: pulumi.Input<string>; variables: Record<string, string> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Variables"), name, { ...args }, opts);
  }
}

/** What protects branches of the repository. */
export class Ruleset extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AtGithub & { name: string; protection: Github["protection"] },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Ruleset"), name, { ...args }, opts);
  }
}
