import { compose, faults, load } from "../../helpers/spec";

const FILES = ["compose.yaml", "compose.prod.yaml"];

/** The service `api` of two files, the second laid over the first. */
function merged(api: string, over: string) {
  const file = (keys: string) => `services:\n  api:\n${keys.replace(/^/gm, "    ")}\n`;
  const first = `${file(`image: api:1\n${api}`)}volumes: {one: {}, two: {}}\n`;
  const files = { "compose.prod.yaml": file(over), "a.env": "A=a\nB=a", "b.env": "B=b" };
  return load(first, { config: { compose: FILES }, files }).spec.services[0];
}
const PORTS = 'ports: ["8000:8000"]\nx-slipway: {role: app}\n';

describe("several files", () => {
  test.each([
    ["a scalar is replaced", "user: a", "user: b", { user: "b" }],
    ["command is replaced", "command: [a, b]", "command: c d", { command: ["c", "d"] }],
    [
      "variables by name",
      "environment: {A: 1, B: 1}",
      "environment: [B=2, C=2]",
      {
        environment: { A: "1", B: "2", C: "2" },
      },
    ],
    [
      "env files are joined",
      "env_file: a.env",
      "env_file: b.env",
      { environment: { A: "a", B: "b" } },
    ],
    [
      "volumes by path",
      "volumes: [one:/a, one:/b]",
      "volumes: [two:/b]",
      {
        volumes: [
          { volume: "one", path: "/a", readOnly: false },
          { volume: "two", path: "/b", readOnly: false },
        ],
      },
    ],
    ["tmpfs are joined", "tmpfs: /a", "tmpfs: [/a, /b]", { tmpfs: ["/a", "/b"] }],
    ["nothing says nothing", "user: a", "user:", { user: "a" }],
    [
      "!override replaces",
      "environment: {A: 1}",
      "environment: !override {B: 2}",
      {
        environment: { B: "2" },
      },
    ],
    [
      "!override in a list",
      "volumes: [one:/a]",
      "volumes: !override [two:/b]",
      {
        volumes: [{ volume: "two", path: "/b", readOnly: false }],
      },
    ],
  ])("%s", (_what, api, over, expected) => {
    expect(merged(PORTS + api, over)).toMatchObject(expected);
  });

  test("a variable with a secret is one value", () => {
    const file = (value: string) => JSON.stringify(compose({ environment: { A: value } }));
    const config = { compose: FILES, key: "k".repeat(44), secrets: { S: "1", T: "2" } };
    const files = { "compose.prod.yaml": file("${T}") };
    const { spec } = load(file("a${S}"), { config, files });
    expect(spec.services[0].environment).toEqual({ A: { parts: [{ secret: "T" }] } });
  });

  test("!reset takes a value away", () => {
    const service = merged(
      `${PORTS}user: a\nvolumes: [one:/a]`,
      "user: !reset null\nvolumes: !reset []",
    );
    expect(service).not.toHaveProperty("user");
    expect(service.volumes).toEqual([]);
  });

  test("ports are joined, the same one once", () => {
    const service = merged(PORTS, 'ports: ["8000:8000", "9000:9000"]');
    expect(service.ports.map((port) => port.host)).toEqual([8000, 9000]);
  });

  test("a service of the second file is added", () => {
    const over = "services: {web: {image: 'web:1'}}";
    const files = { "compose.prod.yaml": over };
    const { spec } = load(compose(), { config: { compose: FILES }, files });
    expect(spec.services.map((service) => service.name)).toEqual(["api", "web"]);
  });
});

describe("YAML", () => {
  test("anchors and merge keys", () => {
    const text = `
x-common: &common
  image: api:1
  environment: &env {A: "1"}
services:
  api: {<<: *common, ports: ["8000:8000"]}
  web: {<<: *common, environment: {<<: *env, B: "2"}}
`;
    const { spec } = load(text);
    expect(spec.services.map((service) => service.environment)).toEqual([
      { A: "1" },
      { A: "1", B: "2" },
    ]);
  });

  test("a bomb of anchors is refused", () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `x-${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`,
    );
    const text = `x-0: &a0 [lol]\n${levels.join("\n")}\nservices: {api: {image: a}}`;
    expect(faults(text)).toEqual([expect.stringContaining("Excessive alias count")]);
  });

  test.each([
    ["services: [", "compose.yaml: is no valid YAML"],
    ["services: {a: 1, a: 2}", "compose.yaml: is no valid YAML: Map keys must be unique"],
    ["services: !secret x", "compose.yaml: is no valid YAML: Unresolved tag: !secret"],
    ["services: !overide x", "allowed: !reset, !override). Did you mean !override?"],
    ["- a", "compose.yaml: must be a map with `services` (given: a list)"],
    ["a text", "compose.yaml: must be a map with `services` (given: a text)"],
    ["", "compose.yaml: must be a map with `services` (given: nothing)"],
    [`# ${"x".repeat(1024 * 1024)}`, "compose.yaml: is too long"],
  ])("%.30j is refused", (text, fault) => expect(faults(text)[0]).toContain(fault));
});

describe("variables", () => {
  const value = (template: string, described: Parameters<typeof load>[1] = {}) =>
    load(compose({ environment: { X: template } }), described).spec.services[0].environment.X;
  const secret = { config: { secrets: { V: "s3cret" }, key: "k".repeat(44) } };

  test("a secret of the stack goes before the environment, that before .env", () => {
    const files = { ".env": "V=file" };
    expect(value("${V}", { files })).toBe("file");
    expect(value("${V}", { files, environment: { V: "environment" } })).toBe("environment");
    expect(value("a${V}b", { files, environment: { V: "environment" }, ...secret })).toEqual({
      parts: ["a", { secret: "V" }, "b"],
    });
  });

  test("a variable that is not set is warned about", () => {
    const { spec } = load(compose({ environment: { X: "${V}" } }));
    expect(spec.warnings).toContain(
      "services.api.environment.X: variable V is not set: empty text taken",
    );
  });

  test("texts become numbers after the variables are in", () => {
    const { spec } = load(compose({ deploy: { replicas: "${N}" } }), { environment: { N: "3" } });
    expect(spec.services[0].replicas).toBe(3);
  });

  test("a secret in a list of variables", () => {
    const { spec } = load(compose({ environment: ["X=a${V}", "V"] }), secret);
    expect(spec.services[0].environment).toEqual({
      V: { parts: [{ secret: "V" }] },
      X: { parts: ["a", { secret: "V" }] },
    });
  });

  test.each([
    ["services.api.image", compose({ image: "${V}" })],
    ["services.api.command[1]", compose({ command: ["sh", "${V}"] })],
    ["services.api.labels.a", compose({ labels: { a: "${V}" } })],
    ["services.api.build.args.A", compose({ image: null, build: { args: { A: "${V}" } } })],
    ["services.api.healthcheck.test", compose({ healthcheck: { test: "curl ${V}" } })],
  ])("a secret cannot stand at %s", (path, text) => {
    expect(faults(text, secret)).toContainEqual(
      expect.stringMatching(`^${path.replace(/[[\].]/g, "\\$&")}: a secret cannot stand here`),
    );
  });
});
