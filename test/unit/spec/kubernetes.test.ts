import { compose, faults, load, type Described } from "../../helpers/spec";

type Row = [what: string, text: object, fault: string, config?: Record<string, unknown>];

const on = (config: Record<string, unknown> = {}): Described => ({
  config: { platform: "kubernetes", ...config },
});
const slipway = { role: "worker" };
const cluster = (settings: object) => ({ kubernetes: settings });
const files = { Dockerfile: "FROM scratch" };
const built = compose({ image: null, build: "." });

function refused(rows: Row[]): void {
  test.each(rows)("%s", (_what, text, fault, config = {}) => {
    expect(faults(text, { ...on(config), files })).toEqual([expect.stringContaining(fault)]);
  });
}

describe("refused on Kubernetes", () => {
  refused([
    ["builds without a registry", built, "slipway:registry: is needed to build api"],
    ["builds that stay here", built, "given: none", { registry: "none" }],
    ["ours on a host", built, "slipway:registry: is on a Docker host", { registry: "host" }],
    [
      "https at the edge",
      compose(),
      "slipway:tls: is for the edge of a Docker host",
      { tls: true, domain: "a.test" },
    ],
    ["maintenance", compose(), "slipway:maintenance: is not there on", { maintenance: "soon" }],
    [
      "a dump before a deploy",
      compose(),
      "slipway:backup.beforeDeploy: is not there on Kubernetes yet",
      { backup: { beforeDeploy: true } },
    ],
    [
      "a trial of images",
      built,
      "slipway:builds.verify: is not there on Kubernetes yet",
      { builds: { verify: true }, registry: { server: "registry.test/shop" } },
    ],
    [
      "a port of a Service that has none",
      compose(),
      "slipway:kubernetes.nodePort: has no effect on a Service of type ClusterIP",
      cluster({ nodePort: 30080 }),
    ],
    [
      "a certificate for no name",
      compose(),
      "slipway:kubernetes.ingress.tlsSecret: is for names",
      cluster({ ingress: { tlsSecret: "shop-tls" } }),
    ],
    [
      "an Ingress and a Gateway",
      compose(),
      "slipway:kubernetes.gateway: takes the place of an Ingress",
      cluster({ ingress: {}, gateway: { name: "public" } }),
    ],
    [
      "a canary without a Gateway",
      compose(),
      "slipway:strategy.canary: needs a Gateway",
      { strategy: { canary: [{ weight: 10, pause: 5 }] } },
    ],
    ["devices", compose({ devices: ["/dev/dri"] }), "services.api.devices: is not supported on"],
    ["a runtime", compose({ runtime: "sysbox" }), "services.api.runtime: is not supported on"],
    ["a cpuset", compose({ cpuset: "0" }), "services.api.cpuset: is not supported on Kubernetes"],
    ["a user's name", compose({ user: "app" }), "services.api.user: must be numbers"],
    ["a group's name", compose({ group_add: ["video"] }), "services.api.group_add: must be numb"],
    [
      "AppArmor",
      compose({ security_opt: ["apparmor:mine"] }),
      "services.api.security_opt: is not supported on Kubernetes",
    ],
    ["all GPUs", compose({ gpus: "all" }), "services.api.gpus: must be a number"],
    [
      "the host's address",
      compose({ extra_hosts: ["host.docker.internal:host-gateway"] }),
      "services.api.extra_hosts: host.docker.internal must be an address",
    ],
    ["a variable", compose({ environment: ["A B=1"] }), "services.api.environment.A B: is no name"],
    ["a label", compose({ labels: { "a[0]": "1" } }), "services.api.labels.a[0]: cannot become"],
    [
      "a reservation above the limit",
      compose({
        deploy: { resources: { limits: { memory: "64m" }, reservations: { memory: "1g" } } },
      }),
      "services.api.deploy.resources.reservations.memory: is more than the limit",
    ],
  ]);
});

