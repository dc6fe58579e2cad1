import { chmodSync } from "node:fs";

import { loadApplication } from "../../../spec/load";
import { compose, folder, KEY, load } from "../../helpers/spec";

const serviceOf = (api: object, topLevel: object = {}, described: object = {}) =>
  load(compose({ "x-slipway": { role: "app" }, ...api }, {}, topLevel), described).spec.services[0];

test.each<[string, object, object]>([
  ["command as a line", { command: "npm run 'my start'" }, { command: ["npm", "run", "my start"] }],
  ["command as a list", { command: ["npm", "run"] }, { command: ["npm", "run"] }],
  ["entrypoint as a line", { entrypoint: "/bin/x -a" }, { entrypoint: ["/bin/x", "-a"] }],
  ["entrypoint as a list", { entrypoint: ["/bin/x"] }, { entrypoint: ["/bin/x"] }],
  ["an empty entrypoint", { entrypoint: "" }, { entrypoint: [] }],
  [
    "environment as a map",
    { environment: { B: 1, A: true } },
    { environment: { A: "true", B: "1" } },
  ],
  ["environment as a list", { environment: ["B=x=y", "A="] }, { environment: { A: "", B: "x=y" } }],
  ["user", { user: 1000 }, { user: "1000" }],
  ["working_dir", { working_dir: "/app" }, { workingDir: "/app" }],
  ["hostname", { hostname: "h" }, { hostname: "h" }],
  ["init", { init: true }, { init: true }],
  ["read_only", { read_only: true }, { readOnly: true }],
  ["privileged", { privileged: true }, { privileged: true }],
  ["cap_add", { cap_add: ["B", "A"] }, { capAdd: ["A", "B"] }],
  ["cap_drop", { cap_drop: ["ALL"] }, { capDrop: ["ALL"] }],
  [
    "extra_hosts",
    { extra_hosts: ["a:1.2.3.4", "b=::1"] },
    {
      extraHosts: [
        { host: "a", ip: "1.2.3.4" },
        { host: "b", ip: "::1" },
      ],
    },
  ],
  [
    "extra_hosts as a map",
    { extra_hosts: { a: "1.2.3.4" } },
    { extraHosts: [{ host: "a", ip: "1.2.3.4" }] },
  ],
  ["shm_size", { shm_size: "64m" }, { shmSize: 67108864 }],
  [
    "sysctls",
    { sysctls: ["net.core.somaxconn=1024"] },
    { sysctls: { "net.core.somaxconn": "1024" } },
  ],
  ["sysctls as a map", { sysctls: { a: 1 } }, { sysctls: { a: "1" } }],
  [
    "ulimits",
    { ulimits: { nproc: 10, nofile: { soft: 1, hard: 2 } } },
    {
      ulimits: [
        { name: "nofile", soft: 1, hard: 2 },
        { name: "nproc", soft: 10, hard: 10 },
      ],
    },
  ],
  ["labels", { labels: ["b=2", "a=1"] }, { labels: { a: "1", b: "2" } }],
  ["stop_grace_period", { stop_grace_period: "1m" }, { stopGracePeriod: 60 }],
  ["stop_signal", { stop_signal: "SIGINT" }, { stopSignal: "SIGINT" }],
  ["tmpfs as a text", { tmpfs: "/run" }, { tmpfs: ["/run"] }],
  ["tmpfs as a list", { tmpfs: ["/b", "/a"] }, { tmpfs: ["/a", "/b"] }],
  ["tmpfs as a volume", { volumes: [{ type: "tmpfs", target: "/t" }] }, { tmpfs: ["/t"] }],
  ["tmpfs with options", { tmpfs: ["/a:size=1m,mode=700"] }, { tmpfs: ["/a:size=1m,mode=700"] }],
  [
    "tmpfs as a volume with options",
    { volumes: [{ type: "tmpfs", target: "/t", tmpfs: { size: "1m", mode: "0700" } }] },
    { tmpfs: ["/t:size=1048576,mode=0700"] },
  ],
  ["a domain name", { domainname: "a.b" }, { domainname: "a.b" }],
  [
    "dns",
    { dns: "1.1.1.1", dns_search: ["a.b"], dns_opt: ["use-vc"] },
    { dns: ["1.1.1.1"], dnsSearch: ["a.b"], dnsOptions: ["use-vc"] },
  ],
  ["groups", { group_add: ["www", 33] }, { groupAdd: ["33", "www"] }],
  [
    "security_opt",
    { security_opt: ["no-new-privileges:true"] },
    { securityOpt: ["no-new-privileges:true"] },
  ],
  [
    "devices",
    { devices: ["/dev/a:/dev/b:r", { source: "/dev/c" }] },
    {
      devices: [
        { host: "/dev/a", container: "/dev/b", permissions: "r" },
        { host: "/dev/c", container: "/dev/c", permissions: "rwm" },
      ],
    },
  ],
  ["all GPUs", { gpus: "all" }, { gpus: "all" }],
  ["some GPUs", { gpus: [{ driver: "nvidia", count: 2 }] }, { gpus: "2" }],
  [
    "GPUs as a reservation",
    {
      deploy: {
        resources: {
          reservations: { devices: [{ capabilities: ["gpu"], device_ids: ["0", "2"] }] },
        },
      },
    },
    { gpus: "device=0,2" },
  ],
  ["runtime and ipc", { runtime: "runc", ipc: "private" }, { runtime: "runc", ipc: "private" }],
  [
    "shares and sets of processors",
    { cpu_shares: 512, cpuset: "0,1" },
    { cpuShares: 512, cpuset: "0,1" },
  ],
  ["swap", { mem_limit: "1g", memswap_limit: "2g" }, { memorySwap: 2048 }],
  ["swap without limit", { mem_limit: "1g", memswap_limit: -1 }, { memorySwap: -1 }],
  ["storage_opt", { storage_opt: { size: "1G" } }, { storageOpt: { size: "1G" } }],
  ["a terminal", { tty: true, stdin_open: true }, { tty: true, stdinOpen: true }],
  [
    "logging",
    { logging: { driver: "syslog", options: { "syslog-address": "udp://a:1", tag: 1 } } },
    { logging: { driver: "syslog", options: { "syslog-address": "udp://a:1", tag: "1" } } },
  ],
  [
    "several addresses of one name",
    { extra_hosts: { a: ["1.1.1.1", "::1"] } },
    {
      extraHosts: [
        { host: "a", ip: "1.1.1.1" },
        { host: "a", ip: "::1" },
      ],
    },
  ],
  [
    "a range of ports",
    { ports: ["9000-9001:90-91"] },
    {
      ports: [
        { container: 90, host: 9000, protocol: "tcp" },
        { container: 91, host: 9001, protocol: "tcp" },
      ],
    },
  ],
  ["a range in expose", { expose: ["9000-9001"] }, { expose: [8000, 9000, 9001] }],
  ["global", { deploy: { mode: "global", replicas: 3 } }, { replicas: 1 }],
  ["expose", { expose: [9000, "9001/tcp"] }, { expose: [8000, 9000, 9001] }],
  [
    "short ports",
    { ports: ["127.0.0.1:80:8080", "9000"] },
    {
      ports: [
        { container: 8080, host: 80, protocol: "tcp" },
        { container: 9000, protocol: "tcp" },
      ],
    },
  ],
  ["a number as a port", { ports: [9000] }, { ports: [{ container: 9000, protocol: "tcp" }] }],
  [
    "long ports",
    { ports: [{ target: 80, published: "8080", protocol: "tcp" }] },
    {
      ports: [{ container: 80, host: 8080, protocol: "tcp" }],
    },
  ],
  [
    "limits",
    { deploy: { replicas: 2, resources: { limits: { cpus: "0.5", memory: "128M" } } } },
    {
      replicas: 2,
      resources: { cpus: 0.5, memory: 128 },
    },
  ],
  [
    "old limits",
    { scale: 2, cpus: 1.5, mem_limit: "1g" },
    {
      replicas: 2,
      resources: { cpus: 1.5, memory: 1024 },
    },
  ],
  [
    "release as a line",
    { "x-slipway": { release: "migrate --all" } },
    { release: ["migrate", "--all"] },
  ],
  ["release as a list", { "x-slipway": { release: ["migrate"] } }, { release: ["migrate"] }],
  [
    "smoke",
    { "x-slipway": { smoke: [{ path: "/a", contains: "b", maxLatency: 9 }] } },
    {
      smoke: [{ path: "/a", port: 8000, status: 200, contains: "b", maxLatency: 9 }],
    },
  ],
])("%s", (_what, api, expected) => expect(serviceOf(api)).toMatchObject(expected));

