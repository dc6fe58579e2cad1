import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { CONFIG } from "../spec/configSchema";
import { EXTENSION } from "../spec/extension";
import { DEFAULT } from "../spec/schema";

type Schema = Record<string, unknown>;

const DRAFT = "http://json-schema.org/draft-07/schema#";
/** The specification's own. */
export const COMPOSE_SCHEMA =
  "https://raw.githubusercontent.com/compose-spec/compose-spec/main/schema/compose-spec.json";

/** The JSON schemas for editors, by file; made from what the loader itself checks with. */
export function schemas(): Record<string, Schema> {
  return {
    "compose.json": composeFile(),
    "stack.json": stackFile(),
    "x-slipway.json": extension(),
  };
}

/** `x-slipway` under a service. */
function extension(): Schema {
  const { properties, ...rest } = plain(EXTENSION);
  const { ingress, ...others } = properties as Record<string, Schema>;
  const { description, items, ...list } = ingress!;
  const one = { anyOf: [items, { ...list, items }] };
  return {
    $schema: DRAFT,
    title: "x-slipway",
    description: "What only the deployment of a service needs",
    ...rest,
    properties: { ...others, ingress: { description, ...one } },
  };
}

/** A Compose file, whose services may have `x-slipway`. */
function composeFile(): Schema {
  const service = { properties: { "x-slipway": { $ref: "x-slipway.json" } } };
  const services = { type: "object", additionalProperties: service };
  return {
    $schema: DRAFT,
    title: "Compose file for Slipway",
    allOf: [{ $ref: COMPOSE_SCHEMA }, { properties: { services } }],
  };
}

const SECURE = {
  type: "object",
  properties: { secure: { type: "string", description: "Encrypted by Pulumi" } },
  required: ["secure"],
  additionalProperties: false,
};

/** Pulumi.<stack>.yaml: our keys are known, others' are left alone. */
function stackFile(): Schema {
  const settings = plain(CONFIG).properties as Record<string, Schema>;
  const { key, secrets, ...rest } = settings;
  const sealed = {
    key: { ...SECURE, description: key!.description },
    secrets: {
      description: secrets!.description,
      type: "object",
      additionalProperties: { anyOf: [SECURE, { type: "string" }] },
    },
  };
  const keys = Object.entries({ ...rest, ...sealed }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = keys.map(([name]) => name).join("|");
  return {
    $schema: DRAFT,
    title: "Pulumi.<stack>.yaml of Slipway",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(keys.map(([name, schema]) => [`slipway:${name}`, schema])),
        patternProperties: { [`^slipway:(?!(${names})$)`]: false },
      },
    },
  };
}

function plain(schema: z.ZodType): Schema {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-7",
    // What is transformed is described by what may be written.
    unrepresentable: "any",
  });
  return JSON.parse(JSON.stringify(rest).replaceAll(`"${DEFAULT}":`, '"default":')) as Schema;
}

/** As the files hold it. */
export const textOf = (schema: Schema): string => `${JSON.stringify(schema, undefined, 2)}\n`;

if (require.main === module) {
  const folder = join(__dirname, "../schemas");
  mkdirSync(folder, { recursive: true });
  for (const [file, schema] of Object.entries(schemas())) {
    writeFileSync(join(folder, file), textOf(schema));
    console.log(`schemas/${file}`);
  }
}
