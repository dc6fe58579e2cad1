import { VARIABLE_LIMIT_DEPTH } from "./defaults";
import type { Text } from "./types";

/** What a variable stands for; a secret keeps its name. Undefined = not set. */
export type Lookup = (name: string) => { value: string } | { secret: string } | undefined;

/** Undefined for a secret, too. */
export const plainValue = (found: ReturnType<Lookup>): string | undefined =>
  found && "value" in found ? found.value : undefined;

export interface Interpolated {
  text: Text;
  /** Variables that are not set and have no default: Compose takes the empty text. */
  missing: string[];
  /** What is wrong: bad syntax, or `${NAME:?reason}` without a value. */
  errors: string[];
}

type Part = string | { secret: string };

/** A text with secrets inside the tree of a Compose file: one value, never a map of the user's. */
export class SecretText {
  constructor(readonly text: Exclude<Text, string>) {}
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;

/** Compose's interpolation: $V, ${V}, ${V:-d}, ${V-d}, ${V:?m}, ${V?m}, ${V:+x}, ${V+x}, $$. */
export function interpolate(template: string, lookup: Lookup): Interpolated {
  const missing: string[] = [];
  const errors: string[] = [];
  const parts = expand(template, lookup, missing, errors);
  return { text: joined(parts), missing, errors };
}

/** The text of plain parts, or the parts when a secret is among them. */
export function joined(parts: Part[]): Text {
  const merged: Part[] = [];
  for (const part of parts) {
    const last = merged[merged.length - 1];
    if (typeof part === "string" && typeof last === "string") {
      merged[merged.length - 1] = last + part;
    } else if (part !== "") merged.push(part);
  }
  if (merged.every((part) => typeof part === "string")) return merged.join("");
  return { parts: merged };
}

export const secretText = (name: string): Text => ({ parts: [{ secret: name }] });

/** Names of the secrets in a text. */
export function secretsIn(text: Text): string[] {
  if (typeof text === "string") return [];
  return text.parts.flatMap((part) => (typeof part === "string" ? [] : [part.secret]));
}

function expand(
  template: string,
  lookup: Lookup,
  missing: string[],
  errors: string[],
  depth = 0,
): Part[] {
  if (depth > VARIABLE_LIMIT_DEPTH) {
    errors.push("variables stand inside each other too deep");
    return [];
  }
  const parts: Part[] = [];
  let rest = template;
  for (;;) {
    const dollar = rest.indexOf("$");
    if (dollar < 0) return [...parts, rest];
    parts.push(rest.slice(0, dollar));
    rest = rest.slice(dollar + 1);
    const name = NAME.exec(rest)?.[0];
    if (rest.startsWith("$")) {
      parts.push("$");
      rest = rest.slice(1);
    } else if (name !== undefined) {
      parts.push(...valueOf(name, "", "", lookup, missing, errors, depth));
      rest = rest.slice(name.length);
    } else {
      const end = rest.startsWith("{") ? closingBrace(rest) : -1;
      const inside = end < 0 ? undefined : braced(rest.slice(1, end));
      if (inside === undefined) {
        errors.push(`"$${rest.slice(0, 20)}" is no variable`);
        return [template];
      }
      parts.push(...valueOf(...inside, lookup, missing, errors, depth));
      rest = rest.slice(end + 1);
    }
  }
}

/** [name, operator, operand] of what stands between the braces. */
function braced(inside: string): [string, string, string] | undefined {
  const name = NAME.exec(inside)?.[0];
  if (name === undefined) return undefined;
  const rest = inside.slice(name.length);
  if (rest === "") return [name, "", ""];
  const operator = /^:?[-?+]/.exec(rest)?.[0];
  return operator === undefined ? undefined : [name, operator, rest.slice(operator.length)];
}

/** Index of the brace that closes the one at 0; defaults may hold variables of their own. */
function closingBrace(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "$" && text[i + 1] === "$") i++;
    else if (text[i] === "{" && (i === 0 || text[i - 1] === "$")) depth++;
    else if (text[i] === "}" && --depth === 0) return i;
  }
  return -1;
}

function valueOf(
  name: string,
  operator: string,
  operand: string,
  lookup: Lookup,
  missing: string[],
  errors: string[],
  depth: number,
): Part[] {
  const found = lookup(name);
  const empty = found !== undefined && "value" in found && found.value === "";
  const set = found !== undefined && !(operator.startsWith(":") && empty);
  const alternative = () => expand(operand, lookup, missing, errors, depth + 1);
  if (operator.endsWith("+")) return set ? alternative() : [];
  if (set) return ["secret" in found ? { secret: found.secret } : found.value];
  if (operator.endsWith("-")) return alternative();
  if (operator.endsWith("?")) errors.push(`${name} is not set${operand ? `: ${operand}` : ""}`);
  else missing.push(name);
  return [];
}
