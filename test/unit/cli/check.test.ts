import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";

import { check } from "../../../cli/check";
import type { Report } from "../../../cli/report";
import { run } from "../../helpers/command";
import { folder } from "../../helpers/spec";

const SHOP = `name: shop
services:
  web:
    build: ./web
    ports: ["80:8080"]
    environment: { API: "http://api:9000", DSN: "postgres://u:\${DB_PASSWORD:?choose one}@db/x" }
    depends_on: [db, migrate]
    healthcheck: { test: ["CMD", "curl", "-f", "http://localhost:8080/health"] }
  migrate:
    build: ./web
    command: migrate
    restart: "no"
  jobs:
    build: ./web
    command: celery -A shop worker
    volumes: ["uploads:/uploads"]
  db:
    image: postgres:16
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: { test: pg_isready }
volumes: { data: {}, uploads: {} }
`;
const WEB = { "web/Dockerfile": "FROM scratch" };
const PROJECT =
  "name: slipway\nruntime: nodejs\nconfig:\n  platform: { type: string, default: docker }\n";

/** Lines of the faults' block. */
const faultsIn = (output: string) => /Faults\n((?: {2}.*\n)+)/.exec(output)?.[1] ?? "";

test("what a deploy would make of an application", () => {
  const { output, code } = run(check, ["compose.yaml"], { "compose.yaml": SHOP, ...WEB });
  expect(output).toMatchInlineSnapshot(`
   "Application shop
     service  role       image        why this role
     db       accessory  postgres:16  postgres keeps data
     jobs     worker     build web    its command is a celery worker
     migrate  task       build web    restart: "no" and no published port
     web      app        build web    it is built here

   Health
     service  healthy when        said by
     db       pg_isready          healthcheck.test
     jobs     its container runs  nothing here
     web      GET :8080/health    the URL in healthcheck.test

   Front door of a slot: service web (the one service that takes requests, with an HTTP health check on its port)
     http://<host>/  -> web:8080

   Shared by both slots
     accessory  db       volume data at /var/lib/postgresql/data
     worker     jobs     one at a time, exchanged after the traffic moved
     volume     uploads  of jobs: kept from release to release

   Warnings
     compose.yaml:6:44  services.web.environment.DSN
       DB_PASSWORD is not set: choose one
       cure:    Set it in the environment, in .env, or with pulumi config set --secret --path
                slipway:secrets.DB_PASSWORD

   compose.yaml: 4 services, 0 faults, 1 warning: can be deployed to docker"
  `);
  expect(code).toBe(0);
});

test("the version of what is built, where one is known", () => {
  const web = { ...WEB, "web/package.json": '{"version": "1.4.0"}' };
  const files = { "compose.yaml": SHOP, ...web };
  const { output } = run(check, [], files);
  expect(output).toMatch(/\n {2}service +role +image +version +why this role\n/);
  expect(output).toMatch(/\n {2}db +accessory +postgres:16 +postgres keeps data\n/);
  expect(output).toMatch(/\n {2}web +app +build web +1\.4\.0 +it is built here\n/);
  const report = JSON.parse(run(check, ["--json"], files).output) as Report;
  expect(report.services.map(({ name, version }) => [name, version])).toEqual([
    ["db", undefined],
    ["jobs", "1.4.0"],
    ["migrate", "1.4.0"],
    ["web", "1.4.0"],
  ]);
});

test("several services: a router; two files: where each value stands", () => {
  const files = {
    "a.yaml":
      "services:\n  api: { image: api:1, ports: ['8000:8000'] }\n  web: { image: web:1, ports: ['80:80'] }\n",
    "b.yaml": "services:\n  web:\n    ports: ['443:99999']\n",
  };
  const { output, code } = run(check, ["a.yaml", "b.yaml"], files);
  expect(output).toContain("Front door of a slot: a generated router (2 services take requests");
  expect(faultsIn(output)).toContain("  b.yaml:3:13  services.web.ports[1]\n");
  expect(output).toMatch(/\na.yaml \+ b.yaml: 2 services, 1 fault, 2 warnings: cannot be deployed/);
  expect(code).toBe(1);
});

