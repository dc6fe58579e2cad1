import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildHash, contextFiles, type Build } from "../../../spec/buildHash";
import { compose, folder, load } from "../../helpers/spec";

const FILES = { Dockerfile: "FROM python:3.12\nCOPY . .\n", "app/main.py": "print(1)\n" };

const build = (context: string, rest: Partial<Build> = {}): Build => ({
  context,
  dockerfile: "Dockerfile",
  args: {},
  mirrors: {},
  ...rest,
});
const hashOf = (files: Record<string, string>, rest: Partial<Build> = {}) =>
  buildHash(build(folder(files), rest));

test("the same content has the same hash in another folder", () => {
  expect(hashOf(FILES)).toMatch(/^[0-9a-f]{16}$/);
  expect(hashOf(FILES)).toBe(hashOf(FILES));
});

test.each<[string, Record<string, string>, Partial<Build>?]>([
  ["content", { ...FILES, "app/main.py": "print(2)\n" }],
  ["a name", { Dockerfile: FILES.Dockerfile, "app/other.py": "print(1)\n" }],
  ["a new file", { ...FILES, "app/new.py": "" }],
  ["the Dockerfile", { ...FILES, Dockerfile: "FROM python:3.13\nCOPY . .\n" }],
  ["an argument", FILES, { args: { A: "1" } }],
  ["the target", FILES, { target: "test" }],
  ["a Dockerfile of the Compose file", FILES, { inline: "FROM python:3.12\n" }],
  ["a further image", FILES, { contexts: { a: "docker-image://a:1" } }],
  ["labels", FILES, { labels: { a: "1" } }],
  ["the network", FILES, { network: "none" }],
  ["names of the build", FILES, { extraHosts: [{ host: "a", ip: "10.0.0.1" }] }],
  ["a mirror of its base", FILES, { mirrors: { "python:3.12": "local/python:3.12" } }],
])("%s changes the hash", (_what, files, rest = {}) => {
  expect(hashOf(files, rest)).not.toBe(hashOf(FILES));
});

test("the content of a further context counts, where it lies does not", () => {
  const contexts = [{ "a.txt": "1" }, { "a.txt": "1" }, { "a.txt": "2" }].map(folder);
  const [one, same, other] = contexts.map((a) => hashOf(FILES, { contexts: { a } }));
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});

test("a mirror of another image does not", () => {
  expect(hashOf(FILES, { mirrors: { "node:22": "local/node:22" } })).toBe(hashOf(FILES));
});

test("the executable bit does, other bits of the mode do not", () => {
  const context = folder(FILES);
  const before = buildHash(build(context));
  chmodSync(join(context, "app/main.py"), 0o600);
  expect(buildHash(build(context))).toBe(before);
  chmodSync(join(context, "app/main.py"), 0o755);
  expect(buildHash(build(context))).not.toBe(before);
});

test("a link counts by its target, and is not followed", () => {
  const context = folder(FILES);
  symlinkSync("main.py", join(context, "app/link"));
  const before = buildHash(build(context));
  rmSync(join(context, "app/link"));
  symlinkSync("/nowhere", join(context, "app/link"));
  expect(buildHash(build(context))).not.toBe(before);
});

test(".git and empty folders do not count", () => {
  const context = folder(FILES);
  const before = buildHash(build(context));
  mkdirSync(join(context, "empty"));
  mkdirSync(join(context, ".git"));
  writeFileSync(join(context, ".git/FETCH_HEAD"), "x");
  expect(buildHash(build(context))).toBe(before);
});

test.each<[string, string, string[]]>([
  ["a name", "a", ["Dockerfile", "b/a", "b/c.log"]],
  ["everywhere", "**/a", ["Dockerfile", "b/c.log"]],
  ["a pattern", "**/*.log", ["Dockerfile", "a", "b/a"]],
  ["an exception below", "b\n!b/a", ["Dockerfile", "a", "b/a"]],
  ["an exception by pattern", "b\n!**/*.log", ["Dockerfile", "a", "b/c.log"]],
  ["all but one", "*\n!b/a", ["b/a"]],
  ["comments", "# a\n", ["Dockerfile", "a", "b/a", "b/c.log"]],
])(".dockerignore: %s", (_what, ignore, left) => {
  const files = { Dockerfile: "", a: "", "b/a": "", "b/c.log": "", ".dockerignore": ignore };
  const found = contextFiles(folder(files), "Dockerfile");
  expect(found.filter((path) => path !== ".dockerignore")).toEqual(left);
});

test("the Dockerfile's own ignore file goes first", () => {
  const files = { Dockerfile: "", a: "", ".dockerignore": "", "Dockerfile.dockerignore": "a" };
  expect(contextFiles(folder(files), "Dockerfile")).not.toContain("a");
});

test("an ignored Dockerfile still counts", () => {
  const ignored = { ...FILES, ".dockerignore": "Dockerfile" };
  expect(hashOf(ignored)).not.toBe(hashOf({ ...ignored, Dockerfile: "FROM python:3.13" }));
});

describe("image of a service", () => {
  const files = { "src/Dockerfile": "FROM python", "src/deploy/Dockerfile.prod": "FROM python" };
  const imageOf = (api: object, config: object = {}, environment = {}) =>
    load(compose({ image: undefined, ...api }), { config: { ...config }, files, environment }).spec
      .services[0].image;

  test("a build from a folder", () => {
    const image = imageOf({ build: "./src" });
    expect(image).toMatchObject({ kind: "build", dockerfile: "Dockerfile", args: {} });
    expect(image.reference).toMatch(/^127\.0\.0\.1:24500\/shop-api:[0-9a-f]{16}$/);
  });

  test("a build with all its keys", () => {
    const args = { A: 1, B: true, FROM_OUTSIDE: null, NOT_SET: null };
    const build = { context: "src", dockerfile: "deploy/Dockerfile.prod", args, target: "prod" };
    expect(imageOf({ build }, {}, { FROM_OUTSIDE: "x" })).toMatchObject({
      dockerfile: "deploy/Dockerfile.prod",
      args: { A: "1", B: "true", FROM_OUTSIDE: "x" },
      target: "prod",
    });
  });

  test("arguments as a list", () => {
    expect(imageOf({ build: { context: "src", args: ["A=1"] } })).toMatchObject({
      args: { A: "1" },
    });
  });

  test("an override is a plain reference", () => {
    const reference = "registry.example/api@sha256:0123";
    expect(imageOf({ build: "src" }, { images: { api: reference } })).toEqual({
      kind: "reference",
      reference,
      built: true,
    });
  });

  test("mirrors replace references, the proxy's and the router's too", () => {
    const mirrors = {
      "docker.io/library/nginx:1.28-alpine": "local/nginx",
      "api:1": "local/api:1",
    };
    const { spec } = load(compose(), { config: { mirrors } });
    expect(spec.services[0].image.reference).toBe("local/api:1");
    expect(spec.docker.routerImage).toBe("local/nginx");
    expect(spec.docker.proxyImage).toBe("basecamp/kamal-proxy:v0.9.2");
  });

  test.each(["nginx", "nginx:latest", "localhost:5000/nginx"])("%s is warned about", (image) => {
    expect(load(compose({ image })).spec.warnings.join()).toContain(
      "can change without a new release",
    );
  });

  test.each(["nginx:1", "localhost:5000/nginx:1", "nginx@sha256:00"])("%s is not", (image) => {
    expect(load(compose({ image })).spec.warnings.join()).not.toContain("can change");
  });
});
