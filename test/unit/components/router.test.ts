import { routerConfig } from "../../../components/router";
import { frontService } from "../../../spec/front";
import { releaseOf } from "../../../spec/release";
import type { IngressRule, ServiceSpec } from "../../../spec/types";
import { environment, labelsOf, networksOf, type Made } from "../../helpers/mocks";
import { untouched } from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const rule = (overrides: Partial<IngressRule> = {}): IngressRule => ({
  service: "web",
  port: 3000,
  path: "/",
  stripPrefix: false,
  publishedPort: 8000,
  ...overrides,
});
const api = (overrides: Partial<IngressRule> = {}) =>
  rule({ service: "api", port: 8000, ...overrides });
const http = (path: string, port: number) => ({ ...service().health!, http: { path, port } });
const web = service({ name: "web", health: http("/up", 3000) });
const contentOf = (ingress: IngressRule[], services: ServiceSpec[] = [service(), web]) =>
  releaseOf(application({ services, ingress })).content;

/** What nginx's maps make of a request: the target, with the path as the rule rewrites it. */
function routed(ingress: IngressRule[], hostHeader: string, path: string): string {
  const config = routerConfig(contentOf(ingress));
  const [, host, port = ""] = /^(.*?)(?::(\d+))?$/.exec(hostHeader)!;
  const key = `${host!.toLowerCase()}:${port}|${path}`;
  const patterns = [...config.matchAll(/^ {4}"~(.*)" (\d+);$/gm)];
  const number = patterns.find(([, pattern]) => new RegExp(pattern!).test(key))?.[2];
  const target = new RegExp(`^ {4}${number} (\\S+);$`, "m").exec(config)?.[1];
  const rewrite = new RegExp(`rule = "${number}"\\) \\{ rewrite "(.*)" /\\$1`).exec(config)?.[1];
  const rewritten = rewrite ? path.replace(new RegExp(rewrite), "/$1") : path;
  return target ? `${target}${rewritten}` : "404";
}

describe("ports", () => {
  const ports = [rule({ publishedPort: 3000 }), api()];
  test.each([
    ["localhost:3000", "/", "web:3000/"],
    ["localhost:8000", "/", "api:8000/"],
    ["shop.example.com:8000", "/x", "api:8000/x"],
    ["[::1]:8000", "/", "api:8000/"],
    ["localhost", "/", "web:3000/"],
    ["localhost:9999", "/", "web:3000/"],
    ["localhost:80", "/", "web:3000/"],
  ])("Host %s, %s -> %s", (host, path, target) => {
    expect(routed(ports, host, path)).toBe(target);
  });
});

describe("port 80, which clients leave out", () => {
  const rules = [rule({ publishedPort: 80 }), api()];
  test.each([
    ["shop.example.com", "web:3000/"],
    ["shop.example.com:80", "web:3000/"],
    ["shop.example.com:8000", "api:8000/"],
  ])("Host %s -> %s", (host, target) => expect(routed(rules, host, "/")).toBe(target));
});

describe("hosts", () => {
  const rules = [api({ host: "api.example.com" }), rule({ host: "www.example.com" })];
  test.each([
    ["api.example.com:8000", "api:8000/"],
    ["www.example.com:8000", "web:3000/"],
    ["API.Example.COM:8000", "api:8000/"],
    ["api.example.com", "api:8000/"],
    ["api.example.com:443", "api:8000/"],
    ["apixexample.com:8000", "404"],
    ["x.api.example.com:8000", "404"],
    ["api.example.com.evil:8000", "404"],
    ["localhost:8000", "404"],
  ])("Host %s -> %s", (host, target) => expect(routed(rules, host, "/")).toBe(target));

  test("a host of its own goes before any host", () => {
    const both = [api({ host: "api.example.com" }), rule()];
    expect(routed(both, "api.example.com:8000", "/")).toBe("api:8000/");
    expect(routed(both, "other.example.com:8000", "/")).toBe("web:3000/");
  });
});

describe("paths", () => {
  const rules = [rule({ service: "admin", path: "/api/admin" }), api({ path: "/api" }), rule()];
  test.each([
    ["/", "web:3000/"],
    ["/api", "api:8000/api"],
    ["/api/items", "api:8000/api/items"],
    ["/apis", "web:3000/apis"],
    ["/x/api", "web:3000/x/api"],
    ["/api/admin/users", "admin:3000/api/admin/users"],
    ["/api/administrators", "api:8000/api/administrators"],
    ["/x|/api", "web:3000/x|/api"],
  ])("%s -> %s", (path, target) => expect(routed(rules, "localhost:8000", path)).toBe(target));

  test("what is special in a pattern is taken as it stands", () => {
    const rules = [api({ path: "/a.b+c(d)" }), rule()];
    expect(routed(rules, "localhost:8000", "/a.b+c(d)/x")).toBe("api:8000/a.b+c(d)/x");
    expect(routed(rules, "localhost:8000", "/aXbbc(d)/x")).toBe("web:3000/aXbbc(d)/x");
  });

  test("a quote does not end the pattern", () => {
    const config = routerConfig(contentOf([api({ path: '/a"b' })]));
    expect(config).toContain(String.raw`\|/a\"b(/|$)" 1;`);
  });

  test("a path that no rule takes is not found", () => {
    expect(routed([api({ path: "/api" })], "localhost:8000", "/other")).toBe("404");
  });
});

