import { readFileSync } from "node:fs";
import { join } from "node:path";

import { SECTIONS } from "../../../spec/keyTables";
import { composeDocument } from "../../../toolchain/composeDocument";
import { projectRoot } from "../../../toolchain/paths";
import { faults, load, type Described } from "../../helpers/spec";

/** github.com/compose-spec/compose-spec, schema/compose-spec.json at 170098b (2026-06-23), Apache-2.0. */
const SCHEMA = JSON.parse(
  readFileSync(join(projectRoot, "spec/compose-spec.json"), "utf8"),
) as Schema;

type Schema = Record<string, any>;

/** The alternatives that a schema offers, references followed. */
function alternatives(schema: Schema): Schema[] {
  if (schema["$ref"]) {
    const name = String(schema["$ref"]).replace("#/definitions/", "");
    return alternatives(SCHEMA["definitions"][name] as Schema);
  }
  const inner = [...(schema["oneOf"] ?? []), ...(schema["anyOf"] ?? [])] as Schema[];
  return [schema, ...inner.flatMap(alternatives)];
}

function below(schema: Schema, step: string): Schema[] {
  return alternatives(schema).flatMap((one) => {
    if (step === "[]") return one["items"] ? [one["items"] as Schema] : [];
    if (step !== "*") return one["properties"]?.[step] ? [one["properties"][step] as Schema] : [];
    const patterns = Object.entries((one["patternProperties"] ?? {}) as Schema);
    return patterns.filter(([pattern]) => pattern !== "^x-").map(([, value]) => value as Schema);
  });
}

/** The keys that the specification knows at a place. */
function keysAt(path: string): string[] {
  const steps = path
    .replaceAll("[]", ".[]")
    .split(".")
    .filter((step) => step !== "");
  const found = steps.reduce<Schema[]>(
    (schemas, step) => schemas.flatMap((schema) => below(schema, step)),
    [SCHEMA],
  );
  const keys = found.flatMap(alternatives).flatMap((one) => Object.keys(one["properties"] ?? {}));
  return [...new Set(keys)].sort();
}

test.each(SECTIONS.map(({ path, keys }) => [path, keys] as const))(
  "the table of %s has each key of the specification, and no other",
  (path, keys) => {
    const own = Object.keys(keys).filter((key) => key !== "x-slipway");
    expect(own.sort()).toEqual(keysAt(path));
  },
);

test("docs/compose.md is what the tables say (npm run docs)", () => {
  expect(readFileSync(join(projectRoot, "docs/compose.md"), "utf8")).toBe(composeDocument());
});

/** What else an entry needs, so that the key in question is all that there is to say. */
const COMPANY: Record<string, object> = {
  "include[]": { path: "b.yaml" },
  "services.*.build": { context: "." },
  "services.*.build.secrets[]": { source: "s" },
  "services.*.configs[]": { source: "c" },
  "services.*.healthcheck": { test: "true" },
  "services.*.deploy.resources.reservations.devices[]": { capabilities: ["gpu"] },
  "services.*.ports[]": { target: 80 },
  "services.*.depends_on.*": { condition: "service_started" },
  "services.*.secrets[]": { source: "s" },
  "services.*.volumes[]": { type: "volume", source: "x", target: "/x" },
  "services.*.volumes[].volume": {},
  "configs.*": { content: "x" },
  "secrets.*": { file: "s.txt" },
};

const MOUNT = { type: "volume", source: "x", target: "/x" };

/** A file with one key at one place, and the path that names it. */
function described(path: string, key: string, given: unknown = {}): { file: object; at: string } {
  const api: Record<string, unknown> = {
    image: "api:1",
    ports: [80],
    secrets: ["s"],
    configs: ["c"],
    "x-slipway": { role: "app" },
  };
  const file: Record<string, any> = {
    services: { api, db: { image: "postgres:16", volumes: ["x:/x"] } },
    volumes: { x: {} },
    networks: { default: {} },
    secrets: { s: { file: "s.txt" } },
    configs: { c: { content: "x" } },
  };
  const value = { ...COMPANY[path], [key]: given };
  const names: Record<string, string> = {
    services: "api",
    volumes: "x",
    networks: "default",
    secrets: "s",
    configs: "c",
    depends_on: "db",
    ulimits: "nofile",
  };
  if (path === "") return { file: { ...file, [key]: given }, at: key };
  let inside: Record<string, any> = file;
  const steps = path.split(".");
  let at = "";
  steps.forEach((step, index) => {
    const last = index === steps.length - 1;
    const name = step === "*" ? names[steps[index - 1]!]! : step.replace("[]", "");
    const isList = step.endsWith("[]");
    at += `${at === "" ? "" : "."}${name}${isList ? "[0]" : ""}`;
    if (isList) {
      inside[name] = last ? [value] : [{ ...MOUNT }];
      inside = inside[name][0];
    } else if (last)
      inside[name] = step === "*" && name === "api" ? { ...api, [key]: given } : value;
    else
      inside = inside[name] =
        name === "networks" || !inside[name] || Array.isArray(inside[name]) ? {} : inside[name];
  });
  return { file, at: `${at}.${key}` };
}

const files: Described = {
  files: { "s.txt": "s", "b.yaml": "services: {}", Dockerfile: "FROM x" },
  config: { key: "k".repeat(44) },
};
const rows = (outcome: string) =>
  SECTIONS.flatMap(({ path, keys }) =>
    Object.entries(keys)
      .filter(([, rule]) => rule.docker === outcome)
      .map(([key, { why }]) => [path, key, why] as const),
  );

/** A value that the specification allows there. */
function sample(path: string, key: string): unknown {
  const steps = `${path === "" ? "" : `${path.replaceAll("[]", ".[]")}.`}${key}`.split(".");
  const found = steps.reduce<Schema[]>(
    (schemas, step) => schemas.flatMap((schema) => below(schema, step)),
    [SCHEMA],
  );
  const [schema] = found.flatMap(alternatives).filter((one) => one["type"] ?? one["enum"]);
  if (schema?.["enum"]) return schema["enum"][0];
  const values: Schema = {
    boolean: true,
    integer: 1,
    number: 1,
    string: String(schema?.["pattern"]).includes("always") ? "always" : "xx",
    array: [],
  };
  return values[[schema?.["type"]].flat()[0]] ?? {};
}

test.each(rows("refused"))("%s %s is refused, with the way on", (path, key, why) => {
  const { file, at } = described(path, key);
  const found = faults(file, files).filter((fault) => fault.startsWith(`${at}: `));
  expect(found).toEqual([expect.stringContaining(why)]);
});

test.each(rows("warned"))("%s %s is told to have no effect, and why", (path, key, why) => {
  const { file, at } = described(path, key, sample(path, key));
  expect(load(file, files).spec.warnings).toContain(`${at}: not used: ${why}`);
});