test("networks with aliases, internal ones", () => {
  const networks = { back: { aliases: ["b", "a"] }, default: null };
  const { spec } = load(compose({ networks }, {}, { networks: { back: { internal: true } } }));
  expect(spec.services[0].networks).toEqual([
    { name: "back", aliases: ["a", "b"] },
    { name: "default", aliases: [] },
  ]);
  expect(spec.networks).toEqual([
    { name: "back", internal: true },
    { name: "default", internal: false },
  ]);
});

test("networks as a list", () => {
  expect(serviceOf({ networks: ["a"] }, { networks: { a: null } }).networks).toEqual([
    { name: "a", aliases: [] },
  ]);
});

test("dependencies as a list and as a map", () => {
  const others = {
    db: { image: "postgres:16", healthcheck: { test: "true" } },
    init: { image: "a:1" },
  };
  const of = (depends_on: object) =>
    load(compose({ depends_on }, others)).spec.services[0].dependsOn;
  expect(of(["db"])).toEqual([{ service: "db", condition: "started" }]);
  const init = { condition: "service_completed_successfully" };
  expect(of({ init, db: { condition: "service_healthy" } })).toEqual([
    { service: "db", condition: "healthy" },
    { service: "init", condition: "completed" },
  ]);
  expect(of({ nobody: { condition: "service_started", required: false } })).toEqual([]);
});