describe("stripPrefix", () => {
  const strip = api({ path: "/api", stripPrefix: true });
  test.each([
    ["/api", "api:8000/"],
    ["/api/", "api:8000/"],
    ["/api/items/1", "api:8000/items/1"],
    ["/apis", "web:3000/apis"],
  ])("%s -> %s", (path, target) => {
    expect(routed([strip, rule()], "localhost:8000", path)).toBe(target);
  });

  test("does not touch what another rule sends to the same service", () => {
    const rules = [strip, api()];
    expect(routed(rules, "localhost:8000", "/apis")).toBe("api:8000/apis");
    expect(routed(rules, "localhost:8000", "/api/x")).toBe("api:8000/x");
  });

  test("does not touch the same path of another host", () => {
    const rules = [{ ...strip, host: "a.example.com" }, api({ host: "b.example.com" })];
    expect(routed(rules, "a.example.com:8000", "/api/x")).toBe("api:8000/x");
    expect(routed(rules, "b.example.com:8000", "/api/x")).toBe("api:8000/api/x");
  });
});

describe("the router's health", () => {
  const config = routerConfig(contentOf([rule({ publishedPort: 3000 }), api()]));

  test("asks each routed service once, one after the other", () => {
    expect([...config.matchAll(/set \$slipway_check "(.*)";/g)].map(([, check]) => check)).toEqual([
      "web:3000/up",
      "api:8000/health",
    ]);
    expect(config).toContain("auth_request /slipway/health/next/1;");
    expect(config).toContain("proxy_pass http://127.0.0.1:80/slipway/health/1;");
  });

  test("leaves out a service that cannot be asked", () => {
    const services = [service(), service({ name: "web", health: undefined })];
    const partly = routerConfig(contentOf([rule(), api({ path: "/api" })], services));
    expect(partly).not.toContain("auth_request");
    expect(partly).toContain('set $slipway_check "api:8000/health";');
  });

  test("names no variable and ends no quotes by a path", () => {
    const services = [service({ health: http('/up?q="$host"', 8000) })];
    expect(routerConfig(contentOf([api()], services))).toContain('"api:8000/up?q=%22%24host%22"');
  });

  test("is the router's own when no service can be asked", () => {
    const none = routerConfig(contentOf([rule()], [service({ name: "web", health: undefined })]));
    expect(none).toContain('location = /slipway/health { return 200 "ok"; }');
  });
});

describe("what a request meets on its way", () => {
  const config = routerConfig(contentOf([rule(), api({ path: "/api" })]));
  test.each([
    ["names resolved at run time", "resolver 127.0.0.11 valid=1s ipv6=off;"],
    ["uploads of any size", "client_max_body_size 0;"],
    ["websockets", "proxy_set_header Upgrade $http_upgrade;"],
    ["the Host as the client sent it", "proxy_set_header Host $http_host;"],
    ["answers that are not held back", "proxy_buffering off;"],
  ])("%s", (_what, line) => expect(config).toContain(line));
});

describe("one service needs no router", () => {
  const front = (ingress: IngressRule[], services = [service()]) =>
    frontService(contentOf(ingress, services));

  test("with one plain rule and a health path on its port", () => {
    expect(front([api()])).toEqual({ service: "api", port: 8000, healthPath: "/health" });
  });

  test.each<[string, IngressRule[], ServiceSpec[]]>([
    ["two rules", [api(), api({ publishedPort: 9000 })], [service()]],
    ["a host", [api({ host: "api.example.com" })], [service()]],
    ["a path", [api({ path: "/api" })], [service()]],
    ["no health check", [api()], [service({ health: undefined })]],
    ["a health check on another port", [api()], [service({ health: http("/up", 9000) })]],
  ])("not with %s", (_what, ingress, services) => {
    expect(front(ingress, services)).toBeUndefined();
  });
});

describe("a slot with a router", () => {
  const ingress = [rule({ publishedPort: 3000 }), api()];
  let made: Made;
  beforeAll(async () => {
    const services = [service(), web, service({ name: "front" })];
    made = await environment(application({ services, ingress }), untouched());
  });

  test("has it as its one front door, with the configuration as a file", () => {
    expect(made.get("front-blue").inputs["uploads"]).toEqual([
      {
        file: "/etc/nginx/conf.d/default.conf",
        content: routerConfig(contentOf(ingress, [service(), web, service({ name: "front" })])),
      },
    ]);
  });

  test("runs the router's image, though a service is called front", () => {
    const imageOf = (container: string) => {
      const { image } = made.get(container).inputs;
      return made.get((image as string).replace("sha256:", "")).inputs["name"];
    };
    expect(imageOf("front-blue")).toBe("nginx:1.28-alpine");
    expect(imageOf("blue-front")).toBe("api:1");
  });

  test("only the router joins the edge, and carries the record", () => {
    const names = ["front-blue", "blue-api", "blue-web"];
    expect(names.filter((name) => networksOf(made.get(name)).includes("edge"))).toEqual([
      "front-blue",
    ]);
    expect(names.filter((name) => "slipway.record" in labelsOf(made.get(name)))).toEqual([
      "front-blue",
    ]);
  });

  test("gets its traffic over the router, whose health asks all", () => {
    const table = made.get("traffic").inputs["table"] as { targets: string[]; healthPath: string };
    expect(table.targets).toEqual([`${made.get("front-blue").inputs["name"]}:80`]);
    expect(table.healthPath).toBe("/slipway/health");
  });

  test("has the router looked at by the gate, beside each service", () => {
    const units = made.get("gate").inputs["units"] as { service: string; id: string }[];
    expect(units.map(({ id }) => id)).toEqual([
      "blue-api-id",
      "blue-web-id",
      "blue-front-id",
      "front-blue-id",
    ]);
  });

  test("the edge publishes every port", () => {
    const ports = made.get("edge").inputs["ports"] as { external: number }[];
    expect(ports.map(({ external }) => external)).toEqual([3000, 8000]);
  });
});