describe("broken on purpose", () => {
  const compose = (text: string) => ({ "compose.yaml": text });
  const rows: [string, string[], Record<string, string>, string][] = [
    [
      "a missing file",
      ["compose.yml"],
      {},
      "  compose.yml\n    no such file\n    given:   DIR/compose.yml\n    cure:    Name a file, from DIR\n",
    ],
    [
      "a folder",
      ["shop"],
      { "shop/compose.yaml": SHOP },
      "  shop\n    is not a file\n    given:   DIR/shop\n    cure:    Name shop/compose.yaml\n",
    ],
    [
      "nothing named, nothing there",
      [],
      {},
      "  FILE\n    no Compose file is named, and none is here\n    given:   DIR\n    allowed: compose.yaml, compose.yml, docker-compose.yaml, docker-compose.yml\n    cure:    slipway check path/to/compose.yaml\n",
    ],
    [
      "a tab",
      ["compose.yaml"],
      compose("services:\n  web:\n\timage: a\n"),
      "  compose.yaml:3:1\n    is no valid YAML: Tabs are not allowed as indentation\n    cure:    Indent with spaces\n",
    ],
    [
      "a key twice",
      ["compose.yaml"],
      compose("services:\n  web:\n    image: a:1\n    image: b:1\n"),
      "  compose.yaml:4:5\n    is no valid YAML: Map keys must be unique\n    given:   image\n    cure:    Leave one of them\n",
    ],
    [
      "no map",
      ["compose.yaml"],
      compose("- a\n"),
      '  compose.yaml:1:1\n    must be a map with `services`\n    given:   a list\n    cure:    Write services: {web: {image: NAME:TAG, ports: ["80:8080"]}}\n',
    ],
    [
      "an unknown key",
      ["compose.yaml"],
      compose("services:\n  web: { imag: a, image: a:1, ports: ['80:80'] }\n"),
      "  compose.yaml:2:10  services.web.imag\n    unknown key\n",
    ],
    [
      "an unknown role",
      ["compose.yaml"],
      compose(
        "services:\n  web:\n    image: a:1\n    ports: ['80:80']\n    x-slipway: { role: ap }\n",
      ),
      "  compose.yaml:5:18  services.web.x-slipway.role\n    must be one of app, worker, task, accessory\n    given:   ap\n    cure:    Did you mean app?\n",
    ],
    [
      "a bad port",
      ["compose.yaml"],
      compose("services:\n  web:\n    image: a:1\n    ports:\n      - 80:80\n      - 80:http\n"),
      "  compose.yaml:6:9  services.web.ports[1]\n    is no port\n    given:   80:http\n    allowed: ",
    ],
    [
      "services that wait for each other",
      ["compose.yaml"],
      compose(
        "services:\n  a: { image: a:1, ports: ['80:80'], depends_on: [b] }\n  b: { image: b:1, depends_on: [a] }\n",
      ),
      "  compose.yaml:2:38  services.a.depends_on\n    services wait for each other\n    given:   a -> b -> a\n    cure:    Remove one of these depends_on\n",
    ],
    [
      "an unknown stack",
      ["--stack", "stagin"],
      { ...compose(SHOP), "Pulumi.yaml": PROJECT, "Pulumi.staging.yaml": "" },
      "  --stack\n    there is no Pulumi.stagin.yaml\n    given:   stagin\n    allowed: staging\n    cure:    Did you mean staging?\n",
    ],
    [
      "no project",
      ["--stack", "staging"],
      compose(SHOP),
      "  --stack\n    there is no Pulumi.yaml here or above\n    given:   DIR\n    cure:    Run it in the project's folder\n",
    ],
    [
      "a stack file that is no YAML",
      ["--stack", "a"],
      { ...compose(SHOP), "Pulumi.yaml": PROJECT, "Pulumi.a.yaml": "config:\n\tx: 1\n" },
      "  Pulumi.a.yaml:2:1\n    is no valid YAML: Tabs are not allowed as indentation\n",
    ],
    [
      "a typo in the config",
      ["--stack", "a"],
      {
        ...compose(SHOP),
        "Pulumi.yaml": PROJECT,
        "Pulumi.a.yaml": "config:\n  slipway:strategy:\n    retian: 3\n",
      },
      "  Pulumi.a.yaml:3:5  slipway:strategy.retian\n    unknown key\n    allowed: canary, deployTimeout, drainTimeout, idle, retain\n    cure:    Did you mean retain?\n",
    ],
    [
      "a platform of later",
      ["compose.yaml", "--platform", "ecs"],
      compose("services:\n  web: { image: a:1, ports: ['80:80'] }\n"),
      "  --platform\n    is not built yet: all else is told by Docker's rules\n    given:   ecs\n    allowed: docker, kubernetes\n",
    ],
  ];
  test.each(rows)("%s", (_what, argv, files, expected) => {
    const { output, code } = run(check, argv, files);
    expect(faultsIn(output)).toContain(expected);
    expect(output.split("\n").pop()).toMatch(/\d faults?, \d+ warnings?: cannot be deployed to /);
    expect(code).toBe(1);
  });
});

