import { formatFault, UserFaults } from "../../../spec/fault";
import { compose, faults, KEY, type Described } from "../../helpers/spec";

type Row = [what: string, text: string | object, fault: string, described?: Described];

const task = { image: "t:1", restart: "no" };
const worker = { image: "w:1", "x-slipway": { role: "worker" } };
const db = { image: "postgres:16" };
const slipway = (extension: object) => compose({ "x-slipway": extension });
const build = (keys: object) => compose({ image: null, build: keys });
const context = { files: { Dockerfile: "FROM scratch", "big.txt": "x".repeat(300 * 1024) } };

/** The file is refused with a fault that begins so, and with no other. */
function refused(rows: Row[]): void {
  test.each(rows)("%s", (_what, text, fault, described = {}) => {
    const found = faults(text, described);
    expect(found).toEqual([expect.stringContaining(fault)]);
    expect(found[0].startsWith(fault.split(": ")[0])).toBe(true);
  });
}

describe("config", () => {
  const config = (settings: Record<string, unknown>, rest: Described = {}): [object, Described] => [
    compose(),
    { ...rest, config: settings },
  ];
  const row = (
    what: string,
    fault: string,
    settings: Record<string, unknown>,
    rest?: Described,
  ): Row => {
    const [text, described] = config(settings, rest);
    return [what, text, fault, described];
  };
  refused([
    row("an unknown key", "slipway:stratgy: unknown key", { stratgy: {} }),
    row("an unknown key in a structure", "slipway:strategy.retian: unknown key", {
      strategy: { retian: 1 },
    }),
    row("an unknown key of a service", "slipway:services.api.replica: unknown key", {
      services: { api: { replica: 2 } },
    }),
    row("monitoring", "slipway:monitoring: comes with a later version", { monitoring: {} }),
    row("ecs settings", "slipway:ecs: comes with a later version", { ecs: {} }),
    row("ecs", "slipway:platform: is not built yet", { platform: "ecs" }),
    row("a canary on Docker", "slipway:strategy.canary: is for Kubernetes with a Gateway", {
      strategy: { canary: [{ weight: 10, pause: 1 }] },
    }),
    row("canary steps that fall", "slipway:strategy.canary: must rise", {
      strategy: {
        canary: [
          { weight: 20, pause: 1 },
          { weight: 10, pause: 1 },
        ],
      },
    }),
    row("another platform", "slipway:platform: must be one of docker, kubernetes, ecs", {
      platform: "vm",
    }),
    row("a name", "slipway:name: must be a name", { name: "My App" }),
    row("a long name", "slipway:name: must be a name", { name: "a".repeat(32) }),
    row("compose", "slipway:compose: must be a path or a list of paths", { compose: { a: 1 } }),
    row("no such file", "slipway:compose: no such file", { compose: "nothing.yaml" }),
    row("profiles", "slipway:profiles: must be a list of profiles", { profiles: "a" }),
    row("version", "slipway:version: must be a version", { version: "a b" }),
    row("a version's place", "slipway:version.from: must be a place that has a version: git, or", {
      version: { from: "setup.cfg" },
    }),
    row("a version's map", "slipway:version: must be a version in quotes", {
      version: { of: "a" },
    }),
    row("a version as a number", "slipway:services.api.version: must be a version in quotes", {
      services: { api: { version: 1.1 } },
    }),
    row("release", "slipway:release: must be a release id or a version", { release: "a b" }),
    row("force", "slipway:force: must be a release id", { force: "1.0" }),
    row("adopt", "slipway:adopt: must not be empty", { adopt: "" }),
    row("maintenance", "slipway:maintenance: must not be empty", { maintenance: "" }),
    row("maintenance as a switch", "slipway:maintenance: must be the message that clients get", {
      maintenance: "false",
    }),
    row("an image", "slipway:images.api: must be an image reference", { images: { api: "A b" } }),
    row("an image of nothing", "slipway:images.web: is no service", { images: { web: "web:1" } }),
    row("a mirror", "slipway:mirrors.nginx: must be an image reference", {
      mirrors: { nginx: "" },
    }),
    row("a service of nothing", "slipway:services.web: is no service", { services: { web: {} } }),
    row("replicas 0", "slipway:services.api.replicas: must be a whole number from 1", {
      services: { api: { replicas: 0 } },
    }),
    row("replicas 1.5", "slipway:services.api.replicas: must be a whole number from 1", {
      services: { api: { replicas: 1.5 } },
    }),
    row("env", "slipway:services.api.env: must be a map", { services: { api: { env: [] } } }),
    row("a value of env", "slipway:services.api.env.A: must be a text", {
      services: { api: { env: { A: [] } } },
    }),
    row("a variable of env", 'slipway:services.api.env.A: "${" is no variable', {
      services: { api: { env: { A: "${" } } },
    }),
    row("cpus", "slipway:services.api.resources.cpus: must be a number", {
      services: { api: { resources: { cpus: "many" } } },
    }),
    row("no cpus", "slipway:services.api.resources.cpus: must be a number", {
      services: { api: { resources: { cpus: 0 } } },
    }),
    row(
      "memory without a unit",
      "slipway:services.api.resources.memory: must be a size with its unit",
      {
        services: { api: { resources: { memory: "512" } } },
      },
    ),
    row("backup.keep", "slipway:backup.keep: must be a whole number from 1 to 1000", {
      backup: { keep: 0 },
    }),
    row("backup.beforeDeploy", "slipway:backup.beforeDeploy: must be true or false", {
      backup: { beforeDeploy: "daily" },
    }),
    row("retain", "slipway:strategy.retain: must be a whole number from 1 to 100", {
      strategy: { retain: 0 },
    }),
    row("deployTimeout", "slipway:strategy.deployTimeout: must be a whole number from 1", {
      strategy: { deployTimeout: "soon" },
    }),
    row("drainTimeout", "slipway:strategy.drainTimeout: must be a whole number from 0", {
      strategy: { drainTimeout: -1 },
    }),
    row("strategy as a text", "slipway:strategy: has the wrong form", { strategy: "fast" }),
    row("docker.host", "slipway:docker.host: must be the address of an engine", {
      docker: { host: "x" },
    }),
    row("another machine by tcp", "slipway:docker.host: names another machine by tcp://", {
      docker: { host: "tcp://10.0.0.1:2376" },
    }),
    row("docker.bind", "slipway:docker.bind: must be an IP address", { docker: { bind: "eth0" } }),
    row("docker.ports", "slipway:docker.ports: must be a list of ports", { docker: { ports: 80 } }),
    row("a port", "slipway:docker.ports[0]: must be a whole number from 1 to 65535", {
      docker: { ports: [0] },
    }),
    row("proxyImage", "slipway:docker.proxyImage: must be an image", {
      docker: { proxyImage: "A" },
    }),
    row("routerImage", "slipway:docker.routerImage: must be an image", {
      docker: { routerImage: "A" },
    }),
    row(
      "secrets in plain text",
      "slipway:secrets: holds values in plain text",
      { secrets: { A: "1" } },
      {
        secretKeys: [],
      },
    ),
    row(
      "one secret in plain text",
      "slipway:secrets.A: is kept in plain text",
      { secrets: { A: "1", B: "2" } },
      {
        files: { "Pulumi.test.yaml": "config: {slipway:secrets: {A: plain, B: {secure: v1:x}}}" },
      },
    ),
    row(
      "the key in plain text",
      "slipway:key: is kept in plain text",
      { key: KEY },
      { secretKeys: [] },
    ),
    row("a short key", "slipway:key: is too short", { key: "abc" }),
    row(
      "a secret elsewhere",
      "slipway:version: holds a secret value",
      { version: "1" },
      {
        secretKeys: ["version"],
      },
    ),
    row("the name of a secret", "slipway:secrets.a b: is no usable name", {
      secrets: { "a b": "1" },
    }),
  ]);

  test("no key for the secrets in use: the command to make one", () => {
    const described = { config: { secrets: { A: "1" } } };
    expect(faults(compose({ environment: { X: "${A}" } }), described)).toEqual([
      "slipway:key: is needed, because secrets are in use (given: A). " +
        "pulumi config set --secret slipway:key $(openssl rand -base64 32)",
    ]);
  });

  test("an unknown key: the nearest that is known", () => {
    expect(faults(compose(), { config: { stratgy: {} } })[0]).toMatch(/Did you mean strategy\?$/);
  });

  test("a fault in a secret does not quote it", () => {
    const described = { config: { secrets: { A: { deep: "hidden-value" } } } };
    expect(faults(compose(), described).join()).not.toContain("hidden-value");
  });
});

