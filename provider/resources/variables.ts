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
    const client = clientFor(inputs);
    const there = await variablesOf(inputs);
    for (const [name, value] of Object.entries(inputs.variables)) {
      await life.assertAlive();
      if (there[name] === undefined) {
        await client.ask(pathOf(inputs), [201], "POST", { name, value });
      } else if (there[name] !== value) {
        await client.ask(pathOf(inputs, name), [204], "PATCH", { value });
      }
    }
    return pathOf(inputs);
  },
  async update(olds, news, context) {
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
    return { variables: await variablesOf(state) };
  },
};

const pathOf = (inputs: Omit<VariablesInputs, "variables">, ...name: string[]): string =>
  inputs.environment === undefined
    ? atRepository(inputs, "actions", "variables", ...name)
    : atRepository(inputs, "environments", inputs.environment, "variables", ...name);

/** Those of these that are there, with the values that they have there. */
async function variablesOf(inputs: VariablesInputs): Promise<Record<string, string>> {
  const client = clientFor(inputs);
  const found = await Promise.all(
    Object.keys(inputs.variables).map(async (name) => {
      const { status, body } = await client.ask(pathOf(inputs, name), [200, 404]);
      return status === 404 ? [] : [[name, String(body?.value)] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

async function remove(inputs: Omit<VariablesInputs, "variables">, names: string[]): Promise<void> {
  const client = clientFor(inputs);
  for (const name of names) await client.ask(pathOf(inputs, name), [204, 404], "DELETE");
}
