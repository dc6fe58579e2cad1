import validate, { type ErrorObject } from "./composeForm";
import { isMap, type Tree } from "./field";
import type { Findings } from "./findings";
import { SecretText } from "./interpolate";
import { directivePath, type Directives } from "./merge";

/** What the specification's own JSON schema says of one file that has not been brought into one form yet. */

export interface FormFault {
  path: string;
  allowed: string;
  given: string;
}

/** Unknown keys are told by the readers, with the nearest known one; a union's branches speak for it. */
const UNTOLD = ["additionalProperties", "propertyNames", "oneOf", "anyOf", "not", "if"];

export function formFaults(tree: Tree, tags: Directives): FormFault[] {
  validate(plain(tree, tags));
  const errors = validate.errors ?? [];
  const strange = errors.filter(({ keyword }) => keyword === "additionalProperties").map(placeOf);
  const told = errors
    .filter(({ keyword }) => !UNTOLD.includes(keyword))
    // An unknown key in a long form: that it is no short form either says nothing.
    .filter((error) => !strange.some((place) => place === placeOf(error)))
    .filter((error) => !isTagged(error.instancePath, tags))
    .filter((error) => !isNumberAsText(error, tree));
  const places = [...new Set(told.map(placeOf))];
  // Of a union the branch that fits best is the one that goes deepest.
  const deepest = places.filter(
    (place) => ![...places, ...strange].some((other) => other.startsWith(`${place}/`)),
  );
  return deepest.map((place) => ({
    path: pathOf(place),
    given: shown(place, tree),
    allowed: [...new Set(told.filter((error) => placeOf(error) === place).map(wanted))].join(
      ", or ",
    ),
  }));
}

/** Those that no reader has told already, of the same value or of a part of it. */
export function tellForm(found: FormFault[], findings: Findings): void {
  const told = findings.faults.map(({ path }) => path);
  const isPart = (one: string, other: string) =>
    one === other || one.startsWith(`${other}.`) || one.startsWith(`${other}[`);
  for (const { path, given, allowed } of found) {
    if (told.some((known) => isPart(known, path) || isPart(path, known))) continue;
    findings.fault(path, "has not the form that the Compose specification describes", {
      given,
      allowed,
    });
  }
}

/** `user: 1000`: everybody knows what is meant. */
function isNumberAsText({ keyword, params, instancePath }: ErrorObject, tree: Tree): boolean {
  const types = keyword === "type" ? [params.type as string | string[]].flat() : [];
  return types.includes("string") && typeof valueAt(instancePath, tree) === "number";
}

const valueAt = (place: string, tree: unknown): unknown =>
  steps(place).reduce<unknown>(
    (inner, step) => (inner as Record<string, unknown> | undefined)?.[step],
    tree,
  );

const placeOf = ({ instancePath }: ErrorObject): string => instancePath;

const steps = (place: string): string[] =>
  place
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** /services/web/ports/0 -> services.web.ports[0] */
const pathOf = (place: string): string =>
  steps(place).reduce(
    (path, step) =>
      /^\d+$/.test(step) ? `${path}[${step}]` : path === "" ? step : `${path}.${step}`,
    "",
  );

function isTagged(place: string, tags: Directives): boolean {
  const path = steps(place);
  return path.some((_step, index) => tags.has(directivePath(path.slice(0, index + 1))));
}

const NOUNS: Record<string, string> = {
  array: "a list",
  object: "a map",
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "nothing",
};

function wanted({ keyword, params, message }: ErrorObject): string {
  if (keyword === "type") {
    const types = [params.type as string | string[]].flat();
    return types.map((type) => NOUNS[type] ?? type).join(", or ");
  }
  if (keyword === "enum") return (params.allowedValues as unknown[]).join(", ");
  if (keyword === "required") return `a map with ${params.missingProperty as string}`;
  if (keyword === "pattern") return `a text like ${params.pattern as string}`;
  if (keyword === "uniqueItems") return "a list in which nothing stands twice";
  return message ?? keyword;
}

function shown(place: string, tree: unknown): string {
  const value = valueAt(place, tree);
  if (value instanceof SecretText) return "a secret";
  if (Array.isArray(value)) return "a list";
  return isMap(value) ? "a map" : String(value);
}

/** As the schema can read it: a secret is a text like any other, an empty value is none, and so is one to be reset. */
function plain(value: unknown, tags: Directives, path: string[] = []): unknown {
  if (value instanceof SecretText) return "secret";
  if (Array.isArray(value)) return value.map((entry, at) => plain(entry, tags, [...path, `${at}`]));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const place = [...path, key];
      const isNone = inner === null || tags.get(directivePath(place)) === "reset";
      return isNone ? [] : [[key, plain(inner, tags, place)]];
    }),
  );
}
