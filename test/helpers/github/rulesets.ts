import {
  anyone,
  type Asked,
  created,
  done,
  known,
  manage,
  ok,
  page,
  Refusal,
  type Routes,
} from "./routes";
import { find, type Ruleset } from "./state";

/** What GitHub fills in where a rule leaves it open. */
const OPEN: Record<string, object> = {
  pull_request: { allowed_merge_methods: ["merge", "squash", "rebase"], required_reviewers: [] },
  required_status_checks: { do_not_enforce_on_create: false },
};

/** In a list there is less. */
function listed(asked: Asked, ruleset: Ruleset) {
  const { base, repository } = asked;
  const { id, name, target, enforcement, created_at, updated_at } = ruleset;
  const source = `${repository.owner}/${repository.name}`;
  const self = { href: `${base}/repos/${source}/rulesets/${id}` };
  return {
    ...{ id, node_id: `RRS_${id}`, name, target, source_type: "Repository", source, enforcement },
    _links: { self, html: { href: `${base}/${source}/rules/${id}` } },
    ...{ created_at, updated_at },
  };
}

/** Who may go past it is told to those who may change it. */
function shown(asked: Asked, ruleset: Ruleset) {
  const isOwn = asked.caller === "admin" && asked.repository.role === "admin";
  const { conditions, rules, bypass_actors } = ruleset;
  return {
    ...listed(asked, ruleset),
    ...{ conditions, rules },
    ...(isOwn ? { bypass_actors, current_user_can_bypass: "never" } : {}),
  };
}

function check({ repository }: Asked, next: Ruleset): void {
  const same = [...repository.rulesets.values()].find(
    (one) => one.name === next.name && one.id !== next.id,
  );
  if (same) throw new Refusal(422, "Validation Failed", ["Name must be unique"]);
  const required = next.rules.flatMap(
    ({ parameters }): string[] => parameters?.required_deployment_environments ?? [],
  );
  // Nobody has written down what GitHub does here. To refuse it is harder on who deploys: it asks for an order.
  const absent = required.filter((name) => !find(repository.environments, name));
  if (absent.length > 0) {
    const parameter = "Invalid parameter required_deployment_environments";
    const why = `Invalid environments: ${absent.join(", ")}`;
    throw new Refusal(422, "Validation Failed", [
      `Invalid rule 'required_deployments': ${parameter}: ${why}`,
    ]);
  }
}

/** A list that is given replaces the one before; what is not given stays. */
function put(asked: Asked, before: Ruleset): Ruleset {
  const { name, target, enforcement, bypass_actors, conditions, rules } = asked.body ?? {};
  const next: Ruleset = {
    ...before,
    name: name ?? before.name,
    target: target ?? before.target,
    enforcement: enforcement ?? before.enforcement,
    bypass_actors: (bypass_actors ?? before.bypass_actors).map((actor: object) => ({
      bypass_mode: "always",
      actor_id: null,
      ...actor,
    })),
    conditions: conditions ?? before.conditions,
    rules: (rules ?? before.rules).map((rule: Ruleset["rules"][number]) =>
      OPEN[rule.type] ? { ...rule, parameters: { ...OPEN[rule.type], ...rule.parameters } } : rule,
    ),
    updated_at: asked.state.now(),
  };
  check(asked, next);
  asked.repository.rulesets.set(next.id, next);
  return next;
}

function fresh({ state }: Asked): Ruleset {
  const now = state.now();
  return {
    id: state.nextId(),
    ...{ name: "", target: "branch", enforcement: "disabled", bypass_actors: [], rules: [] },
    conditions: { ref_name: { include: [], exclude: [] } },
    ...{ created_at: now, updated_at: now },
  };
}

const rulesetOf = ({ repository, parameters }: Asked) =>
  known(repository.rulesets.get(Number(parameters.ruleset_id)));

const ALL = "/repos/{owner}/{repo}/rulesets";
const ONE = `${ALL}/{ruleset_id}`;

export const rulesets: Routes = {
  [`GET ${ALL}`]: anyone((asked) =>
    page(asked, asked.repository.rulesets.values(), (items) =>
      items.map((one) => listed(asked, one)),
    ),
  ),
  [`POST ${ALL}`]: manage((asked) => created(shown(asked, put(asked, fresh(asked))))),
  [`GET ${ONE}`]: anyone((asked) => ok(shown(asked, rulesetOf(asked)))),
  [`PUT ${ONE}`]: manage((asked) => ok(shown(asked, put(asked, rulesetOf(asked))))),
  [`DELETE ${ONE}`]: manage((asked) => {
    asked.repository.rulesets.delete(rulesetOf(asked).id);
    return done;
  }),
};