describe("top level", () => {
  refused([
    ["no services", "name: a", "services: must be a map with at least one service"],
    ["an unknown key", { ...compose(), servces: {} }, "servces: unknown key"],
    ["include of nothing", { ...compose(), include: ["no.yaml"] }, "include[0]: no such file"],
    [
      "include of itself",
      { ...compose(), include: ["compose.yaml"] },
      "include[0]: leads in a circle",
    ],
    [
      "include of a repository",
      { ...compose(), include: ["https://a.b/c.git"] },
      "include[0]: must be a file",
    ],
    [
      "include without path",
      { ...compose(), include: [{ env_file: "a" }] },
      "include[0]: has no path",
    ],
    [
      "env_file of include",
      { ...compose(), include: [{ path: "b.yaml", env_file: "no.env" }] },
      "include[0].env_file: no such file",
      { files: { "b.yaml": "services: {}" } },
    ],
    ["models", { ...compose(), models: {} }, "models: is not supported yet"],
    ["x-slipway", { ...compose(), "x-slipway": {} }, "x-slipway: is not known at the top level"],
    ["a service that is no map", compose({}, { web: "x" }), "services.web: must be a map"],
    [
      "services that are no map",
      { services: [] },
      "services: must be a map with at least one service",
    ],
    [
      "a name from the folder",
      compose({}, {}, { name: "Über" }),
      "slipway:name: the application's name",
      {
        config: { name: undefined },
      },
    ],
    [
      "an external volume",
      compose(
        { volumes: ["v:/v"], "x-slipway": { role: "app" } },
        {},
        { volumes: { v: { external: true } } },
      ),
      "volumes.v.external: is not supported yet",
    ],
    [
      "a driver of a volume",
      compose({}, {}, { volumes: { v: { driver: "nfs" } } }),
      "volumes.v.driver: is not known",
    ],
    [
      "an unknown key of a volume",
      compose({}, {}, { volumes: { v: { size: 1 } } }),
      "volumes.v.size: unknown key",
    ],
    [
      "an external network",
      compose({}, {}, { networks: { n: { external: true } } }),
      "networks.n.external: is not supported yet",
    ],
    [
      "a driver of a network",
      compose({}, {}, { networks: { n: { driver: "overlay" } } }),
      "networks.n.driver: is not known",
    ],
    [
      "ipam",
      compose({}, {}, { networks: { n: { ipam: {} } } }),
      "networks.n.ipam: is not supported yet",
    ],
    [
      "internal",
      compose({ networks: ["n"] }, {}, { networks: { n: { internal: "maybe" } } }),
      "networks.n.internal: must be true or false",
    ],
    [
      "the name of a volume",
      compose(
        { volumes: ["a.b:/v"], "x-slipway": { role: "app" } },
        {},
        { volumes: { "a.b": {} } },
      ),
      "volumes.a.b: the name cannot be used",
    ],
    [
      "the name of a network",
      compose({ networks: ["A"] }, {}, { networks: { A: {} } }),
      "networks.A: the name cannot be used",
    ],
    [
      "a needed variable",
      compose({ image: "a:${V:?say which}" }),
      "services.api.image: V is not set: say which",
    ],
    ["a lone dollar", compose({ command: "echo $5" }), 'services.api.command: "$5" is no variable'],
  ]);
});

