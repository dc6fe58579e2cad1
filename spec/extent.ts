import { COMPOSE_LIMIT_DEPTH, COMPOSE_LIMIT_SERVICES, COMPOSE_LIMIT_VALUES } from "./defaults";
import { isMap, type Tree } from "./field";

/** What makes a file too much to read on: a mistake, or an attack. Undefined when it is of a usual size. */
export function excessOf(tree: Tree): [what: string, detail: { allowed: string }] | undefined {
  const values = valuesIn(tree, new Map(), 0);
  if (values === Infinity) {
    return ["is nested too deep, or in itself", { allowed: `${COMPOSE_LIMIT_DEPTH} levels` }];
  }
  if (values > COMPOSE_LIMIT_VALUES) {
    return ["is too long with its aliases", { allowed: `${COMPOSE_LIMIT_VALUES} values` }];
  }
  const services = isMap(tree.services) ? Object.keys(tree.services).length : 0;
  if (services <= COMPOSE_LIMIT_SERVICES) return undefined;
  return ["has too many services", { allowed: `${COMPOSE_LIMIT_SERVICES}` }];
}

/** Each alias is the same object, and counts as often as it is met; Infinity beyond the depth. */
function valuesIn(value: unknown, known: Map<object, number>, depth: number): number {
  if (typeof value !== "object" || value === null) return 1;
  if (depth > COMPOSE_LIMIT_DEPTH) return Infinity;
  const before = known.get(value);
  if (before !== undefined) return before;
  // Until it is known: a value inside itself has no end.
  known.set(value, Infinity);
  const sum = Object.values(value).reduce<number>(
    (total, inner) => total + valuesIn(inner, known, depth + 1),
    1,
  );
  known.set(value, sum);
  return sum;
}