describe("with a stack", () => {
  const files = (stack: string) => ({
    "deploy/compose.yaml": SHOP.replaceAll("./web", "../web"),
    ...WEB,
    "Pulumi.yaml": PROJECT,
    "Pulumi.a.yaml": `config:\n  slipway:compose: deploy/compose.yaml\n${stack}`,
  });
  const secure = (value: string) => `{ secure: "v1:${value}" }`;
  const sealed = `  slipway:key: ${secure("KKKK")}\n  slipway:secrets: { DB_PASSWORD: ${secure("SSSS")} }\n`;

  test("encrypted values are there, and stay sealed", () => {
    const { output, code } = run(check, ["--stack", "a"], files(sealed));
    expect(code).toBe(0);
    expect(output).toMatch(
      /\ndeploy\/compose.yaml: 4 services, 0 faults, \d warnings?: can be deployed to docker as stack a$/,
    );
    expect(output).not.toMatch(/KKKK|SSSS/);
  });

  test("what a stack must set is a fault now, and a warning without a stack", () => {
    const { output, code } = run(check, ["--stack", "a"], files(""));
    expect(code).toBe(1);
    expect(faultsIn(output)).toContain("deploy/compose.yaml:6:44  services.web.environment.DSN\n");
    expect(faultsIn(output)).toContain("DB_PASSWORD is not set: choose one");
    const without = run(check, ["deploy/compose.yaml"], files(""));
    expect(without.output).toContain("DB_PASSWORD is not set: choose one");
    expect(without.code).toBe(0);
  });

  test("names that are encrypted too are not missed", () => {
    const all = `  slipway:key: ${secure("K")}\n  slipway:secrets: ${secure("S")}\n`;
    expect(run(check, ["--stack", "a"], files(all)).code).toBe(0);
  });

  test("plain secrets are refused as in a deploy", () => {
    const { output } = run(
      check,
      ["--stack", "a"],
      files("  slipway:secrets: { DB_PASSWORD: x }\n"),
    );
    expect(faultsIn(output)).toContain("Pulumi.a.yaml:3:22  slipway:secrets.DB_PASSWORD\n");
  });

  test("the command line goes before the stack", () => {
    const more = {
      ...files("  slipway:platform: ecs\n" + sealed),
      "deploy/b.yaml": "services: { x: { image: x:1, expose: [1] } }",
    };
    const refused = run(check, ["--stack", "a"], more);
    expect(faultsIn(refused.output)).toContain(
      "  Pulumi.a.yaml:3:3  slipway:platform\n    is not built yet\n",
    );
    const argv = ["deploy/compose.yaml", "deploy/b.yaml", "--stack", "a", "--platform", "docker"];
    const { output, code } = run(check, argv, more);
    expect(output).toContain("deploy/compose.yaml + deploy/b.yaml: 5 services");
    expect(code).toBe(0);
  });
});