describe("services", () => {
  refused([
    ["an unknown key", compose({ imagee: "x" }), "services.api.imagee: unknown key"],
    [
      "extends",
      compose({ extends: { service: "x" } }),
      "services.api.extends: there is no service x",
    ],
    ["extends itself", compose({ extends: "api" }), "services.api.extends: leads in a circle"],
    ["extends nothing", compose({ extends: {} }), "services.api.extends: has no service"],
    [
      "extends a file",
      compose({ extends: { service: "x", file: "no.yaml" } }),
      "services.api.extends: no such file",
    ],
    [
      "network_mode",
      compose({ network_mode: "host" }),
      "services.api.network_mode: is not supported yet",
    ],
    [
      "devices",
      compose({ devices: ["vendor.com/gpu=0"] }),
      "services.api.devices[0]: is no device",
    ],
    [
      "files on a read-only root",
      compose({ read_only: true, configs: ["c"] }, {}, { configs: { c: { content: "x" } } }),
      "services.api.read_only: files cannot be put on a read-only root",
    ],
    ["pid", compose({ pid: "host" }), "services.api.pid: is not supported yet"],
    ["ipc", compose({ ipc: "host" }), "services.api.ipc: would share memory outside its slot"],
    [
      "security_opt",
      compose({ security_opt: ["seccomp:./a.json"] }),
      "services.api.security_opt[0]: is not supported",
    ],
    [
      "memswap_limit alone",
      compose({ memswap_limit: "1g" }),
      "services.api.memswap_limit: needs a limit of memory",
    ],
    [
      "memswap_limit",
      compose({ memswap_limit: "1g", mem_limit: "2g" }),
      "services.api.memswap_limit: is memory and swap",
    ],
    ["cpuset", compose({ cpuset: "some" }), "services.api.cpuset: is no set of processors"],
    [
      "a device that is no GPU",
      compose({
        deploy: { resources: { reservations: { devices: [{ capabilities: ["tpu"] }] } } },
      }),
      "services.api.deploy.resources.reservations.devices[0]: can only be GPUs",
    ],
    [
      "two requests for GPUs",
      compose({ gpus: [{ count: 1 }, { count: 2 }] }),
      "services.api.gpus: can only be one request",
    ],
    [
      "links with an alias",
      compose({ links: ["db:base"] }, { db }),
      "services.api.links[0]: an alias",
    ],
    [
      "links to nothing",
      compose({ links: ["db"] }),
      "services.api.links[0]: waits for a service that does not exist",
    ],
    [
      "label_file",
      compose({ label_file: "no.labels" }),
      "services.api.label_file[0]: no such file",
    ],
    ["the name", compose({}, { A_b: { image: "a:1" } }), "services.A_b: the name cannot be used"],
    [
      "a long name",
      compose({}, { ["a".repeat(41)]: { image: "a:1" } }),
      `services.${"a".repeat(41)}: the name`,
    ],
    ["no image", compose({ image: null }), "services.api: has neither image nor build"],
    ["an image", compose({ image: "Not An Image" }), "services.api.image: is no image reference"],
    ["an image that is a list", compose({ image: ["a"] }), "services.api.image: must be a text"],
    [
      "command",
      compose({ command: "sh 'x" }),
      "services.api.command: has a quote that is not closed",
    ],
    ["command as a map", compose({ command: { a: 1 } }), "services.api.command: must be a list"],
    ["entrypoint", compose({ entrypoint: [["a"]] }), "services.api.entrypoint[0]: must be a text"],
    ["environment", compose({ environment: "A=1" }), "services.api.environment: must be a map"],
    [
      "a list that is none of texts",
      compose({ environment: [1] }),
      "services.api.environment: must be a map (given: [1]; allowed: NAME: value, or a list of NAME=value)",
    ],
    [
      "a value that is a map",
      compose({ environment: { A: { parts: ["x"] } } }),
      "services.api.environment.A: must be a text",
    ],
    ["a folder as env_file", compose({ env_file: "." }), "services.api.env_file[0]: no such file"],
    [
      "a value",
      compose({ environment: { A: ["x"] } }),
      "services.api.environment.A: must be a text",
    ],
    [
      "the name of a variable",
      compose({ environment: { "": "x" } }),
      'services.api.environment."": is no name',
    ],
    ["env_file", compose({ env_file: ["no.env"] }), "services.api.env_file[0]: no such file"],
    [
      "env_file without path",
      compose({ env_file: [{ required: true }] }),
      "services.api.env_file[0]: has no path",
    ],
    [
      "env_file with format",
      compose({ env_file: [{ path: "a", required: false, format: "json" }] }),
      "services.api.env_file[0].format: is not known",
    ],
    [
      "in env_file",
      compose({ env_file: "a.env" }),
      'services.api.env_file[0]: A: "${" is no variable',
      { files: { "a.env": "A=${" } },
    ],
    ["restart", compose({ restart: "sometimes" }), "services.api.restart: is not known"],
    [
      "stop_grace_period",
      compose({ stop_grace_period: 10 }),
      "services.api.stop_grace_period: is no duration",
    ],
    ["init", compose({ init: "perhaps" }), "services.api.init: must be true or false"],
    ["cap_add", compose({ cap_add: { a: 1 } }), "services.api.cap_add: must be a list"],
    ["shm_size", compose({ shm_size: "big" }), "services.api.shm_size: is no size"],
    [
      "ulimits",
      compose({ ulimits: { nofile: { soft: 1 } } }),
      "services.api.ulimits.nofile: must be a number, or soft and hard",
    ],
    [
      "our labels",
      compose({ labels: { "slipway.role": "app" } }),
      "services.api.labels.slipway.role: labels that begin with slipway.",
    ],
    [
      "replicas",
      compose({ deploy: { replicas: 101 } }),
      "services.api.deploy.replicas: is out of range",
    ],
    [
      "half a replica",
      compose({ deploy: { replicas: 1.5 } }),
      "services.api.deploy.replicas: must be a whole number",
    ],
    ["mode", compose({ deploy: { mode: "some" } }), "services.api.deploy.mode: is not known"],
    [
      "a job",
      compose({ deploy: { mode: "replicated-job" } }),
      "services.api.deploy.mode: runs to its end",
    ],
    [
      "a restart policy",
      compose({ deploy: { restart_policy: { condition: "x" } } }),
      "services.api.deploy.restart_policy.condition: is not known",
    ],
    [
      "a key of deploy",
      compose({ deploy: { replica: 1 } }),
      "services.api.deploy.replica: unknown key",
    ],
    [
      "devices of limits",
      compose({ deploy: { resources: { limits: { devices: 1 } } } }),
      "services.api.deploy.resources.limits.devices: unknown key",
    ],
    [
      "cpus",
      compose({ deploy: { resources: { limits: { cpus: "x" } } } }),
      "services.api.deploy.resources.limits.cpus: must be a number",
    ],
    [
      "memory",
      compose({ deploy: { resources: { limits: { memory: "x" } } } }),
      "services.api.deploy.resources.limits.memory: is no size",
    ],
    [
      "little memory",
      compose({ mem_limit: "1m" }),
      "services.api.deploy.resources.limits.memory: is less than Docker allows",
    ],
  ]);
});

