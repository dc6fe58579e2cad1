import { ROUTER } from "../spec/front";
import type { IngressRule, ReleaseContent } from "../spec/types";

export const ROUTER_CONFIG_PATH = "/etc/nginx/conf.d/default.conf";

/**
 * How the router finds a service. asked: its name is resolved at each request, so that one that comes back with another
 * address is found again. fixed: its name stands for one address as long as the router runs, in /etc/hosts.
 */
export type Names = "asked" | "fixed";

/**
 * nginx configuration of a slot's router. Rules are matched on "<host>:<port>|<path>": the proxy hands
 * on the Host as the client sent it, port included, and a client that drops the port gets the first one.
 */
export function routerConfig(content: ReleaseContent, names: Names = "asked"): string {
  const rules = content.ingress.map((rule, index) => ({ ...rule, number: index + 1 }));
  const stripped = rules.filter((rule) => rule.stripPrefix && rule.path !== "/");
  return [
    "map $http_upgrade $slipway_connection { default upgrade; '' ''; }",
    'map $http_host $slipway_port { "~:(?<slipway_digits>\\d+)$" $slipway_digits; default ""; }',
    ...(names === "fixed" ? groups(content) : []),
    'map "$host:$slipway_port|$uri" $slipway_rule {',
    ...patterns(rules).map(({ pattern, number }) => `    "~${pattern}" ${number};`),
    '    default "";',
    "}",
    "map $slipway_rule $slipway_target {",
    ...rules.map(({ number, service, port }) => `    ${number} ${place(service, port, names)};`),
    '    default "";',
    "}",
    "server {",
    `    listen ${ROUTER.port} default_server;`,
    "    server_tokens off;",
    ...(names === "asked" ? ["    resolver 127.0.0.11 valid=1s ipv6=off;"] : []),
    "    client_max_body_size 0;",
    "    proxy_http_version 1.1;",
    "    proxy_request_buffering off;",
    "    proxy_buffering off;",
    "    proxy_connect_timeout 5s;",
    "    proxy_read_timeout 3600s;",
    "    proxy_send_timeout 3600s;",
    "    access_log off;",
    ...healthLocations(content, names),
    "    location / {",
    '        if ($slipway_target = "") { return 404; }',
    ...stripped.map(
      (rule) =>
        `        if ($slipway_rule = "${rule.number}") { rewrite "^${escape(rule.path)}/?(.*)$" /$1 break; }`,
    ),
    "        proxy_set_header Host $http_host;",
    "        proxy_set_header X-Real-IP $remote_addr;",
    "        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "        proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;",
    "        proxy_set_header Upgrade $http_upgrade;",
    "        proxy_set_header Connection $slipway_connection;",
    "        proxy_pass http://$slipway_target;",
    "    }",
    "}",
    "",
  ].join("\n");
}

/** The first that matches counts: the exact port, then a Host without one, or with one that nobody knows. */
function patterns(rules: (IngressRule & { number: number })[]) {
  const main = rules.filter((rule) => rule.publishedPort === rules[0]?.publishedPort);
  const lines = [
    ...rules.map((rule) => ({
      rule,
      port: rule.publishedPort === 80 ? "(80)?" : rule.publishedPort,
    })),
    ...main.map((rule) => ({ rule, port: "[0-9]*" })),
  ];
  return lines.map(({ rule, port }) => ({
    pattern: `^${rule.host ? escape(rule.host) : "[^|]*"}:${port}\\|${pathPattern(rule.path)}`,
    number: rule.number,
  }));
}

function pathPattern(path: string): string {
  return path === "/" ? "/" : `${escape(path.replace(/\/$/, ""))}(/|$)`;
}

/** What health asks of each service that takes requests. */
function checked({ ingress, services }: ReleaseContent) {
  const takers = [...new Set(ingress.map((rule) => rule.service))];
  return takers.flatMap((name) => {
    const http = services.find((service) => service.name === name)?.health?.http;
    return http ? [{ service: name, ...http }] : [];
  });
}

const place = (service: string, port: number, names: Names) =>
  names === "asked" ? `${service}:${port}` : `slipway_${service}_${port}`;

/**
 * A group of servers has its addresses when nginx starts, and is what a variable may name without a resolver. Each is there
 * twice: a connection that a pod refuses as it ends is tried once more, and meets another one.
 */
function groups(content: ReleaseContent): string[] {
  const all = [...content.ingress, ...checked(content)];
  const lines = all.map(
    ({ service, port }) =>
      `upstream ${place(service, port, "fixed")} {${` server ${service}:${port} max_fails=0;`.repeat(2)} }`,
  );
  return [...new Set(lines)];
}

/** For a pattern inside quotes. */
const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\"]/g, "\\$&");
/** What would end a quoted text, or name a variable in it. */
const encode = (path: string) => path.replace(/["$\\]/g, encodeURIComponent);

/** The router is healthy when every routed service is: it asks one, and itself for the next. */
function healthLocations(content: ReleaseContent, names: Names): string[] {
  const checks = checked(content).map(
    ({ service, port, path }) => `${place(service, port, names)}${encode(path)}`,
  );
  if (checks.length === 0) return [`    location = ${ROUTER.healthPath} { return 200 "ok"; }`];
  return checks.flatMap((check, index) => {
    const here = index === 0 ? ROUTER.healthPath : `${ROUTER.healthPath}/${index}`;
    const next = `${ROUTER.healthPath}/next/${index + 1}`;
    const isLast = index === checks.length - 1;
    return [
      `    location = ${here} {`,
      ...(isLast ? [] : [`        auth_request ${next};`]),
      `        set $slipway_check "${check}";`,
      "        proxy_pass http://$slipway_check;",
      "    }",
      ...(isLast
        ? []
        : [
            `    location = ${next} {`,
            "        internal;",
            "        proxy_pass_request_body off;",
            '        proxy_set_header Content-Length "";',
            `        proxy_pass http://127.0.0.1:${ROUTER.port}${ROUTER.healthPath}/${index + 1};`,
            "    }",
          ]),
    ];
  });
}