test("--json is one document of a fixed shape", () => {
  const text = "services:\n  web: { image: a:1, ports: ['80:80'] }\n  api: { imag: a }\n";
  const { output, code } = run(check, ["c.yaml", "--json"], { "c.yaml": text });
  const report = JSON.parse(output) as Report;
  expect(code).toBe(1);
  expect(report).toMatchObject({
    format: 1,
    files: ["c.yaml"],
    platform: "docker",
    ok: false,
    services: [{ name: "web", role: "app", health: { kind: "none" }, replicas: 1 }],
    unread: ["api"],
    traffic: { front: "router", rules: [{ url: "http://<host>/", service: "web", port: 80 }] },
    shared: [],
    warnings: [{ path: "services.web", file: "c.yaml", line: 2, column: 3 }],
    faults: [
      { path: "services.api", what: "has neither image nor build", line: 3, column: 3 },
      { path: "services.api.imag", what: "unknown key", cure: "Did you mean image?" },
    ],
  });
});

test("a broken project is JSON too", () => {
  const { output } = run(check, ["--stack", "a", "--json"], {});
  expect(JSON.parse(output)).toMatchObject({
    ok: false,
    services: [],
    faults: [{ path: "--stack" }],
  });
});

describe("as a process", () => {
  const root = join(__dirname, "../../..");
  const bin = join(root, "bin/slipway.js");
  /** Runs a line as `slipway check` would begin, and hands back what it printed as JSON. */
  const inProcess = (line: string): any => {
    const argv = ["-r", "./loader.js", "-e", `process.stdout.write(JSON.stringify(${line}))`];
    return JSON.parse(execFileSync(process.execPath, argv, { cwd: root, encoding: "utf8" }));
  };

  test("it looks where the user is, ends with 1 after a fault, and is plain where no terminal is", () => {
    const directory = folder({ "compose.yaml": "services:\n  web:\n    imag: a\n" });
    const env = { ...process.env, INIT_CWD: undefined, CI: "true" };
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "check"], {
      cwd: directory,
      env,
      encoding: "utf8",
    });
    rmSync(directory, { recursive: true });
    expect(status).toBe(1);
    expect(stderr).toBe("");
    expect(stdout).toContain("  compose.yaml:3:5  services.web.imag\n    unknown key\n");
    expect(stdout).toMatch(
      /\ncompose.yaml: 1 service, \d faults, 0 warnings: cannot be deployed to docker\n$/,
    );
    expect(stdout).not.toMatch(/\u001b|\n +at /);
  });

  test("it loads neither SDKs nor an engine's client", () => {
    const loaded: string[] = inProcess(
      "(require('./cli/check.ts'), require('./cli/config.ts'), Object.keys(require.cache))",
    );
    const libraries = loaded.flatMap(
      (file) => /node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
    );
    expect([...new Set(libraries)].sort()).toEqual(
      expect.arrayContaining(["commander", "yaml", "zod"]),
    );
    expect(libraries.filter((name) => /pulumi|dockerode|grpc|typescript/.test(name))).toEqual([]);
  });

  test("50 services take less than 1.5 s of the processor", () => {
    const services = Array.from(
      { length: 50 },
      (_, i) => `  s${i}: { image: "a:1", ports: ["${8000 + i}:80"] }`,
    );
    const directory = folder({ "compose.yaml": `services:\n${services.join("\n")}\n` });
    const around = `{cwd: ${JSON.stringify(directory)}, environment: {}, colours: require("picocolors")}`;
    const { code, used } = inProcess(
      `{code: require('./cli/check.ts').check([], ${around}).code, used: process.cpuUsage()}`,
    );
    rmSync(directory, { recursive: true });
    expect(code).toBe(0);
    expect((used.user + used.system) / 1e6).toBeLessThan(1.5);
  });
});