describe("builds", () => {
  refused([
    ["no context", build({ context: "nowhere" }), "services.api.build.context: no such folder"],
    [
      "a remote context",
      build({ context: "https://example.com/x.git" }),
      "services.api.build.context: must be a folder",
    ],
    ["no Dockerfile", build({ context: "." }), "services.api.build.dockerfile: no such file"],
    [
      "a Dockerfile outside",
      build({ context: ".", dockerfile: "../no/Dockerfile" }),
      "services.api.build.dockerfile: no such file",
    ],
    [
      "two Dockerfiles",
      build({ dockerfile_inline: "FROM x", dockerfile: "Dockerfile" }),
      "services.api.build.dockerfile_inline: stands beside dockerfile",
      context,
    ],
    [
      "a context of a repository",
      build({ additional_contexts: { a: "https://b.c/d.git" } }),
      "services.api.build.additional_contexts.a: cannot be had",
      context,
    ],
    [
      "a context that is not there",
      build({ additional_contexts: ["a=./none"] }),
      "services.api.build.additional_contexts.a: no such folder",
      context,
    ],
    [
      "a secret of a build",
      build({ secrets: ["token"] }),
      "services.api.build.secrets[0]: token is not declared",
      context,
    ],
    ["ssh", build({ ssh: ["default"] }), "services.api.build.ssh: is not supported yet", context],
    ["an unknown key", build({ contxt: "." }), "services.api.build.contxt: unknown key", context],
    [
      "an argument",
      build({ args: { A: [] } }),
      "services.api.build.args.A: must be a text",
      context,
    ],
  ]);
});

