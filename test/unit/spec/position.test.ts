import { rmSync } from "node:fs";
import { join } from "node:path";

import { formatLocated, UserFaults } from "../../../spec/fault";
import { loadApplication } from "../../../spec/load";
import { Positions } from "../../../spec/position";
import { folder } from "../../helpers/spec";

let root: string;
afterEach(() => rmSync(root, { recursive: true }));

/** "file:line:column" of each path, in these files (the Compose files in their order). */
function places(
  files: Record<string, string>,
  paths: string[],
  compose = ["compose.yaml"],
  merged?: unknown,
): (string | undefined)[] {
  root = folder(files);
  const positions = new Positions(() => compose.map((file) => join(root, file)), {
    stackFile: join(root, "Pulumi.test.yaml"),
    projectFile: join(root, "Pulumi.yaml"),
  });
  positions.merged = merged;
  return paths.map((path) => {
    const at = positions.find(path);
    return at && `${at.file.slice(root.length + 1)}:${at.line}:${at.column}`;
  });
}

const COMPOSE = `name: shop
x-common: &common
  restart: always
  deploy: { replicas: 2 }
services:
  api:
    <<: *common
    image: api:1
    build: ./api
    ports:
      - "8000:8000"
      - target: 81
        published: x
    environment:
      - A=1
      - PASSWORD
    depends_on: [db]
    labels: { com.example.a: "1", com.example: "2" }
    healthcheck:
  db: *common
`;

test.each([
  ["services.api", "compose.yaml:6:3"],
  ["services.api.image", "compose.yaml:8:5"],
  ["services.api.ports[0]", "compose.yaml:11:9"],
  ["services.api.ports[1].published", "compose.yaml:13:9"],
  ["services.api.environment.A", "compose.yaml:15:9"],
  ["services.api.environment.PASSWORD", "compose.yaml:16:9"],
  ["services.api.depends_on.db", "compose.yaml:17:18"],
  ["services.api.labels.com.example.a", "compose.yaml:18:15"],
  ["services.api.labels.com.example", "compose.yaml:18:35"],
  ["services.api.build.context", "compose.yaml:9:5"],
  ["services.api.restart", "compose.yaml:3:3"],
  ["services.api.deploy.replicas", "compose.yaml:4:13"],
  ["services.db.deploy.replicas", "compose.yaml:4:13"],
  ["services.api.healthcheck.test", "compose.yaml:19:5"],
  ["services.api.nothing", "compose.yaml:6:3"],
  ["services.web", "compose.yaml:5:1"],
  ["services.api.labels.com", "compose.yaml:18:5"],
  ["DOCKER_HOST", undefined],
])("%s stands at %s", (path, place) => {
  expect(places({ "compose.yaml": COMPOSE }, [path])).toEqual([place]);
});

test("several files: where the value came from", () => {
  const base = "services:\n  api:\n    image: a:1\n    ports: ['1:1']\n    command: a\n";
  const later = "services:\n  api:\n    ports: ['2:2', '3:${P}']\n    command: b\n";
  const merged = { services: { api: { ports: ["1:1", "2:2", "3:4"] } } };
  const paths = ["image", "command", "ports[0]", "ports[1]", "ports[2]", "ports"];
  expect(
    places(
      { "a.yaml": base, "b.yaml": later },
      paths.map((path) => `services.api.${path}`),
      ["a.yaml", "b.yaml"],
      merged,
    ),
  ).toEqual([
    "a.yaml:3:5",
    "b.yaml:4:5",
    "a.yaml:4:13",
    "b.yaml:3:13",
    "b.yaml:3:20",
    "b.yaml:3:5",
  ]);
});