test("links are dependencies", () => {
  const { spec } = load(compose({ links: ["db", "db:db"] }, { db: { image: "postgres:16" } }));
  expect(spec.services[0].dependsOn).toEqual([{ service: "db", condition: "started" }]);
});

test("a restart policy makes a task as restart does", () => {
  const once = { image: "a:1", deploy: { restart_policy: { condition: "none" } } };
  expect(load(compose({}, { once })).spec.services[1].role).toBe("task");
});

test("labels from a file", () => {
  const files = { "a.labels": "a=1\nb=2" };
  const labels = serviceOf({ label_file: "a.labels", labels: { b: 3 } }, {}, { files }).labels;
  expect(labels).toEqual({ a: "1", b: "3" });
});

describe("env files", () => {
  test("format raw takes each line as it is", () => {
    const env_file = [{ path: "raw.env", format: "raw" }];
    const raw = { "raw.env": "# no\nA='$B' # c\nC=\n" };
    expect(serviceOf({ env_file }, {}, { files: raw }).environment).toEqual({
      A: "'$B' # c",
      C: "",
    });
  });

  const files = { "a.env": "A=1\nB=1", "b.env": "B=${V:-2}\nC" };

  test("later files go before earlier ones, environment before all", () => {
    const api = { env_file: ["a.env", "b.env"], environment: { C: "mine" } };
    expect(serviceOf(api, {}, { files }).environment).toEqual({ A: "1", B: "2", C: "mine" });
  });

  test("one that is not required may be missing", () => {
    const env_file = [{ path: "no.env", required: false }, { path: "a.env" }];
    expect(serviceOf({ env_file }, {}, { files }).environment).toEqual({ A: "1", B: "1" });
  });

  test("a name alone takes its value from the environment", () => {
    const described = { files, environment: { C: "outside" } };
    expect(serviceOf({ env_file: "b.env" }, {}, described).environment.C).toBe("outside");
  });
});

