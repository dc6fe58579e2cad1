import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";

import { reportSchemas } from "../../../toolchain/reportSchemas";
import { composeForm } from "../../../toolchain/composeForm";
import { COMPOSE_SCHEMA, schemas, textOf } from "../../../cli/schemas";

const root = join(__dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** What an editor would say of a YAML text under one of the schemas. */
function judged(file: string, text: string): string[] {
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, logger: false });
  const all = schemas();
  const extension = all["x-slipway.json"];
  // The specification's own schema, looked up by its address.
  const { $schema: _, $id: __, ...composeSpec } = JSON.parse(read("spec/compose-spec.json"));
  ajv.addSchema(composeSpec, COMPOSE_SCHEMA);
  ajv.addSchema(extension, "x-slipway.json");
  const check = ajv.compile(all[file]);
  check(parse(text));
  return (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

test("spec/composeForm.js is what the specification's schema says: npm run schemas", () => {
  expect(read("spec/composeForm.js") === composeForm()).toBe(true);
});

test("the checked-in schemas are current: npm run schemas", () => {
  const made = Object.fromEntries(
    Object.entries(schemas()).map(([file, schema]) => [file, textOf(schema)]),
  );
  expect(filesIn("schemas")).toEqual(made);
});

test("the schemas of what --json prints are made from the types: npm run schemas", () => {
  expect(filesIn("schemas/reports")).toEqual(reportSchemas());
}, 60_000);

function filesIn(folder: string): Record<string, string> {
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith(".json"));
  return Object.fromEntries(files.map((file) => [file, read(`${folder}/${file}`)]));
}

const FILES: [string, string][] = [
  ["Pulumi.staging.yaml", "stack.json"],
  ["Pulumi.production.yaml", "stack.json"],
  ...readdirSync(join(root, "examples")).map((name): [string, string] => [
    `examples/${name}/compose.yaml`,
    "compose.json",
  ]),
];

test.each(FILES)("%s names its schema for editors, and keeps to it", (file, schema) => {
  const modeline = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read(file))?.[1];
  expect(resolve(root, file, "..", modeline!)).toBe(join(root, "schemas", schema));
  expect(judged(schema, read(file))).toEqual([]);
});

test.each([
  ["a typo of ours", "stack.json", "config: {slipway:stratgy: {}}"],
  ["a typo in a structure", "stack.json", "config: {slipway:strategy: {retian: 1}}"],
  ["a value out of range", "stack.json", "config: {slipway:strategy: {retain: 0}}"],
  ["a fraction", "stack.json", "config: {slipway:strategy: {retain: 1.5}}"],
  ["a key in plain text", "stack.json", "config: {slipway:key: abc}"],
  ["an unknown role", "compose.json", "services: {a: {image: a, x-slipway: {role: ap}}}"],
  ["an unknown key of Compose", "compose.json", "services: {a: {imagee: a}}"],
  ["a typo in a rule", "compose.json", "services: {a: {x-slipway: {ingress: {hots: a}}}}"],
])("%s is marked", (_what, schema, text) => {
  expect(judged(schema, text)).not.toEqual([]);
});

test.each([
  ["other namespaces", "stack.json", "config: {aws:region: eu}\nencryptionsalt: v1"],
  ["numbers as Pulumi writes them", "stack.json", 'config: {slipway:strategy: {retain: "3"}}'],
  ["encrypted values", "stack.json", "config: {slipway:secrets: {A: {secure: v1}}}"],
  [
    "one rule, or a list",
    "compose.json",
    "services: {a: {x-slipway: {ingress: {path: /a}}}, b: {x-slipway: {ingress: [{path: /b}]}}}",
  ],
])("%s are fine", (_what, schema, text) => {
  expect(judged(schema, text)).toEqual([]);
});

test("every key says what it means", () => {
  const silent: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, entry] of Object.entries(value)) visit(entry, `${path}/${key}`);
    const { properties } = value as { properties?: Record<string, { description?: string }> };
    for (const [key, entry] of Object.entries(properties ?? {})) {
      if (entry.description === undefined) silent.push(`${path}.${key}`);
    }
  };
  visit(schemas()["stack.json"].properties, "");
  visit(schemas()["x-slipway.json"], "");
  expect(silent).toEqual(["/.config"].filter((path) => silent.includes(path)));
});
