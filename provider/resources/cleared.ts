import type { GithubClient } from "../github/client";
import { same } from "../values";
import type { Kind } from "./kind";
import { type AtGithub, clientFor } from "./repository";

export interface ClearedInputs extends AtGithub {
  environment: string;
  /** Names of the environment's variables, and of the repository's. */
  environmentVariables: string[];
  variables: string[];
  /** Name of the ruleset. */
  ruleset?: string;
}

/**
 * What was made by hand, or by a state that is lost, under the names of what is about to be made: GitHub takes no second
 * one, and the plugin does not take over the first. Secrets and environments are overwritten without that.
 */
export const cleared: Kind<ClearedInputs> = {
  isApart: true,
  async diff(olds, news) {
    return { changes: !same(asked(olds), asked(news)) };
  },
  async create(inputs) {
    await clear(inputs);
    return `${inputs.owner}/${inputs.repository}`;
  },
  // What is in the state already is not in the way.
  async update(olds, news) {
    const known = olds.environment === news.environment ? olds.environmentVariables : [];
    const fresh = {
      ...news,
      environmentVariables: news.environmentVariables.filter((name) => !known.includes(name)),
      variables: news.variables.filter((name) => !olds.variables.includes(name)),
    };
    if (olds.ruleset !== undefined) delete fresh.ruleset;
    await clear(fresh);
  },
};

const asked = ({ environment, environmentVariables, variables, ruleset }: ClearedInputs) => [
  environment,
  environmentVariables,
  variables,
  ruleset,
];

async function clear(inputs: ClearedInputs): Promise<void> {
  const { environmentVariables, variables, ruleset } = inputs;
  const client = clientFor(inputs);
  const repository = `/repos/${inputs.owner}/${inputs.repository}`;
  const environment = `${repository}/environments/${encodeURIComponent(inputs.environment)}`;
  const paths = [
    ...environmentVariables.map((name) => `${environment}/variables/${name}`),
    ...variables.map((name) => `${repository}/actions/variables/${name}`),
    ...(ruleset === undefined ? [] : await rulesets(client, repository, ruleset)),
  ];
  for (const path of paths) await client.ask(path, [204, 404], "DELETE");
}

async function rulesets(client: GithubClient, repository: string, name: string) {
  const { body } = await client.ask(`${repository}/rulesets?includes_parents=false&per_page=100`);
  const all = body as unknown as { id: number; name: string }[];
  return all.filter((one) => one.name === name).map(({ id }) => `${repository}/rulesets/${id}`);
}