describe("ports", () => {
  const ports = (...list: unknown[]) =>
    compose({ ports: list, "x-slipway": { ingress: { port: 1 } } });
  refused([
    ["ranges of different length", ports("8000-8010:80"), "services.api.ports[0]: has two ranges"],
    ["a range backwards", ports("8010-8000:90-80"), "services.api.ports[0]: has a range that ends"],
    ["a long range", ports("1000-2000:1000-2000"), "services.api.ports[0]: has too long a range"],
    ["no number", ports("http"), "services.api.ports[0]: is no port"],
    ["nothing", ports(null), "services.api.ports[0]: is no port"],
    ["out of range", ports("70000:80"), "services.api.ports[0]: is out of range"],
    [
      "a long range",
      ports({ target: 80, published: "80-90" }),
      "services.api.ports[0].published: has two ranges",
    ],
    ["no target", ports({ published: 80 }), "services.api.ports[0]: has no target"],
    [
      "a target out of range",
      ports({ target: 0 }),
      "services.api.ports[0].target: is out of range",
    ],
    [
      "a protocol",
      ports({ target: 80, protocol: "sctp" }),
      "services.api.ports[0].protocol: is not known",
    ],
    [
      "an unknown key",
      ports({ target: 80, publishd: 1 }),
      "services.api.ports[0].publishd: unknown key",
    ],
    ["expose", compose({ expose: ["x"] }), "services.api.expose[0]: is no port"],
    ["a range in expose", compose({ expose: ["3-2"] }), "services.api.expose[0]: has a range"],
    [
      "udp of an app",
      compose({ ports: ["80:80", "53:53/udp"] }),
      "services.api.ports[1]: an app service can only take HTTP",
    ],
    [
      "taken by the application",
      compose({}, { db: { ...db, ports: ["8000:5432"] } }),
      "services.db.ports[0]: port 8000/tcp of the host is taken by the application's own traffic",
    ],
    [
      "taken by another",
      compose({}, { db: { ...db, ports: ["1:1"] }, kv: { image: "redis:7", ports: ["1:1"] } }),
      "services.kv.ports[0]: port 1/tcp of the host is taken by db",
    ],
  ]);
});

