import { createHash } from "node:crypto";
import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { resourceName } from "../../spec/names";
import type { Github } from "../../spec/types";
import type { PlaceInputs, Secrets } from "../platform";
import { type AtGithub, Leaving, RepositoryResource } from "./resources";
import { environment } from "./environment";
import { wholeRepository } from "./whole";

export interface RepositoryArgs {
  github: Github;
  place: PlaceInputs;
  secrets: Secrets;
}

/** What each part is made with. */
export interface Parts {
  github: Github;
  secrets: Secrets;
  at: AtGithub;
  /** After what has to be there: of the plugin's resources, and of ours. */
  options: pulumi.CustomResourceOptions;
  ours: pulumi.CustomResourceOptions;
}

/** A repository on GitHub, as far as this stack speaks of it: its environment, values, protection, labels, Dependabot. */
export class Repository extends pulumi.ComponentResource {
  /** Resolves once GitHub was looked at: what it would refuse is told before anything is deployed. */
  readonly present: Promise<unknown>;
  private readonly found: RepositoryResource;
  private readonly at: AtGithub;

  constructor(
    name: string,
    private readonly args: RepositoryArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("slipway:index:Repository", name, {}, opts);
    const { github: wanted, secrets } = args;
    const { create } = wanted;
    const { reviewers } = wanted.environment;
    this.at = atGithub(args);
    const child = { parent: this };
    this.found = new RepositoryResource(
      resourceName.github("repository"),
      {
        ...this.at,
        ...(create ? { create } : {}),
        reviewers,
        wanted: hashOf(wanted, secrets),
        preview: pulumi.runtime.isDryRun(),
      },
      child,
    );
    this.present = new Promise((resolve) => this.found.urn.apply(resolve));
  }

  /** All that is made there: after the deploy, which is done by then, whatever GitHub says. */
  after(deployed: pulumi.Resource): void {
    const { github: wanted, secrets } = this.args;
    const { owner, token } = this.at;
    const child = { parent: this };
    const provider = providerOf({ owner, token, server: wanted.server }, child);
    // The old before the new: names that differ in capitals alone, and a repository's name before it was renamed, are the
    // same to GitHub, and what was made last would go.
    const after = { ...child, dependsOn: [this.found, deployed], deleteBeforeReplace: true };
    // Some kinds of the plugin's would follow into another repository with a number that it does not know.
    const options = { ...after, provider, replaceOnChanges: ["repository"] };
    const parts = { github: wanted, at: this.at, secrets, options, ours: after };
    const made = environment(parts);
    wholeRepository(parts, made);
    this.registerOutputs({});
    // No child, for it waits for all of them.
    new Leaving(resourceName.github("leaving"), this.at, { dependsOn: [this] });
  }
}

/** Of one owner: another one's resources are new ones. */
function providerOf(
  {
    owner,
    token,
    server = "https://api.github.com/",
  }: Pick<AtGithub, "owner" | "token" | "server">,
  options: pulumi.ResourceOptions,
): github.Provider {
  // The SDK would make it an input: a change in each run of a pipeline, whose tokens differ. The plugin, which is no
  // child of this process, finds it by itself.
  const { GITHUB_TOKEN } = process.env;
  delete process.env.GITHUB_TOKEN;
  try {
    return new github.Provider(
      resourceName.github("provider", owner),
      // The newer client minds GitHub's limits by what GitHub says; the other one waits a second after each request.
      { owner, baseUrl: server, legacyClient: false, ...(token === undefined ? {} : { token }) },
      options,
    );
  } finally {
    if (GITHUB_TOKEN !== undefined) process.env.GITHUB_TOKEN = GITHUB_TOKEN;
  }
}

function atGithub({ github: { repository, server, token }, place, secrets }: RepositoryArgs) {
  return {
    ...place,
    owner: repository.owner,
    repository: repository.name,
    ...(server === undefined ? {} : { server }),
    ...(token === undefined ? {} : { token: secrets.bind({ parts: [{ secret: token }] }) }),
  };
}

/** Values are in it: it differs for each rotation, and is a secret as they are. */
function hashOf({ token: _token, ...wanted }: Github, secrets: Secrets): pulumi.Output<string> {
  const texts = [wanted.secrets, wanted.environment.secrets].flatMap((some) => Object.values(some));
  return pulumi.secret(
    pulumi.all(texts.map((text) => secrets.bind(text))).apply((values) =>
      createHash("sha256")
        .update(JSON.stringify([wanted, values]))
        .digest("hex"),
    ),
  );
}
