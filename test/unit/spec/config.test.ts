import { z } from "zod";

import { CONFIG } from "../../../spec/configSchema";
import { compose, KEY, load } from "../../helpers/spec";

const specOf = (config: object = {}, environment: Record<string, string> = {}) =>
  load(compose(), { config: { ...config }, environment }).spec;

test("everything has a default", () => {
  expect(specOf()).toEqual({
    name: "shop",
    environment: "test",
    platform: "docker",
    docker: {
      host: "unix:///var/run/docker.sock",
      bind: "0.0.0.0",
      proxyImage: "basecamp/kamal-proxy:v0.9.2",
      routerImage: "nginx:1.28-alpine",
    },
    domains: [],
    strategy: { deployTimeout: 30, drainTimeout: 30, retain: 5, idle: "keep" },
    backup: { keep: 5, beforeDeploy: false },
    services: [expect.objectContaining({ name: "api" })],
    ingress: [{ service: "api", port: 8000, path: "/", stripPrefix: false, publishedPort: 8000 }],
    supply: { verified: [] },
    volumes: [],
    networks: [{ name: "default", internal: false }],
    secrets: {},
    availableSecrets: {},
    mirrors: {},
    logins: [],
    builds: { own: false },
    warnings: [expect.stringContaining("services.api: no health check")],
  });
});

test.each([
  ["version", { version: "1.10" }, { version: "1.10" }],
  ["release", { release: "0123456789ab" }, { release: "0123456789ab" }],
  ["force", { force: "0123456789ab" }, { force: "0123456789ab" }],
  ["adopt", { adopt: "abc" }, { adopt: "abc" }],
  ["maintenance", { maintenance: "[soon]" }, { maintenance: "[soon]" }],
  ["backup", { backup: { beforeDeploy: true } }, { backup: { keep: 5, beforeDeploy: true } }],
  [
    "strategy",
    { strategy: { retain: 2, drainTimeout: "5" } },
    { strategy: { deployTimeout: 30, drainTimeout: 5, retain: 2 } },
  ],
  [
    "docker",
    { docker: { host: "ssh://me@host:2222", bind: "127.0.0.1", ports: [8000] } },
    { docker: { host: "ssh://me@host:2222", bind: "127.0.0.1", ports: [8000] } },
  ],
])("%s", (_what, config, expected) => expect(specOf(config)).toMatchObject(expected));

test("DOCKER_HOST is the default engine, config goes before it", () => {
  const environment = { DOCKER_HOST: "tcp://127.0.0.1:2376" };
  expect(specOf({}, environment).docker.host).toBe("tcp://127.0.0.1:2376");
  expect(specOf({ docker: { host: "unix:///a" } }, environment).docker.host).toBe("unix:///a");
});

test.each(["npipe:////./pipe/docker_engine", "tcp://docker.example.com:2376"])(
  "DOCKER_HOST %s is refused",
  (host) =>
    expect(() => specOf({}, { DOCKER_HOST: host })).toThrow(
      /DOCKER_HOST: (is no address|names another machine)/,
    ),
);

test("the stack's word on a service goes last", () => {
  const api = {
    environment: { A: "compose", B: "compose" },
    deploy: { replicas: 1, resources: { limits: { cpus: "2", memory: "1g" } } },
  };
  const settings = {
    replicas: 3,
    env: { A: "x${B}", C: 1 },
    resources: { cpus: 0.5, memory: "64m" },
  };
  const config = { services: { api: settings } };
  const { spec } = load(compose(api), { config, environment: { B: "outside" } });
  expect(spec.services[0]).toMatchObject({
    replicas: 3,
    environment: { A: "xoutside", B: "compose", C: "1" },
    resources: { cpus: 0.5, memory: 64 },
  });
});

test("the name comes from config, else from Compose, else from the folder", () => {
  const text = compose({}, {}, { name: "from-compose" });
  expect(load(text, { config: { name: "from-config" } }).spec.name).toBe("from-config");
  expect(load(text, { config: { name: undefined } }).spec.name).toBe("from-compose");
  const files = { "my-app/compose.yaml": JSON.stringify(compose()) };
  const config = { name: undefined, compose: "my-app/compose.yaml" };
  expect(load("", { config, files }).spec.name).toBe("my-app");
});

test("other namespaces are none of our business", () => {
  expect(load(compose(), { config: { "docker:host": "x" } }).spec.name).toBe("shop");
});

test("profiles come from config, else from COMPOSE_PROFILES", () => {
  const text = compose({}, { debug: { image: "debug:1", profiles: ["debug"] } });
  const names = (described: object) =>
    load(text, described).spec.services.map((service) => service.name);
  expect(names({})).toEqual(["api"]);
  expect(names({ environment: { COMPOSE_PROFILES: "a,debug" } })).toEqual(["api", "debug"]);
  expect(names({ config: { profiles: ["debug"] } })).toEqual(["api", "debug"]);
  const off = { config: { profiles: [] }, environment: { COMPOSE_PROFILES: "debug" } };
  expect(names(off)).toEqual(["api"]);
  expect(load(text).spec.warnings.join()).toContain("debug is left out");
});

describe("secrets", () => {
  const config = { secrets: { A: "1", B: "2" }, key: KEY };

  test("those in use are fingerprinted, all are available, values stay outside the spec", () => {
    const text = compose(
      { environment: { X: "${A}" } },
      { db: { image: "postgres:1", environment: { P: "${B}" } } },
    );
    const { spec, secrets } = load(text, {
      config: { ...config, secrets: { A: "val-a", B: "val-b" } },
    });
    expect(Object.keys(spec.secrets)).toEqual(["A"]);
    expect(spec.secrets.A).toMatch(/^[0-9a-f]{16}$/);
    expect(Object.keys(spec.availableSecrets)).toEqual(["A", "B"]);
    expect(secrets).toEqual({ A: "val-a", B: "val-b" });
    expect(JSON.stringify(spec)).not.toMatch(/val-[ab]/);
  });

  test("a fingerprint tells values, names and keys apart", () => {
    const text = compose({ environment: { X: "${A}${B}" } });
    const marks = (over: object) => load(text, { config: { ...config, ...over } }).spec.secrets;
    const before = marks({});
    expect(marks({})).toEqual(before);
    expect(marks({ secrets: { A: "9", B: "2" } }).A).not.toBe(before.A);
    expect(marks({ secrets: { A: "9", B: "2" } }).B).toBe(before.B);
    expect(marks({ key: KEY.replace("m", "n") }).A).not.toBe(before.A);
    const same = marks({ secrets: { A: "1", B: "1" } });
    expect(same.A).not.toBe(same.B);
  });

  test("secrets that nothing uses need no key", () => {
    expect(load(compose(), { config: { secrets: { A: "1" } } }).spec.availableSecrets).toEqual({});
  });
});

test("there is a JSON schema for editors", () => {
  const schema = z.toJSONSchema(CONFIG, { io: "input" });
  expect(Object.keys(schema.properties ?? {})).toContain("strategy");
});