describe("mounts", () => {
  test("a named volume, short and long", () => {
    const volumes = [
      "data:/b:ro",
      { type: "volume", source: "data", target: "/a", read_only: false },
    ];
    expect(serviceOf({ volumes }, { volumes: { data: null } }).volumes).toEqual([
      { volume: "data", path: "/a", readOnly: false },
      { volume: "data", path: "/b", readOnly: true },
    ]);
  });

  test("a file that is mounted read-only travels with its content", () => {
    const files = { "nginx.conf": "server {}" };
    const file = { path: "/etc/nginx.conf", content: "server {}", mode: "0444" };
    expect(
      serviceOf({ volumes: ["./nginx.conf:/etc/nginx.conf:ro"] }, {}, { files }).files,
    ).toEqual([file]);
    const long = {
      type: "bind",
      source: "./nginx.conf",
      target: "/etc/nginx.conf",
      read_only: true,
    };
    expect(serviceOf({ volumes: [long] }, {}, { files }).files).toEqual([file]);
  });

  test("an executable file stays executable", () => {
    const directory = folder({
      "compose.yaml": JSON.stringify(compose({ volumes: ["./run.sh:/run.sh:ro"] })),
      "run.sh": "#!/bin/sh\n",
    });
    chmodSync(`${directory}/run.sh`, 0o755);
    const config = { all: { "slipway:name": "shop" }, isSecret: () => false };
    const { spec } = loadApplication({ directory, stack: "test", config, environment: {} });
    expect(spec.services[0].files[0].mode).toBe("0555");
  });

  test("configs: content with variables, file, environment, long form", () => {
    const configs = {
      text: { content: "v=${V}" },
      file: { file: "./a.txt" },
      variable: { environment: "V" },
    };
    const api = { configs: ["text", { source: "file", target: "/a", mode: "0440" }, "variable"] };
    const described = { files: { "a.txt": "from file" }, environment: { V: "1" } };
    expect(serviceOf(api, { configs }, described).files).toEqual([
      { path: "/a", content: "from file", mode: "0440" },
      { path: "/text", content: "v=1", mode: "0444" },
      { path: "/variable", content: "1", mode: "0444" },
    ]);
  });

  test("an octal mode in YAML", () => {
    const text = `
services:
  api: {image: "a:1", ports: [8000], configs: [{source: c, mode: 0440}]}
configs: {c: {content: x}}`;
    expect(load(text).spec.services[0].files[0].mode).toBe("0440");
  });

  test("secrets are mounted by name, wherever their value comes from", () => {
    const secrets = {
      STACK: { external: true },
      named: { external: true, name: "STACK" },
      file: { file: "./password" },
      variable: { environment: "V" },
      shadowed: { file: "./missing" },
    };
    const described = {
      files: { password: "from-file" },
      environment: { V: "from-env" },
      config: { key: KEY, secrets: { STACK: "from-stack", shadowed: "from-stack" } },
    };
    const api = { secrets: Object.keys(secrets) };
    const loaded = load(compose(api, {}, { secrets }), described);
    const mounted = (path: string, secret: string) => ({
      path: `/run/secrets/${path}`,
      content: { parts: [{ secret }] },
      mode: "0444",
    });
    expect(loaded.spec.services[0].files).toEqual([
      mounted("STACK", "STACK"),
      mounted("file", "file"),
      mounted("named", "STACK"),
      mounted("shadowed", "shadowed"),
      mounted("variable", "variable"),
    ]);
    expect(loaded.secrets).toEqual({
      STACK: "from-stack",
      shadowed: "from-stack",
      file: "from-file",
      variable: "from-env",
    });
    expect(JSON.stringify(loaded.spec)).not.toMatch(/from-(file|env|stack)/);
  });

  test("a secret inside the content of a config", () => {
    const configs = { c: { content: "password=${P}" } };
    const described = { config: { key: KEY, secrets: { P: "x" } } };
    expect(serviceOf({ configs: ["c"] }, { configs }, described).files[0].content).toEqual({
      parts: ["password=", { secret: "P" }],
    });
  });
});

