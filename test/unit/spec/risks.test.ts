import { frontDoor } from "../../../spec/front";
import { compose, load } from "../../helpers/spec";

const warningsOf = (api: object, rest: object = {}, topLevel: object = {}) =>
  load(compose(api, rest, topLevel)).spec.warnings.filter((line) =>
    / taken for | is known for /.test(line),
  );

const health = { healthcheck: { test: ["CMD", "curl", "http://localhost:8000/"] } };
const volume = { volumes: { data: {} } };
const said = (role: string) => ({ "x-slipway": { role } });

describe("an inference that may be wrong is told, with the line that decides it", () => {
  test.each([
    [
      "an image with a volume",
      { image: "ghcr.io/me/shop:1", volumes: ["data:/data"] },
      /^services.x: taken for an accessory .*Write x-slipway: \{role: accessory\} if that is right, x-slipway: \{role: app\} if not$/,
    ],
    [
      "a task with a health check",
      { image: "x:1", restart: "no", ...health },
      /^services.x: taken for a task \(restart: "no" and no published port\).*\{role: task\}/,
    ],
    [
      "an app that nobody asks",
      { image: "x:1", healthcheck: { test: "true" } },
      /^services.x: taken for an app .*\{role: worker\} if it takes none/,
    ],
  ])("%s", (_what, service, warning) => {
    expect(warningsOf(health, { x: service }, volume)).toEqual([expect.stringMatching(warning)]);
    const role = /\{role: (\w+)\}/.exec(String(warning))?.[1] ?? "worker";
    expect(warningsOf(health, { x: { ...service, ...said(role) } }, volume)).toEqual([]);
  });

  test("a known database, a service that others wait for, and one that exposes a port are plain", () => {
    const rest = {
      db: { image: "postgres:16", volumes: ["data:/data"] },
      a: { image: "a:1", healthcheck: { test: "true" } },
      b: { image: "b:1", expose: [80] },
    };
    expect(warningsOf({ ...health, depends_on: ["a"] }, rest, volume)).toEqual([]);
  });

  test("an app's port that is known for another protocol", () => {
    expect(warningsOf({ ...health, ports: ["8000:8000", "1883:1883"] })).toEqual([
      "services.api.ports[1]: port 1883 is known for MQTT, and the edge hands on HTTP only. Remove it from ports, or write x-slipway: {role: accessory}",
    ]);
  });
});

test.each([
  ["one plain rule with HTTP health", health, {}, "api", /^the one service/],
  [
    "no HTTP health on the port",
    {},
    {},
    undefined,
    /x-slipway: \{health: \{path: \/, port: 8000\}\}/,
  ],
  [
    "two services",
    health,
    { b: { image: "b:1", ports: ["80:80"] } },
    undefined,
    /^2 services .*api, b|b, api/,
  ],
  ["two rules", { ...health, ports: ["8000:8000", "81:81"] }, {}, undefined, /^api has 2 rules/],
  ["a path", { ...health, "x-slipway": { ingress: { path: "/a" } } }, {}, undefined, /a path only/],
])("front door: %s", (_what, api, rest, service, reason) => {
  const door = frontDoor(load(compose(api, rest)).spec);
  expect(door.front?.service).toBe(service);
  expect(door.reason).toMatch(reason);
});
