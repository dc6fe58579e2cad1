import { compose, load } from "../../helpers/spec";

const web = { image: "web:1", ports: ["3000:80"] };
const rulesOf = (text: object, config: object = {}) =>
  load(text, { config: { ...config } }).spec.ingress;
const rule = (service: string, port: number, publishedPort: number, rest: object = {}) => ({
  service,
  port,
  path: "/",
  stripPrefix: false,
  publishedPort,
  ...rest,
});

test("one app service with one port takes everything on that port", () => {
  expect(rulesOf(compose({ ports: ["8080:8000"] }))).toEqual([rule("api", 8000, 8080)]);
});

test("several: each on its Compose port", () => {
  expect(rulesOf(compose({}, { web }))).toEqual([rule("web", 80, 3000), rule("api", 8000, 8000)]);
});

test("a port without one on the host is published as it is", () => {
  const { spec } = load(compose({ ports: ["8000"] }));
  expect(spec.ingress).toEqual([rule("api", 8000, 8000)]);
  expect(spec.warnings.join()).toContain("names no port of the host");
});

test("what x-slipway.ingress says goes over the port of the service that takes /", () => {
  const api = { "x-slipway": { ingress: { path: "/api/", stripPrefix: true } } };
  const said = { ...web, "x-slipway": { ingress: [{ path: "/" }] } };
  expect(rulesOf(compose(api, { web: said }))).toEqual([
    rule("api", 8000, 3000, { path: "/api", stripPrefix: true }),
    rule("web", 80, 3000),
  ]);
});

test("it joins the port of a service that has only ports", () => {
  const api = { ports: [], expose: ["8000"], "x-slipway": { ingress: { path: "/api" } } };
  expect(rulesOf(compose(api, { web }))).toEqual([
    rule("api", 8000, 3000, { path: "/api" }),
    rule("web", 80, 3000),
  ]);
});

test("without any port of the host: port 80", () => {
  const api = { ports: [], "x-slipway": { ingress: { port: 5000 } } };
  expect(rulesOf(compose(api))).toEqual([rule("api", 5000, 80)]);
});

test("a port of slipway:docker.ports when it says which the edge has", () => {
  const api = { ports: [], "x-slipway": { ingress: { port: 5000 } } };
  expect(rulesOf(compose(api), { docker: { ports: [8443] } })).toEqual([rule("api", 5000, 8443)]);
});

test("hosts before any host, longest path first", () => {
  const paths = [{ path: "/" }, { path: "/a/b" }, { path: "/a" }, { host: "X.example", path: "/" }];
  const rules = rulesOf(compose({ "x-slipway": { ingress: paths } }));
  expect(rules.map((one) => `${one.host ?? "*"}${one.path}`)).toEqual([
    "x.example/",
    "*/a/b",
    "*/a",
    "*/",
  ]);
});

test("ports of accessories stay theirs", () => {
  const db = { image: "postgres:16", ports: ["127.0.0.1:5433:5432"] };
  const { spec } = load(compose({}, { db }));
  expect(spec.ingress).toEqual([rule("api", 8000, 8000)]);
  expect(spec.services[1].ports).toEqual([{ container: 5432, host: 5433, protocol: "tcp" }]);
});

test("smoke checks go to the ingress port, else the health check's, else the first", () => {
  const smoke = [{ path: "/up" }];
  const portOf = (api: object) => load(compose(api)).spec.services[0].smoke[0].port;
  expect(portOf({ "x-slipway": { smoke, ingress: { port: 9000 }, health: { port: 9001 } } })).toBe(
    9000,
  );
  expect(portOf({ "x-slipway": { smoke, health: { port: 9001 } } })).toBe(9001);
  expect(portOf({ "x-slipway": { smoke } })).toBe(8000);
});
