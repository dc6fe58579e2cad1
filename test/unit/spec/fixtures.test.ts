import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";

import type { ServiceSpec } from "../../../spec/types";
import { projectRoot } from "../../../toolchain/paths";
import { fixtureFaults, FIXTURES, loadFixture, OUTCOMES } from "../../helpers/fixtures";

const deployed = OUTCOMES.filter((outcome) => outcome.refused === undefined);
const refused = OUTCOMES.filter((outcome) => outcome.refused !== undefined);
const row = <T extends { files: string[] }>(outcome: T) =>
  [outcome.files.join(" + "), outcome] as const;

test("every file has an outcome", () => {
  const there = readdirSync(FIXTURES).filter((file) => file.endsWith(".yaml"));
  const said = new Set(OUTCOMES.flatMap((outcome) => outcome.files));
  expect([...said].sort()).toEqual(there.sort());
  expect(there.length).toBeGreaterThanOrEqual(25);
});

describe("deployed", () => {
  test.each(deployed.map(row))("%s", (_name, { files, services, ports, warned = [] }) => {
    expect(fixtureFaults(...files)).toEqual([]);
    const { spec } = loadFixture(...files);
    expect(spec.services.map(({ name, role }) => `${name}:${role}`).join(" ")).toBe(services);
    const rules = spec.ingress.map((rule) => `${rule.publishedPort}->${rule.service}:${rule.port}`);
    expect(rules.join(" ")).toBe(ports);
    for (const warning of warned) {
      expect(spec.warnings).toContainEqual(expect.stringContaining(warning));
    }
  });
});

describe("refused", () => {
  test.each(refused.map(row))("%s", (_name, outcome) => {
    expect(fixtureFaults(...outcome.files)).toEqual(
      outcome.refused!.map((fault) => expect.stringContaining(fault)),
    );
  });
});

describe("the specification's own schema", () => {
  const text = readFileSync(join(projectRoot, "spec/compose-spec.json"), "utf8");
  const { $schema: _, ...schema } = JSON.parse(text) as Record<string, unknown>;
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  const form = (file: string) => {
    const tree: unknown = parse(readFileSync(join(FIXTURES, file), "utf8"), {
      merge: true,
      logLevel: "silent",
    });
    validate(tree);
    return validate.errors ?? [];
  };
  const mistaken = ["broken.yaml"];
  const files = [...new Set(OUTCOMES.flatMap((outcome) => outcome.files))];

  test.each(files.filter((file) => !mistaken.includes(file)))("%s has its form", (file) => {
    expect(form(file)).toEqual([]);
  });

  test.each(mistaken)("%s has not, and is refused", (file) => {
    expect(form(file)).not.toEqual([]);
    expect(fixtureFaults(file)).not.toEqual([]);
  });
});

const serviceOf = (name: string, ...files: string[]): ServiceSpec =>
  loadFixture(...files).spec.services.find((service) => service.name === name)!;

test("long forms say what short forms say", () => {
  const { warnings: _long, ...long } = loadFixture("long-forms.yaml").spec;
  const { warnings: _short, ...short } = loadFixture("short-forms.yaml").spec;
  expect(long).toEqual(short);
});

test("anchors and merge keys: the nearer value goes before", () => {
  expect(serviceOf("web", "anchors.yaml")).toMatchObject({
    environment: { LOG_LEVEL: "debug", REGION: "eu" },
    logging: { driver: "json-file", options: { "max-size": "5m" } },
  });
  expect(serviceOf("jobs", "anchors.yaml")).toMatchObject({
    environment: { LOG_LEVEL: "info", REGION: "eu" },
    init: true,
  });
});

test("variables, from .env, with defaults, alternatives and a plain dollar", () => {
  expect(serviceOf("web", "variables.yaml")).toMatchObject({
    image: { reference: "shop/web:1.2" },
    environment: {
      HOST: "example.com",
      DEEP: "example.com-x",
      ALTERNATIVE: "tagged",
      UNSET: "",
      PRICE: "$5",
      LOG_LEVEL: "info",
      PUBLIC_URL: "http://example.com",
      PASSWORD_RULE: "$[a-z]+",
    },
  });
});

test("extends: through two files, with paths from the folder of each", () => {
  const web = serviceOf("web", "extends.yaml");
  expect(web).toMatchObject({
    init: true,
    environment: { ROLE: "web", LEVEL: "info", SHARED: "yes" },
    files: [{ path: "/page.txt", content: "a page\n" }],
    image: { kind: "build", context: join(FIXTURES, "app"), args: { BASE: "redis:7-alpine" } },
  });
  expect(serviceOf("admin", "extends.yaml")).toMatchObject({
    environment: { ROLE: "admin", LEVEL: "info" },
    ports: [{ host: 8081, container: 3000 }],
    image: { context: join(FIXTURES, "app") },
  });
});

test("include: another folder's paths and .env, under this one's variables", () => {
  expect(serviceOf("db", "include.yaml")).toMatchObject({
    image: { reference: "postgres:16-alpine" },
    files: [{ path: "/setup", content: "SELECT 1;\n" }],
  });
  expect(serviceOf("jobs", "include.yaml")).toMatchObject({
    image: { reference: "shop/jobs:1.2" },
    files: [{ path: "/page.txt", content: "a page\n" }],
  });
  expect(loadFixture("include.yaml").spec.networks).toEqual([
    { name: "default", internal: false },
    { name: "stores", internal: true },
  ]);
});

test("a production file over one for development", () => {
  const web = serviceOf("web", "dev-source.yaml", "dev-source.prod.yaml");
  expect(web).toMatchObject({ command: ["npm", "start"], files: [], volumes: [] });
  expect(web).not.toHaveProperty("tty");
});

test("configs from text, file and variable; secrets by name alone", () => {
  const { spec, secrets } = loadFixture("secrets-configs.yaml");
  expect(spec.services[0].files).toEqual([
    { path: "/etc/motd", content: "Welcome to example.com", mode: "0444" },
    { path: "/from_variable", content: "example.com", mode: "0444" },
    { path: "/run.sh", content: "#!/bin/sh\necho $HOME\n", mode: "0555" },
    { path: "/run/secrets/api_token", content: { parts: [{ secret: "token" }] }, mode: "0444" },
    { path: "/run/secrets/password", content: { parts: [{ secret: "password" }] }, mode: "0444" },
  ]);
  expect(secrets).toEqual({ password: "from-a-file", token: "from-the-environment" });
});

test("builds: what a Dockerfile gets besides its context", () => {
  expect(serviceOf("web", "builds.yaml").image).toMatchObject({
    target: "production",
    contexts: { base: "docker-image://redis:7-alpine", shared: join(FIXTURES, "common") },
    secrets: { password: { parts: [{ secret: "password" }] } },
    labels: { "com.example.part": "web" },
    network: "host",
    extraHosts: [{ host: "registry.local", ip: "10.0.0.9" }],
  });
  expect(serviceOf("api", "builds.yaml").image).toMatchObject({
    dockerfile: "../docker/Dockerfile.outside",
  });
  expect(serviceOf("inline", "builds.yaml").image).toMatchObject({
    inline: "FROM redis:7-alpine\nCOPY src/ /srv/\n",
  });
});
