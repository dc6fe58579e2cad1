import { z } from "zod";

import { show } from "./field";
import type { Findings } from "./findings";
import { secondsOf, closest } from "./units";

/** Building blocks of our own settings (stack config, x-slipway), with errors in the user's terms. */

/** Default that zod leaves out of a JSON schema, because the value is transformed. */
export const DEFAULT = "x-default";

/** What a key means, and its default where zod would not tell it: for editors (`npm run schemas`). */
export const meaning = <T extends z.ZodType>(
  schema: T,
  description: string,
  ...rest: unknown[]
): T => schema.meta({ description, ...(rest.length > 0 ? { [DEFAULT]: rest[0] } : {}) }) as T;

export const text = z.string({ error: "must be a text" }).min(1, { error: "must not be empty" });

export const matching = (pattern: RegExp, what: string, allowed: string) => {
  const error = `must be ${what}: ${allowed}`;
  return z.string({ error }).regex(pattern, { error });
};

export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

/** A whole number; digits in a text are fine, as `pulumi config set` writes them. */
export const count = (minimum: number, maximum: number) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)], {
      error: `must be a whole number from ${minimum} to ${maximum}`,
    })
    .refine((value) => Number.isInteger(value) && value >= minimum && value <= maximum, {
      error: `must be a whole number from ${minimum} to ${maximum}`,
    })
    .meta({ minimum, maximum, multipleOf: 1 });

export const port = count(1, 65535);

/** Seconds, as a number or as Go's notation. */
export const seconds = (minimum: number, maximum: number) => {
  const error = `must be a time from ${minimum} to ${maximum} seconds: 2, "2s", "1m30s"`;
  return z
    .union(
      [z.number(), z.string().transform((value) => secondsOf(value) ?? Number(value || NaN))],
      {
        error,
      },
    )
    .refine((value) => value >= minimum && value <= maximum, { error })
    .meta({ minimum, maximum });
};

/** Values of environment variables. */
export const textMap = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()], { error: "must be a text" }).transform(String),
  { error: "must be a map" },
);

/** Turns what a schema found into faults; values under the `hidden` keys are not quoted. */
export function faultsOf(
  error: z.ZodError,
  given: unknown,
  schema: z.ZodType,
  prefix: string,
  findings: Findings,
  hidden: readonly string[] = [],
): void {
  for (const issue of error.issues) {
    const path = prefix + dotted(issue.path);
    if (issue.code === "unrecognized_keys") {
      const known = keysOf(schema, issue.path);
      for (const key of issue.keys) {
        const near = closest(key, known);
        findings.fault(issue.path.length > 0 ? `${path}.${key}` : path + key, "unknown key", {
          allowed: known.join(", "),
          ...(near === undefined ? {} : { cure: `Did you mean ${near}?` }),
        });
      }
    } else {
      const plain = issue.message.startsWith("Invalid input")
        ? "has the wrong form"
        : issue.message;
      const quoted = !hidden.includes(String(issue.path[0]));
      const value = valueAt(given, issue.path);
      const near =
        issue.code === "invalid_value"
          ? closest(String(value), issue.values.map(String))
          : undefined;
      findings.fault(path, plain, {
        ...(quoted ? { given: show(value) } : {}),
        ...(near === undefined ? {} : { cure: `Did you mean ${near}?` }),
      });
    }
  }
}

function dotted(path: PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function valueAt(given: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
    given,
  );
}

/** Known keys of the object that the schema has at the path. */
function keysOf(schema: z.ZodType, path: PropertyKey[]): string[] {
  let current: unknown = bare(schema);
  for (const key of path) {
    if (current instanceof z.ZodObject) current = bare(current.shape[String(key)]);
    else if (current instanceof z.ZodRecord) current = bare(current.valueType);
    else if (current instanceof z.ZodArray) current = bare(current.element);
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape).sort() : [];
}

/** A schema without its wrappers: optional, default, pipe. */
function bare(schema: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return bare(schema.unwrap());
  }
  if (!(schema instanceof z.ZodPipe)) return schema;
  // What a preprocessing step hands on.
  return bare(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
}
