import { httpOf } from "../../../spec/health";
import { compose, load } from "../../helpers/spec";

const healthOf = (api: object) => load(compose(api)).spec.services[0].health;
const DEFAULTS = { interval: 2, timeout: 5, retries: 3, startPeriod: 30 };

test.each<[string, object | undefined]>([
  ["curl -f http://localhost:8000/health || exit 1", { path: "/health", port: 8000 }],
  ["curl -f http://127.0.0.1/", { path: "/", port: 80 }],
  ["wget -qO- http://localhost:3000", { path: "/", port: 3000 }],
  ["curl -fsS 'http://[::1]:80/a?b=c'", { path: "/a?b=c", port: 80 }],
  ["curl -f localhost:8000/health", { path: "/health", port: 8000 }],
  [`python -c "urllib.request.urlopen('http://localhost:8000/up')"`, { path: "/up", port: 8000 }],
  ["curl -f http://localhost:$PORT/health", undefined],
  ["curl -f https://localhost/health", undefined],
  ["curl -f http://db:8000/health", undefined],
  ["pg_isready -h localhost", undefined],
  ["grpc_health_probe -addr=localhost:50051", undefined],
  ["kafka-topics --bootstrap-server localhost:9092", undefined],
])("the request in: %s", (line, http) => expect(httpOf(["CMD-SHELL", line])).toEqual(http));

test("our own times where Compose says nothing", () => {
  const healthcheck = { test: ["CMD", "curl", "http://localhost:8000/up"] };
  expect(healthOf({ healthcheck })).toEqual({
    test: ["CMD", "curl", "http://localhost:8000/up"],
    http: { path: "/up", port: 8000 },
    ...DEFAULTS,
  });
});

test("Compose's times", () => {
  const times = { interval: "1m", timeout: "500ms", retries: 9, start_period: "0s" };
  expect(healthOf({ healthcheck: { test: "true", ...times } })).toEqual({
    test: ["CMD-SHELL", "true"],
    interval: 60,
    timeout: 0.5,
    retries: 9,
    startPeriod: 0,
  });
});

test.each([
  ["nothing", {}],
  ["disable", { healthcheck: { disable: true, test: "true" } }],
  ["NONE", { healthcheck: { test: ["NONE"] } }],
])("no check: %s", (_what, api) => expect(healthOf(api)).toBeUndefined());

test("x-slipway.health goes before Compose's, key by key", () => {
  const healthcheck = { test: "curl http://localhost:9000/slow", interval: "30s" };
  const health = { path: "/quick", interval: 1, timeout: "2s" };
  expect(healthOf({ healthcheck, "x-slipway": { health } })).toEqual({
    test: ["CMD-SHELL", "curl http://localhost:9000/slow"],
    http: { path: "/quick", port: 9000 },
    interval: 1,
    timeout: 2,
    retries: 3,
    startPeriod: 30,
  });
});

test("x-slipway.health alone asks the service's port", () => {
  expect(healthOf({ "x-slipway": { health: { path: "/up" } } })).toEqual({
    http: { path: "/up", port: 8000 },
    ...DEFAULTS,
  });
});
