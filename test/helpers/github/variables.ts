import { environmentOf } from "./environments";
import { type Asked, created, done, known, manage, ok, page, Refusal, type Routes } from "./routes";
import { checkName } from "./secrets";
import type { Holder } from "./state";

function add({ state, body }: Asked, { variables }: Holder) {
  const name = checkName(body.name, "Variable");
  if (variables.has(name)) throw new Refusal(409, "Already exists - Variable already exists");
  const now = state.now();
  variables.set(name, { name, value: body.value, created_at: now, updated_at: now });
  return created({});
}

function change({ state, parameters, body }: Asked, { variables }: Holder) {
  const before = known(variables.get(parameters.name.toUpperCase()));
  const name = body.name ? checkName(body.name, "Variable") : before.name;
  if (name !== before.name && variables.has(name))
    throw new Refusal(409, "Already exists - Variable already exists");
  variables.delete(before.name);
  variables.set(name, {
    ...before,
    name,
    value: body.value ?? before.value,
    updated_at: state.now(),
  });
  return done;
}

/** Those of a repository and of an environment differ in where they are. */
function under(path: string, holderOf: (asked: Asked) => Holder): Routes {
  const variableOf = (asked: Asked) =>
    known(holderOf(asked).variables.get(asked.parameters.name.toUpperCase()));
  return {
    [`GET ${path}`]: manage((asked) =>
      page(
        asked,
        holderOf(asked).variables.values(),
        (variables, total_count) => ({ total_count, variables }),
        10,
      ),
    ),
    [`POST ${path}`]: manage((asked) => add(asked, holderOf(asked))),
    [`GET ${path}/{name}`]: manage((asked) => ok(variableOf(asked))),
    [`PATCH ${path}/{name}`]: manage((asked) => change(asked, holderOf(asked))),
    [`DELETE ${path}/{name}`]: manage((asked) => {
      holderOf(asked).variables.delete(variableOf(asked).name);
      return done;
    }),
  };
}

export const variables: Routes = {
  ...under("/repos/{owner}/{repo}/actions/variables", ({ repository }) => repository),
  ...under("/repos/{owner}/{repo}/environments/{environment_name}/variables", environmentOf),
};