describe("mounts", () => {
  const volumes = (...list: unknown[]) => compose({ volumes: list, "x-slipway": { role: "app" } });
  const files = { "a.txt": "a", "folder/b.txt": "b", "big.txt": "x".repeat(300 * 1024) };
  refused([
    ["not declared", volumes("data:/a"), "services.api.volumes[0]: volume data is not declared"],
    ["no name", volumes("/a"), "services.api.volumes[0]: has no name"],
    [
      "a relative path",
      volumes("data:a"),
      "services.api.volumes[0]: must be mounted at an absolute path",
    ],
    ["too many parts", volumes("a:/b:ro:x"), "services.api.volumes[0]: is no volume"],
    [
      "an option",
      volumes("a:/b:shared"),
      "services.api.volumes[0]: option shared is not supported",
    ],
    [
      "a folder",
      volumes("./folder:/code"),
      "services.api.volumes[0]: a folder of this machine cannot travel",
      { files },
    ],
    [
      "a missing file",
      volumes("./no.txt:/a:ro"),
      "services.api.volumes[0]: no such file",
      { files },
    ],
    [
      "a file that is written",
      volumes("./a.txt:/a"),
      "services.api.volumes[0]: a file can only be mounted read-only",
      { files },
    ],
    [
      "a long file",
      volumes("./big.txt:/a:ro"),
      "services.api.volumes[0]: is too long to travel",
      { files },
    ],
    [
      "a type",
      volumes({ type: "npipe", target: "/a" }),
      "services.api.volumes[0].type: is not known",
    ],
    [
      "a part of a volume",
      volumes({ type: "tmpfs", target: "/a", volume: { subpath: "b" } }),
      "services.api.volumes[0].volume.subpath: is not supported",
    ],
    [
      "tmpfs",
      compose({ tmpfs: ["run"] }),
      "services.api.tmpfs[0]: must be mounted at an absolute path",
    ],
    ["twice", compose({ tmpfs: ["/a", "/a"] }), "services.api: mounts two things at one path"],
    ["a config", compose({ configs: ["c"] }), "services.api.configs[0]: c is not declared"],
    [
      "a config without source",
      compose({ configs: [{ target: "/c" }] }),
      "services.api.configs[0]: has no source",
    ],
    [
      "a mode",
      compose({ configs: [{ source: "c", mode: "rw" }] }, {}, { configs: { c: { content: "x" } } }),
      "services.api.configs[0].mode: is no file mode",
    ],
    [
      "a config without value",
      compose({ configs: ["c"] }, {}, { configs: { c: {} } }),
      "configs.c: has no value",
    ],
    [
      "an external config",
      compose({ configs: ["c"] }, {}, { configs: { c: { external: true, content: "" } } }),
      "configs.c.external: is not supported",
    ],
    [
      "a config's file",
      compose({ configs: ["c"] }, {}, { configs: { c: { file: "no" } } }),
      "configs.c.file: no such file",
    ],
    ["a secret", compose({ secrets: ["s"] }), "services.api.secrets[0]: s is not declared"],
    [
      "an external secret",
      compose({ secrets: ["s"] }, {}, { secrets: { s: { external: true } } }),
      "secrets.s: has no value",
    ],
    [
      "a secret's file",
      compose({ secrets: ["s"] }, {}, { secrets: { s: { file: "no" } } }),
      "secrets.s.file: cannot be read",
    ],
    [
      "a secret's variable",
      compose({ secrets: ["s"] }, {}, { secrets: { s: { environment: "NO" } } }),
      "secrets.s.environment: is not set",
    ],
  ]);

  test("a secret that the stack lacks: the command to set it", () => {
    const text = compose(
      { secrets: ["s"] },
      {},
      { secrets: { s: { external: true, name: "DB" } } },
    );
    expect(faults(text)[0]).toContain("pulumi config set --secret --path slipway:secrets.DB");
  });
});

describe("health", () => {
  const check = (healthcheck: object) => compose({ healthcheck });
  refused([
    ["no test", check({ interval: "2s" }), "services.api.healthcheck: has no test"],
    ["a strange test", check({ test: ["curl", "x"] }), "services.api.healthcheck.test: is no test"],
    [
      "an interval",
      check({ test: "true", interval: 5 }),
      "services.api.healthcheck.interval: is no duration",
    ],
    [
      "a timeout",
      check({ test: "true", timeout: "x" }),
      "services.api.healthcheck.timeout: is no duration",
    ],
    [
      "retries",
      check({ test: "true", retries: "many" }),
      "services.api.healthcheck.retries: must be a number",
    ],
    [
      "start_period",
      check({ test: "true", start_period: "x" }),
      "services.api.healthcheck.start_period: is no duration",
    ],
    [
      "an unknown key",
      check({ test: "true", intervall: "1s" }),
      "services.api.healthcheck.intervall: unknown key",
    ],
    [
      "no port to ask",
      compose({}, { web: { image: "w:1", "x-slipway": { health: { path: "/" } } } }),
      "services.web.x-slipway.health: has no port to ask",
    ],
  ]);
});