test("what is extended and included", () => {
  const files = {
    "compose.yaml":
      "include: [more/c.yaml, { path: [d.yaml] }]\nservices:\n  api:\n    extends: { file: base.yaml, service: web }\n    image: a\n  two:\n    extends: api\n",
    "base.yaml":
      "services:\n  web:\n    image: w\n    user: me\n    extends: root\n  root: { init: 7 }\n",
    "more/c.yaml": "services:\n  c:\n    image: c\n",
    "d.yaml": "services:\n  d:\n    image: d\n    extends: d\n",
  };
  const paths = [
    "api.image",
    "api.user",
    "api.init",
    "two.user",
    "c.image",
    "d.image",
    "d.user",
    "web.user",
  ];
  expect(
    places(
      files,
      paths.map((path) => `services.${path}`),
    ),
  ).toEqual([
    "compose.yaml:5:5",
    "base.yaml:4:5",
    "base.yaml:6:11",
    "base.yaml:4:5",
    "more/c.yaml:3:5",
    "d.yaml:3:5",
    "d.yaml:2:3",
    "base.yaml:4:5",
  ]);
});

test("config: the stack's file, else the project's", () => {
  const files = {
    "Pulumi.yaml":
      "name: slipway\nconfig:\n  strategy:\n    type: object\n    default: { retain: 5 }\n  slipway:mirrors:\n    value: { docker.io/nginx: n }\n  slipway:version: a\n",
    "Pulumi.test.yaml": "config:\n  slipway:docker:\n    ports: [80, x]\n  slipway:name: shop\n",
  };
  const paths = [
    "docker.ports[1]",
    "docker.bind",
    "name",
    "strategy.retain",
    "strategy.drainTimeout",
    "mirrors.docker.io/nginx",
    "version",
    "key",
  ];
  expect(
    places(
      files,
      paths.map((path) => `slipway:${path}`),
    ),
  ).toEqual([
    "Pulumi.test.yaml:3:17",
    "Pulumi.test.yaml:2:3",
    "Pulumi.test.yaml:4:3",
    "Pulumi.yaml:5:16",
    "Pulumi.yaml:5:5",
    "Pulumi.yaml:7:14",
    "Pulumi.yaml:8:3",
    "Pulumi.test.yaml:1:1",
  ]);
});

test("no file, no place", () => {
  expect(places({}, ["services.api", "slipway:key"])).toEqual([undefined, undefined]);
});

test("anchors beyond all measure cost no error of their own", () => {
  const laughs = ["x0: &x0 [1]"];
  for (let i = 1; i < 12; i++) laughs.push(`x${i}: &x${i} [${`*x${i - 1},`.repeat(9)}]`);
  const text = `${laughs.join("\n")}\nservices: {a: {ports: [*x11]}}\n`;
  expect(
    places({ "a.yaml": text, "b.yaml": text }, ["services.a.ports[0]"], ["a.yaml", "b.yaml"], {
      services: { a: { ports: [1] } },
    }),
  ).toEqual([undefined]);
});

test("an error of a run names the place, and says it once", () => {
  root = folder({ "compose.yaml": "services:\n  api:\n    imagee: a\n    image: a:1\n" });
  const config = { all: { "slipway:name": "shop" }, isSecret: () => false };
  const run = () => loadApplication({ directory: root, stack: "test", config, environment: {} });
  expect(run).toThrow(UserFaults);
  expect(run).toThrow(
    /^Stack test cannot be deployed as described:\n {2}- compose.yaml:3:5: services.api.imagee: unknown key .*Did you mean image\?\n/,
  );
});

test("a fault that is found later has its place, too", () => {
  root = folder({
    "compose.yaml": "services: { api: { image: 'a:1', ports: ['80:80'] } }",
    "Pulumi.test.yaml": "config:\n  slipway:name: shop\n  slipway:force: 0123456789ab\n",
  });
  const config = { all: { "slipway:name": "shop" }, isSecret: () => false };
  const { located } = loadApplication({ directory: root, stack: "test", config, environment: {} });
  const [fault] = located([{ path: "slipway:force", what: "is held" }]);
  expect(formatLocated(fault)).toBe("Pulumi.test.yaml:3:3: slipway:force: is held");
});

test("the name of a file as a whole stands there once", () => {
  root = folder();
  const at = { file: "a/compose.yaml", line: 2, column: 1 };
  expect(formatLocated({ path: "compose.yaml", what: "is bad", at })).toBe(
    "a/compose.yaml:2:1: is bad",
  );
});
