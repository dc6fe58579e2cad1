import type { Github } from "../../spec/types";
import { same } from "../values";
import type { Kind } from "./kind";
import { type AtGithub, atRepository, clientFor, differing } from "./repository";

export interface RulesetInputs extends AtGithub {
  /** By which people find it in the repository's settings, and we do: GitHub has one of a name. */
  name: string;
  /** After a refresh that finds another one there: absent. */
  protection?: NonNullable<Github["protection"]>;
}

interface Rule {
  type: string;
  parameters?: Record<string, unknown>;
}
interface Ruleset {
  name: string;
  target: string;
  enforcement: string;
  conditions: { ref_name: { include: string[]; exclude: string[] } };
  rules: Rule[];
}

/** What protects branches. Set whether one is there or not, as `Variables` are, and for the same reason. */
export const ruleset: Kind<RulesetInputs> = {
  isApart: true,
  async diff(olds, news) {
    return differing(olds, news, "name", "protection");
  },
  async create(inputs, { life }) {
    const client = clientFor(inputs);
    const id = await idOf(inputs);
    await life.assertAlive();
    if (id === undefined) {
      await client.ask(atRepository(inputs, "rulesets"), [201], "POST", wantedOf(inputs));
    } else {
      await client.ask(atRepository(inputs, "rulesets", id), [200], "PUT", wantedOf(inputs));
    }
    return `${atRepository(inputs)}/${inputs.name}`;
  },
  async update(_olds, news, context) {
    await ruleset.create(news, context);
  },
  async delete(state, { life }) {
    const id = await idOf(state);
    if (id === undefined) return;
    await life.assertAlive();
    await clientFor(state).ask(atRepository(state, "rulesets", id), [204, 404], "DELETE");
  },
  async read(state) {
    const id = await idOf(state);
    if (id === undefined || state.protection === undefined) return { protection: undefined };
    const { body } = await clientFor(state).ask(atRepository(state, "rulesets", id));
    return isAs(wantedOf(state), body as unknown as Ruleset) ? {} : { protection: undefined };
  },
};

async function idOf(inputs: RulesetInputs): Promise<string | undefined> {
  const query = "?includes_parents=false&per_page=100";
  const { body } = await clientFor(inputs).ask(`${atRepository(inputs, "rulesets")}${query}`);
  const all = body as unknown as { id: number; name: string }[];
  const found = all.find(({ name }) => name === inputs.name);
  return found && String(found.id);
}

function wantedOf({ name, protection }: RulesetInputs): Ruleset {
  const { branches, ...rules } = protection!;
  return {
    name,
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: branches.map(refOf), exclude: [] } },
    rules: rulesOf(rules),
  };
}

/** A name or pattern; `~DEFAULT_BRANCH` and `~ALL` are GitHub's own words. */
const refOf = (branch: string) => (/^(~|refs\/)/.test(branch) ? branch : `refs/heads/${branch}`);

function rulesOf({
  reviews,
  codeOwners,
  requiredChecks,
  upToDate,
  requiredDeployments,
  linearHistory,
}: Omit<NonNullable<Github["protection"]>, "branches">): Rule[] {
  return [
    // Whoever can push over it, or remove it, needs no review.
    { type: "deletion" },
    { type: "non_fast_forward" },
    ...(linearHistory ? [{ type: "required_linear_history" }] : []),
    {
      type: "pull_request",
      parameters: {
        required_approving_review_count: reviews,
        require_code_owner_review: codeOwners,
        dismiss_stale_reviews_on_push: true,
        require_last_push_approval: false,
        required_review_thread_resolution: false,
      },
    },
    ...(requiredChecks.length > 0
      ? [
          {
            type: "required_status_checks",
            parameters: {
              required_status_checks: requiredChecks.map((context) => ({ context })),
              strict_required_status_checks_policy: upToDate,
            },
          },
        ]
      : []),
    ...(requiredDeployments.length > 0
      ? [
          {
            type: "required_deployments",
            parameters: { required_deployment_environments: requiredDeployments },
          },
        ]
      : []),
  ];
}

/** GitHub fills in what a rule leaves open; what we say has to be so, and no rule may have come or gone. */
function isAs(wanted: Ruleset, found: Ruleset): boolean {
  const said = ({ type, parameters = {} }: Rule) => {
    const there = found.rules.find((rule) => rule.type === type)?.parameters ?? {};
    return Object.keys(parameters).every((key) => same(parameters[key], there[key]));
  };
  const types = ({ rules }: Ruleset) => rules.map(({ type }) => type).sort();
  return (
    same(types(wanted), types(found)) &&
    wanted.rules.every(said) &&
    found.enforcement === wanted.enforcement &&
    same(found.conditions, wanted.conditions)
  );
}