describe("x-slipway", () => {
  refused([
    ["an unknown key", slipway({ rol: "app" }), "services.api.x-slipway.rol: unknown key"],
    [
      "a role",
      slipway({ role: "boss" }),
      "services.api.x-slipway.role: must be one of app, worker, task, accessory",
    ],
    [
      "autoscale",
      slipway({ autoscale: {} }),
      "services.api.x-slipway.autoscale.max: must be a whole number from 1 to 100",
    ],
    [
      "schedule",
      slipway({ schedule: "x" }),
      "services.api.x-slipway.schedule: must be a time as cron has it",
    ],
    [
      "a path",
      slipway({ ingress: { path: "api" } }),
      "services.api.x-slipway.ingress[0].path: must be a path",
    ],
    [
      "a host",
      slipway({ ingress: { host: "a_b" } }),
      "services.api.x-slipway.ingress[0].host: must be a host name",
    ],
    [
      "stripPrefix",
      slipway({ ingress: { stripPrefix: "yes" } }),
      "services.api.x-slipway.ingress[0].stripPrefix: must be true or false",
    ],
    [
      "a port",
      slipway({ ingress: { port: 0 } }),
      "services.api.x-slipway.ingress[0].port: must be a whole number",
    ],
    [
      "a key of ingress",
      slipway({ ingress: [{ pth: "/" }] }),
      "services.api.x-slipway.ingress[0].pth: unknown key",
    ],
    [
      "ingress as a text",
      slipway({ ingress: "/api" }),
      "services.api.x-slipway.ingress[0]: must be a map with host",
    ],
    [
      "a key of health",
      slipway({ health: { url: "/" } }),
      "services.api.x-slipway.health.url: unknown key",
    ],
    [
      "health.path",
      slipway({ health: { path: "up" } }),
      "services.api.x-slipway.health.path: must be a path",
    ],
    [
      "health.port",
      slipway({ health: { port: "x" } }),
      "services.api.x-slipway.health.port: must be a whole number",
    ],
    [
      "health.interval",
      slipway({ health: { interval: "soon" } }),
      "services.api.x-slipway.health.interval: must be a time",
    ],
    [
      "health.timeout",
      slipway({ health: { timeout: 0 } }),
      "services.api.x-slipway.health.timeout: must be a time",
    ],
    [
      "health.retries",
      slipway({ health: { retries: 0 } }),
      "services.api.x-slipway.health.retries: must be a whole number",
    ],
    [
      "health.startPeriod",
      slipway({ health: { startPeriod: -1 } }),
      "services.api.x-slipway.health.startPeriod: must be a time",
    ],
    ["release", slipway({ release: {} }), "services.api.x-slipway.release: must be a command"],
    [
      "an open quote in release",
      slipway({ release: "sh 'x" }),
      "services.api.x-slipway.release: has a quote",
    ],
    ["smoke", slipway({ smoke: { path: "/" } }), "services.api.x-slipway.smoke: must be a list"],
    [
      "smoke without path",
      slipway({ smoke: [{}] }),
      "services.api.x-slipway.smoke[0].path: must be a path",
    ],
    [
      "smoke.status",
      slipway({ smoke: [{ path: "/", status: 99 }] }),
      "services.api.x-slipway.smoke[0].status: must be a whole number",
    ],
    [
      "smoke.maxLatency",
      slipway({ smoke: [{ path: "/", maxLatency: "1s" }] }),
      "services.api.x-slipway.smoke[0].maxLatency: must be a whole number",
    ],
    [
      "a key of smoke",
      slipway({ smoke: [{ path: "/", code: 1 }] }),
      "services.api.x-slipway.smoke[0].code: unknown key",
    ],
  ]);
});

