import { config, type ConfigReport } from "../../../cli/config";
import { run } from "../../helpers/command";

const FILES = {
  "compose.yaml": `name: shop
services:
  api:
    image: api:1
    ports: ["8000:8000"]
    environment: { DSN: "\${DSN}" }
    deploy: { resources: { limits: { cpus: "2", memory: 1g } } }
    healthcheck: { test: "curl -f localhost:8000/health", interval: 7s }
    x-slipway:
      health: { timeout: 2 }
      smoke: [{ path: /ready }]
`,
  "Pulumi.yaml": `name: slipway
runtime: nodejs
config:
  strategy:
    type: object
    default: { drainTimeout: 10, retain: 3 }
  mirrors:
    value: { docker.io/library/nginx: mirror/nginx }
`,
  "Pulumi.a.yaml": `config:
  slipway:docker: { bind: 127.0.0.1 }
  slipway:services:
    api: { replicas: 2, env: { MODE: fast, API_TOKEN: plain-token } }
  slipway:secrets:
    DSN: { secure: "v1:SEALED" }
    OTHER: { secure: "v1:SEALED" }
  slipway:key: { secure: "v1:SEALED" }
`,
};

/** `value <- from: detail` by key. */
function values(files: Record<string, string>, environment?: Record<string, string>) {
  const { output } = run(config, ["--stack", "a", "--json"], files, environment);
  const report = JSON.parse(output) as ConfigReport;
  const lines = report.values.map(({ key, value, from, detail }) => [
    key,
    `${JSON.stringify(value)} <- ${from}${detail === undefined ? "" : `: ${detail}`}`,
  ]);
  return { report, lines: Object.fromEntries(lines) as Record<string, string> };
}

test("each value, and where it comes from", () => {
  const { report, lines } = values(FILES);
  expect(report).toMatchObject({ format: 1, stack: "a", ok: true, faults: [] });
  expect(lines).toMatchInlineSnapshot(`
   {
     "services.api.health.interval": "7 <- Compose: compose.yaml:8:59",
     "services.api.health.path": ""/health" <- inferred: the URL in healthcheck.test",
     "services.api.health.port": "8000 <- inferred: the URL in healthcheck.test",
     "services.api.health.retries": "3 <- default",
     "services.api.health.startPeriod": "30 <- default",
     "services.api.health.test": "["CMD-SHELL","curl -f localhost:8000/health"] <- Compose: compose.yaml:8:20",
     "services.api.health.timeout": "2 <- x-slipway: compose.yaml:10:17",
     "services.api.image": ""api:1" <- Compose: compose.yaml:4:5",
     "services.api.ingress": "[":8000/"] <- Compose: compose.yaml:5:5",
     "services.api.replicas": "2 <- stack: Pulumi.a.yaml:4:12",
     "services.api.resources.cpus": "2 <- Compose: compose.yaml:7:38",
     "services.api.resources.memory": ""1024m" <- Compose: compose.yaml:7:49",
     "services.api.role": ""app" <- inferred: nothing makes it anything else",
     "services.api.smoke": "["/ready"] <- x-slipway: compose.yaml:11:7",
     "services.api.stopGracePeriod": "10 <- default",
     "slipway:adopt": "undefined <- not set",
     "slipway:backup.beforeDeploy": "false <- default",
     "slipway:backup.keep": "5 <- default",
     "slipway:builds": "undefined <- not set",
     "slipway:compose": "["compose.yaml"] <- default",
     "slipway:docker.bind": ""127.0.0.1" <- stack: Pulumi.a.yaml:2:21",
     "slipway:docker.host": ""unix:///var/run/docker.sock" <- default",
     "slipway:docker.ports": "[8000] <- inferred: the HTTP ports of the first release",
     "slipway:docker.proxyImage": ""basecamp/kamal-proxy:v0.9.2" <- default",
     "slipway:docker.registryImage": ""registry:2.8" <- default",
     "slipway:docker.registryPort": "24500 <- default",
     "slipway:docker.routerImage": ""nginx:1.28-alpine" <- default",
     "slipway:domain": "[] <- default",
     "slipway:force": "undefined <- not set",
     "slipway:github": "undefined <- not set",
     "slipway:images": "{} <- default",
     "slipway:key": ""[secret]" <- stack: Pulumi.a.yaml:8:3",
     "slipway:kubernetes.expose": ""ClusterIP" <- default",
     "slipway:kubernetes.storage": ""8Gi" <- default",
     "slipway:maintenance": "undefined <- not set",
     "slipway:mirrors.docker.io/library/nginx": ""mirror/nginx" <- Pulumi.yaml: Pulumi.yaml:8:14",
     "slipway:name": ""shop" <- Compose: compose.yaml:1:1",
     "slipway:platform": ""docker" <- default",
     "slipway:profiles": "undefined <- not set",
     "slipway:registries": "[] <- default",
     "slipway:registry": "undefined <- not set",
     "slipway:release": "undefined <- not set",
     "slipway:secrets.DSN": ""[secret]" <- stack: Pulumi.a.yaml:6:5",
     "slipway:secrets.OTHER": ""[secret]" <- stack: Pulumi.a.yaml:7:5",
     "slipway:services.api.env.API_TOKEN": ""[secret]" <- stack: Pulumi.a.yaml:4:44",
     "slipway:services.api.env.MODE": ""fast" <- stack: Pulumi.a.yaml:4:32",
     "slipway:services.api.replicas": "2 <- stack: Pulumi.a.yaml:4:12",
     "slipway:strategy.deployTimeout": "30 <- default",
     "slipway:strategy.drainTimeout": "10 <- Pulumi.yaml: Pulumi.yaml:6:16",
     "slipway:strategy.idle": ""keep" <- default",
     "slipway:strategy.retain": "3 <- Pulumi.yaml: Pulumi.yaml:6:34",
     "slipway:tls": "undefined <- not set",
     "slipway:version": "undefined <- not set",
   }
  `);
});

