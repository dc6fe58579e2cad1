import { readFileSync } from "node:fs";
import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

type Json = Record<string, any>;

/** An operation of GitHub's own OpenAPI description, and what a request's path gives its parameters. */
export interface Operation {
  /** "GET /repos/{owner}/{repo}": as the description has it. */
  name: string;
  parameters: Record<string, string>;
  definition: Json;
}

/** What each operation may answer, though the description lists it at few of them. */
const REFUSALS: Record<number, string[]> = {
  400: ["basic-error"],
  401: ["basic-error"],
  403: ["basic-error"],
  404: ["basic-error"],
  409: ["basic-error"],
  // Objects or plain strings in `errors`: operations of either kind answer with both, whichever they declare.
  422: ["validation-error", "validation-error-simple"],
};

/** A request may have more than is described (GitHub takes no notice of it); what GitHub answers is as it says. */
type Side = "request" | "answer";

let loaded: { document: Json; paths: { template: string; segments: string[] }[] } | undefined;

/** Thirteen megabytes: read at the first request, once for all the stand-ins of a test file. */
function description() {
  if (loaded) return loaded;
  const file = require.resolve("@octokit/openapi/generated/api.github.com.json");
  const document = JSON.parse(readFileSync(file, "utf8")) as Json;
  const templates = Object.keys(document.paths);
  const paths = templates.map((template) => ({ template, segments: template.split("/") }));
  return (loaded = { document, paths });
}

const isParameter = (segment: string) => /^\{[^}]*\}$/.test(segment);

