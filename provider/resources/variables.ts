import { type Named, setAll, thereOf } from "../github/named";
import type { Kind } from "./kind";
import { type AtGithub, atRepository, clientFor, differing } from "./repository";

export interface VariablesInputs extends AtGithub {
  /** Absent: the whole repository's. */
  environment?: string;
  variables: Record<string, string>;
}

/**
 * Variables of a repository or an environment, set whether they are there or not: to GitHub, and so to the plugin, to
 * make one that is there is a fault, and a run that was killed, or a lost state, has left some.
 */
export const variables: Kind<VariablesInputs> = {
  isApart: true,
  async diff(olds, news) {
    const { changes, replaces } = differing(olds, news, "environment", "variables");
    const isMoved = olds.environment !== news.environment;
    return { changes, replaces: isMoved ? [...replaces, "environment"] : replaces };
  },
  async create(inputs, { life }) {
    const wanted = Object.entries(inputs.variables).map(([name, value]) => [name, { value }]);
    await setAll(clientFor(inputs), named(inputs), Object.fromEntries(wanted), life);
    return named(inputs).path();
  },
  async update(olds, news, context) {
    await context.life.assertAlive();
    await remove(
      news,
      Object.keys(olds.variables).filter((name) => !(name in news.variables)),
    );
    await variables.create(news, context);
  },
  async delete(state, { life }) {
    await life.assertAlive();
    await remove(state, Object.keys(state.variables));
  },
  async read(state) {
    const there = await thereOf(clientFor(state), named(state), Object.keys(state.variables));
    const values = Object.entries(there).map(([name, { value }]) => [name, value]);
    return { variables: Object.fromEntries(values) };
  },
};

const named = (inputs: VariablesInputs): Named<{ value: string }> => ({
  path: (...name) =>
    inputs.environment === undefined
      ? atRepository(inputs, "actions", "variables", ...name)
      : atRepository(inputs, "environments", inputs.environment, "variables", ...name),
  told: ({ value }) => ({ value: String(value) }),
  changed: 204,
});

async function remove(inputs: VariablesInputs, names: string[]): Promise<void> {
  const client = clientFor(inputs);
  const { path } = named(inputs);
  for (const name of names) await client.ask(path(name), [204, 404], "DELETE");
}