test.each<[string, object, string]>([
  ["container_name", { container_name: "xx" }, "services.api.container_name: not used"],
  ["logging", { logging: { driver: "none" } }, "services.api.logging: errors cannot quote"],
  ["annotations", { annotations: { a: "b" } }, "services.api.annotations: not used"],
  ["platform", { platform: "linux/arm64" }, "services.api.platform: not used"],
  ["a restart that is not kept to", { restart: "on-failure" }, "services.api.restart: not used"],
  [
    "labels for another proxy",
    { labels: ["traefik.http.routers.a.rule=b"] },
    "sends requests to both slots",
  ],
  [
    "a profile that takes protection away",
    { security_opt: ["seccomp:unconfined"] },
    "takes a protection",
  ],
  [
    "a device of an app",
    { devices: ["/dev/fuse"] },
    "services.api.devices: both slots hold it at once",
  ],
  ["GPUs of an app", { gpus: "all" }, "services.api.gpus: both slots hold them at once"],
  ["mem_reservation", { mem_reservation: "1g" }, "services.api.mem_reservation: not used"],
  ["links", { links: ["db"] }, "services.api.links[0]: not needed"],
  [
    "update_config",
    { deploy: { update_config: {} } },
    "services.api.deploy.update_config: not used",
  ],
  [
    "reservations",
    { deploy: { resources: { reservations: { cpus: "1" } } } },
    "reservations.cpus: not used",
  ],
  ["privileged", { privileged: true }, "services.api.privileged: the container can do anything"],
  [
    "a slow check",
    { healthcheck: { test: "true", interval: "30s" } },
    "the first check comes after 30 s",
  ],
  ["no check", {}, "services.api: no health check"],
  ["an address", { ports: ["127.0.0.1:80:80"] }, "slipway:docker.bind decides"],
  [
    "a variable without value",
    { environment: { A: null } },
    "services.api.environment.A: is not set",
  ],
  ["a password in plain text", { environment: { DB_PASSWORD: "x" } }, "is kept in plain text"],
  ["a password in an address", { environment: { U: "db://a:b@c/d" } }, "is kept in plain text"],
  ["image beside build", { build: "." }, "services.api.image: does not name the build"],
  [
    "start_interval",
    { healthcheck: { test: "true", start_interval: "1s" } },
    "start_interval: not used",
  ],
])("warned about: %s", (_what, api, warning) => {
  const { spec } = load(compose(api, { db: { image: "postgres:16" } }), {
    files: { Dockerfile: "FROM scratch" },
  });
  expect(spec.warnings.join("\n")).toContain(warning);
});

test("warned about: a volume of an app, a port of an accessory, names that are not used", () => {
  const db = { image: "postgres:16", ports: ["5432:5432"] };
  const api = { volumes: ["data:/data"], "x-slipway": { role: "app" }, networks: ["n"] };
  const topLevel = { volumes: { data: { name: "x" } }, networks: { n: { name: "y" } } };
  const said = load(compose(api, { db }, topLevel)).spec.warnings.join("\n");
  expect(said).toContain("services.api: volume data is attached to both slots");
  expect(said).toContain(
    "services.db.ports[0]: port 5432 of an accessory is published on 127.0.0.1",
  );
  expect(said).toContain("volumes.data.name: not used");
  expect(said).toContain("networks.n.name: not used");
});

describe("the example helloagents", () => {
  const directory = `${__dirname}/../../../examples/helloagents`;
  const all = {
    "slipway:key": KEY,
    "slipway:secrets": JSON.stringify({ POSTGRES_PASSWORD: "x", ANTHROPIC_API_KEY: "y" }),
  };
  const config = { all, isSecret: (key: string) => /secrets|key/.test(key) };
  const loaded = () => loadApplication({ directory, stack: "test", config, environment: {} });

  test("has its roles, routes and secrets", () => {
    const { spec } = loaded();
    expect(spec.name).toBe("helloagents");
    expect(Object.fromEntries(spec.services.map(({ name, role }) => [name, role]))).toEqual({
      backend: "app",
      cache: "accessory",
      db: "accessory",
      frontend: "app",
    });
    expect(spec.ingress.map(({ service, port }) => [service, port])).toContainEqual([
      "frontend",
      80,
    ]);
    expect(Object.keys(spec.secrets)).toEqual(["ANTHROPIC_API_KEY", "POSTGRES_PASSWORD"]);
  });

  test("is plain data: JSON gives back what it got, the same each time", () => {
    const { spec } = loaded();
    expect(JSON.parse(JSON.stringify(spec))).toStrictEqual(spec);
    expect(JSON.stringify(loaded().spec)).toBe(JSON.stringify(spec));
  });
});