test("versions: what is read, and from where", () => {
  const compose = (keys: string) =>
    `services:\n  a: { build: a, ports: ["80:80"] }\n  b: { build: b, ${keys} }\n`;
  const files = {
    ...FILES,
    "compose.yaml": compose('expose: ["80"]'),
    "package.json": '{"version": "1.0.0"}',
    "a/Dockerfile": "FROM scratch",
    "a/VERSION": "2.0.0",
    "b/Dockerfile": "FROM scratch",
    "Pulumi.a.yaml": `config:
  slipway:version: { from: package.json }
  slipway:services:
    b: { version: "3" }
`,
  };
  const { report, lines } = values(files);
  expect(report.faults).toEqual([]);
  expect(lines).toMatchObject({
    "slipway:version": '"1.0.0" <- inferred: package.json',
    "slipway:version.from": '"package.json" <- stack: Pulumi.a.yaml:2:22',
    "services.a.version": '"2.0.0" <- inferred: VERSION',
    "services.b.version": '"3" <- stack: Pulumi.a.yaml:4:10',
  });
});

test("the environment, where it counts", () => {
  const environment = { DOCKER_HOST: "unix:///tmp/d.sock", COMPOSE_PROFILES: "x,y" };
  const { lines } = values(FILES, environment);
  expect(lines["slipway:docker.host"]).toBe('"unix:///tmp/d.sock" <- environment: DOCKER_HOST');
  expect(lines["slipway:profiles"]).toBe('["x","y"] <- environment: COMPOSE_PROFILES');
});

test("for people: secrets masked, and no sealed text", () => {
  const { output, code } = run(config, ["--stack", "a"], FILES);
  expect(code).toBe(0);
  expect(output).toMatch(/\n {2}slipway:secrets.DSN +\[secret\] +Pulumi.a.yaml:6:5\n/);
  expect(output).toMatch(/\n {2}slipway:strategy.retain +3 +Pulumi.yaml:6:34\n/);
  expect(output).toMatch(/\n {2}slipway:version +- +not set\n/);
  expect(output).toMatch(/\nstack a: 0 faults$/);
  expect(output).not.toMatch(/SEALED|plain-token/);
});

test("plain values where secrets belong are masked all the same", () => {
  const plain =
    "config:\n  slipway:key: my-own-key-my-own-key-my-own-key-1\n  slipway:secrets: { DSN: visible }\n";
  const { output, code } = run(config, ["--stack", "a"], { ...FILES, "Pulumi.a.yaml": plain });
  expect(code).toBe(1);
  expect(output).toContain("Pulumi.a.yaml:3:3  slipway:secrets\n    holds values in plain text");
  expect(output).not.toMatch(/my-own-key|visible/);
  expect(output).toMatch(/\nstack a: \d faults$/);
});

test("a typo, with its place; and a stack that is not there", () => {
  const files = { ...FILES, "Pulumi.a.yaml": "config:\n  slipway:stratgy: { retain: 1 }\n" };
  const { output, code } = run(config, ["--stack", "a"], files);
  expect(code).toBe(1);
  expect(output).toContain("  Pulumi.a.yaml:2:3  slipway:stratgy\n    unknown key\n");
  expect(output).toContain("Did you mean strategy?");
  expect(run(config, ["--stack", "b"], FILES).output).toContain("there is no Pulumi.b.yaml");
});