describe("names that would be one object", () => {
  const image = "a:1";
  refused([
    [
      "two services",
      compose({}, { a_b: { image }, "a-b": { image } }),
      "services.a_b: would be the same workload as services.a-b (given: a-b-blue",
    ],
    [
      "an accessory and the application",
      compose({}, { shop: { image: "postgres:16" } }),
      "services.shop: would be the same Service as slipway:name",
    ],
    [
      "an app's slot and a worker",
      compose({}, { "api-green": { image, "x-slipway": slipway } }),
      "services.api-green: would be the same workload as services.api (given: api-green",
    ],
    [
      "a release command and an app",
      compose(
        { "x-slipway": { release: "migrate" } },
        { "api-release": { image, "x-slipway": { role: "app" } } },
      ),
      "services.api-release: would be the same workload as services.api",
    ],
    [
      "two volumes",
      compose(
        {},
        { db: { image: "postgres:16", volumes: ["a_b:/a", "a-b:/b"] } },
        {
          volumes: { a_b: null, "a-b": null },
        },
      ),
      "volumes.a_b: would be the same claim as volumes.a-b",
    ],
    ["a digit", compose({}, { "3d": { image } }), "services.3d: the name of a Service begins"],
  ]);
  test("a service like its application, and a worker like a claim, are two", () => {
    const worker = { image, "x-slipway": slipway, volumes: ["jobs:/jobs"] };
    const top = { volumes: { jobs: null } };
    expect(faults(compose({}, { shop: { image }, jobs: worker }, top), on())).toEqual([]);
  });
});

describe("warned about on Kubernetes", () => {
  const warning = (text: object, config: Record<string, unknown> = {}) =>
    load(text, on(config)).spec.warnings;
  test.each<[string, object, string, Record<string, unknown>?]>([
    ["logging", compose({ logging: { driver: "syslog" } }), "logging: not used: the platform"],
    ["ulimits", compose({ ulimits: { nofile: 1024 } }), "ulimits: not used: they are the node's"],
    ["swap", compose({ mem_limit: "64m", memswap_limit: "1g" }), "memswap_limit: not used: no"],
    ["ipc", compose({ ipc: "shareable" }), "services.api.ipc: not used: each pod has its own"],
    ["storage_opt", compose({ storage_opt: { size: "1g" } }), "storage_opt: not used: neither"],
    ["global", compose({ deploy: { mode: "global" } }), "deploy.mode: one pod, not one on each"],
    ["a sysctl", compose({ sysctls: { "net.core.somaxconn": 1 } }), "somaxconn: nodes refuse"],
    [
      "an app's volume",
      compose(
        { build: ".", image: null, volumes: ["data:/data"] },
        {},
        { volumes: { data: null } },
      ),
      "services.api.volumes: both slots mount it at once",
      { registry: { server: "registry.test/shop" } },
    ],
    [
      "a port of an accessory",
      compose({}, { db: { image: "postgres:16", ports: ["5432:5432"] } }),
      "services.db.ports[0]: port 5432 of an accessory is not published on Kubernetes",
    ],
    [
      "an app without a port",
      compose({ depends_on: ["search"] }, { search: { image: "s:1" } }),
      "services.search: no port of it is known, so api cannot reach it: declare it under expose",
    ],
    [
      "an Ingress for one of two ports",
      compose({ ports: ["8000:8000", "9000:9000"] }),
      "slipway:kubernetes.ingress: leads to port 8000 alone",
      cluster({ ingress: {} }),
    ],
  ])("%s", (_what, text, expected, config = {}) => {
    const described = { ...on(config), files };
    expect(load(text, described).spec.warnings).toContainEqual(expect.stringContaining(expected));
  });
  test("nothing about a plain application", () => {
    const health = { path: "/", port: 8000 };
    const text = compose({ "x-slipway": { health } }, { db: { image: "postgres:16" } });
    expect(warning(text)).toEqual([]);
  });
});

test("what a pod requests", () => {
  const reservations = { cpus: "0.25", memory: "64m" };
  const text = compose({ deploy: { resources: { limits: { cpus: "1" }, reservations } } });
  expect(load(text, on()).spec.services[0]).toMatchObject({
    resources: { cpus: 1 },
    requests: { cpus: 0.25, memory: 64 },
  });
  expect(load(text).spec.services[0]).not.toHaveProperty("requests");
});

test("files on a read-only root: not on Docker, for it puts them there by itself", () => {
  const text = compose(
    { read_only: true, configs: ["c"] },
    {},
    { configs: { c: { content: "x" } } },
  );
  expect(faults(text)).toEqual([expect.stringContaining("services.api.read_only")]);
  expect(faults(text, on())).toEqual([]);
});

test("all faults at once", () => {
  const text = compose({ user: "app", devices: ["/dev/dri"], image: null, build: "." });
  expect(faults(text, { ...on(cluster({ nodePort: 30080 })), files })).toHaveLength(4);
});