/** A template fits before another one that has a parameter where it has a word. */
export function operation(method: string, path: string): Operation | undefined {
  const given = path.split("/");
  const fitting = description()
    .paths.filter(
      ({ segments }) =>
        segments.length === given.length &&
        segments.every(
          (segment, at) => segment === given[at] || (isParameter(segment) && given[at]),
        ),
    )
    .sort((a, b) =>
      a.template.replace(/[^{]/g, "").length < b.template.replace(/[^{]/g, "").length ? -1 : 1,
    );
  for (const { template, segments } of fitting) {
    const definition = description().document.paths[template][method.toLowerCase()];
    if (!definition) continue;
    const named = segments.flatMap((segment, at) =>
      isParameter(segment) ? [[segment.slice(1, -1), decodeURIComponent(given[at])]] : [],
    );
    return { name: `${method} ${template}`, parameters: Object.fromEntries(named), definition };
  }
  return undefined;
}

/** What a request lacks, or has in another form than the description says. */
export function requestFaults(asked: Operation, query: URLSearchParams, body: unknown): string[] {
  const faults = (asked.definition.parameters ?? []).flatMap((one: Json) => {
    const parameter = resolve(one);
    const values = { path: asked.parameters[parameter.name], query: query.get(parameter.name) };
    const given = values[parameter.in as keyof typeof values] ?? undefined;
    const where = `${parameter.in} parameter ${parameter.name}`;
    if (given === undefined) return parameter.required ? [`${where} is missing`] : [];
    return check(parameter.schema, textual(parameter.schema, given), "request", where);
  });
  const form = asked.definition.requestBody;
  const schema = form?.content?.["application/json"]?.schema;
  if (body === undefined) return form?.required ? [...faults, "the body is missing"] : faults;
  return schema ? [...faults, ...check(schema, body, "request", "body")] : faults;
}

/** In what an answer differs from the description. */
export function answerFaults(asked: Operation, status: number, body: unknown): string[] {
  const declared = resolve(asked.definition.responses[status]);
  // To a conditional request, which each GET can be.
  if (status === 304) return body === undefined ? [] : ["304 has a body"];
  if (!declared && !REFUSALS[status]) return [`${status} is no answer to it`];
  const schema = declared?.content?.["application/json"]?.schema;
  const schemas = [schema, ...(REFUSALS[status] ?? []).map(component)].filter(Boolean);
  if (schemas.length === 0) return body === undefined ? [] : [`${status} has a body`];
  // The description leaves out the body of some refusals; GitHub always has one.
  const faults = schemas.map((one) => check(one, body ?? null, "answer", `body of ${status}`));
  return faults.some((found) => found.length === 0) ? [] : faults[0];
}

const component = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function resolve(value: Json | undefined): any {
  if (!value?.$ref) return value;
  return (value.$ref as string)
    .split("/")
    .slice(1)
    .reduce((found, key) => found[key], description().document);
}

/** A parameter is text; its schema may say that it is a number or a boolean as text. */
function textual(schema: Json, given: string): unknown {
  const { type } = resolve(schema);
  if ((type === "integer" || type === "number") && /^-?\d+$/.test(given)) return Number(given);
  if (type === "boolean" && /^(true|false)$/.test(given)) return given === "true";
  return type === "array" ? given.split(",") : given;
}

const ajv = formats(
  new Ajv({
    strict: false,
    logger: false,
    allErrors: true,
    inlineRefs: false,
    validateSchema: false,
  }),
);
const compiled: Record<Side, Map<object, ValidateFunction>> = {
  request: new Map(),
  answer: new Map(),
};

/** Each schema is compiled when it is first needed, with the components that it refers to. */
function check(schema: Json, value: unknown, side: Side, where: string): string[] {
  let validate = compiled[side].get(schema);
  if (!validate) {
    validate = ajv.compile(asJsonSchema(schema, side) as Json);
    compiled[side].set(schema, validate);
  }
  return validate(value) ? [] : told(validate.errors ?? [], where);
}

/** OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, and references name components of their own. */
function asJsonSchema(schema: unknown, side: Side): unknown {
  if (Array.isArray(schema)) return schema.map((one) => asJsonSchema(one, side));
  if (!schema || typeof schema !== "object") return schema;
  if ("$ref" in schema) return { $ref: referred(schema.$ref as string, side) };
  const { nullable, oneOf, example: _example, examples: _examples, ...rest } = schema as Json;
  const isLenient = side === "request";
  const entries = Object.entries(rest).filter(
    ([key, value]) => !(isLenient && key === "additionalProperties" && value === false),
  );
  const plain = Object.fromEntries(
    entries.map(([key, value]) => {
      if (key === "properties") return [key, ofEach(value, side)];
      return [key, key === "enum" ? value : asJsonSchema(value, side)];
    }),
  );
  const form = oneOf ? { ...plain, ...asChoice(oneOf, side) } : plain;
  return nullable ? { anyOf: [{ type: "null" }, form] } : form;
}

/** A choice of forms that each have a `type` of their own: then a fault is told of that form only, of twenty. */
function asChoice(forms: Json[], side: Side): Json {
  const types = forms.map((form) => resolve(form).properties?.type?.enum as string[] | undefined);
  const given = forms.map((form) => asJsonSchema(form, side));
  const isTyped = types.every((type) => type?.length === 1);
  // Where more keys are let in, one value may be of two forms.
  if (!isTyped) return { [side === "request" ? "anyOf" : "oneOf"]: given };
  const whether = (type: unknown) => ({ properties: { type: { enum: type } } });
  return {
    ...{ required: ["type"], ...whether(types.flat()) },
    allOf: given.map((form, at) => ({ if: whether(types[at]), then: form })),
  };
}

/** Names of properties are no keywords. */
function ofEach(properties: Json, side: Side): Json {
  const entries = Object.entries(properties);
  return Object.fromEntries(entries.map(([name, schema]) => [name, asJsonSchema(schema, side)]));
}

function referred(reference: string, side: Side): string {
  const id = `${side}:${reference.replace("#/components/", "")}`;
  if (!ajv.schemas[id]) {
    // Known before its parts are looked at: some of them refer to it in turn.
    ajv.addSchema({}, id);
    const schema = asJsonSchema(resolve({ $ref: reference }), side) as Json;
    ajv.removeSchema(id).addSchema(schema, id);
  }
  return id;
}

/** What is wrong, without that some form of several did not fit, or that it is not null. */
function told(errors: ErrorObject[], where: string): string[] {
  const isTelling = ({ keyword, params }: ErrorObject) =>
    !/^(anyOf|oneOf|if)$/.test(keyword) && params.type !== "null";
  const telling = errors.filter(isTelling);
  const chosen = telling.length > 0 ? telling : errors;
  const lines = chosen.map(({ instancePath, message, params: { allowedValues } }) => {
    const values = allowedValues ? `: ${allowedValues.join(", ")}` : "";
    return `${where}${instancePath.replaceAll("/", ".")} ${message}${values}`;
  });
  return [...new Set(lines)].slice(0, 5);
}