describe("across services", () => {
  const on = (service: string, condition = "service_started") => ({
    depends_on: { [service]: { condition } },
  });
  refused([
    [
      "a dependency on nothing",
      compose(on("nobody")),
      "services.api.depends_on.nobody: waits for a service that does not exist",
    ],
    [
      "a dependency without profile",
      compose(on("x"), { x: { image: "x:1", profiles: ["p"] } }),
      "services.api.depends_on.x: waits for a service that no active profile",
    ],
    [
      "a condition",
      compose(on("db", "ready"), { db }),
      "services.api.depends_on.db.condition: is not known",
    ],
    [
      "a cycle",
      compose(on("web"), { web: { image: "w:1", ...on("api") } }),
      "services.api.depends_on: services wait for each other",
    ],
    [
      "itself",
      compose(on("api")),
      "services.api.depends_on: services wait for each other (given: api -> api)",
    ],
    [
      "an accessory on an app",
      compose({}, { db: { ...db, ...on("api") } }),
      "services.db.depends_on.api: an accessory is there before any app",
    ],
    [
      "an app on a worker",
      compose(on("w"), { w: worker }),
      "services.api.depends_on.w: a worker starts after the traffic has moved",
    ],
    [
      "the end of an app",
      compose(on("web", "service_completed_successfully"), {
        web: { image: "w:1", "x-slipway": { role: "app" } },
      }),
      "services.api.depends_on.web: waits for the end of a service that does not end",
    ],
    ["a network", compose({ networks: ["n"] }), "services.api.networks: network n is not declared"],
    [
      "a fixed address",
      compose({ networks: { default: { ipv4_address: "1.2.3.4" } } }),
      "services.api.networks.default.ipv4_address: is not supported",
    ],
    [
      "a task with ports",
      compose({}, { t: { ...task, ports: ["1:1"], "x-slipway": { role: "task" } } }),
      "services.t: a task takes no requests",
    ],
    [
      "a worker with ports",
      compose({}, { w: { ...worker, ports: ["1:1"] } }),
      "services.w: a worker takes no requests",
    ],
    [
      "ingress of an accessory",
      compose({}, { db: { ...db, "x-slipway": { ingress: { port: 1 } } } }),
      "services.db: only an app service has ingress",
    ],
    [
      "smoke of an accessory",
      compose({}, { db: { ...db, "x-slipway": { smoke: [{ path: "/", port: 1 }] } } }),
      "services.db: only an app service has smoke checks",
    ],
    [
      "release of an accessory",
      compose({}, { db: { ...db, "x-slipway": { release: "x" } } }),
      "services.db: only an app or a worker has a release command",
    ],
    [
      "two databases",
      compose({}, { db: { ...db, scale: 2 } }),
      "services.db: accessory runs once, not 2 times",
    ],
    [
      "two tasks",
      compose({}, { t: { ...task, scale: 2 } }),
      "services.t: task runs once, not 2 times",
    ],
    [
      "smoke without port",
      compose({}, { web: { image: "w:1", "x-slipway": { smoke: [{ path: "/" }] } } }),
      "services.web.x-slipway.smoke[0].port: is needed",
    ],
    [
      "ingress without port",
      compose({ ports: [], "x-slipway": { ingress: { path: "/" } } }),
      "services.api.x-slipway.ingress[0].port: is needed",
    ],
    [
      "no port at all",
      compose({ ports: [] }),
      "services: publishes no HTTP port of an app service",
    ],
    ["no app at all", { services: { db } }, "services: has no app service"],
    [
      "two on one port",
      compose({}, { web: { image: "w:1", ports: ["8000:80"] } }),
      "services.web.ports[0]: takes the same requests as another rule",
    ],
    [
      "one port twice",
      compose({ ports: ["80:8000", "80:8001"] }),
      "services.api.ports[1]: takes the same requests as another rule",
    ],
    [
      "a published port out of range, which is no second fault",
      compose({ ports: [{ target: 80, published: 70000 }] }),
      "services.api.ports[0].published: is out of range",
    ],
    [
      "the same in short",
      compose({ ports: ["70000:80"] }),
      "services.api.ports[0]: is out of range",
    ],
    [
      "two on one path",
      compose({ "x-slipway": { ingress: [{ path: "/a" }, { path: "/a/" }] } }),
      "services.api: takes the same requests as another rule",
    ],
  ]);
});

test("all faults come at once", () => {
  const text = compose({ restart: "x", init: "y", ports: ["z"] }, { web: {} }, { bogus: 1 });
  const found = faults(text, { config: { platform: "ecs" } });
  expect(found.map((line) => line.split(": ")[0])).toEqual([
    "slipway:platform",
    "bogus",
    "services.api.ports[0]",
    "services.api.restart",
    "services.api.init",
    "services.web",
  ]);
});

test("a fault on one line: path, what, given, allowed, cure", () => {
  const fault = { path: "a.b", what: "is bad", given: "1", allowed: "2", cure: "Write 2" };
  expect(formatFault(fault)).toBe("a.b: is bad (given: 1; allowed: 2). Write 2");
  expect(formatFault({ path: "a", what: "is bad" })).toBe("a: is bad");
  expect(new UserFaults([fault], "No").faults).toEqual([fault]);
});
