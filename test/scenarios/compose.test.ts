import { mkdirSync, writeFileSync } from "fs";
import { dirname, join } from "path";
import type { ContainerInspectInfo } from "dockerode";
import { stringify } from "yaml";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

/** One application that uses most of the Compose specification, deployed once. */
describe("a Compose file with nearly everything", () => {
  let stack: TestStack;
  let containers: Map<string, ContainerInspectInfo>;

  const write = (path: string, content: string | object) => {
    const file = join(stack.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : stringify(content));
  };
  const inspected = async () => {
    const all = await stack.containers();
    const found = all.map(async ({ id, role, service }) => {
      const info = await stack.transport.docker.getContainer(id).inspect();
      return [`${role} ${service}`, info] as const;
    });
    return new Map(await Promise.all(found));
  };
  const of = (name: string) => containers.get(name)!;
  const file = async (path: string) =>
    (await stack.get(`/api/file?path=${encodeURIComponent(path)}`)).body;

  beforeAll(async () => {
    stack = await TestStack.create("spec");
    const app = await probe("1", { environment: { VERSION: "${RELEASE:-none}" } });
    write(".env", "RELEASE=7\n");
    write("raw.env", "RULE=$[a-z]+ # kept\n");
    write("app.labels", "com.example.team=shop\n");
    write("settings/a.txt", "first\n");
    write("settings/deep/b.txt", "second\n");
    write("common/services.yaml", {
      services: {
        base: { ...app, labels: ["com.example.base=yes"], volumes: ["./note.txt:/note.txt:ro"] },
      },
    });
    write("common/note.txt", "from beside the base\n");
    write("stores/compose.yaml", {
      services: {
        cache: {
          image: "${CACHE_IMAGE}",
          command: ["redis-server", "--appendonly", "yes"],
          volumes: ["data:/data"],
          networks: ["stores"],
          healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: "1s" },
        },
      },
      volumes: { data: null },
      networks: { stores: { internal: true } },
    });
    write("stores/.env", "CACHE_IMAGE=redis:7-alpine\n");
    write("proxy/site.conf", SITE);
    write("proxy/page.txt", "from the context\n");
    write("token.txt", "not to be seen");
    write("docker/proxy.Dockerfile", DOCKERFILE);
    stack.compose(
      {
        proxy: {
          build: {
            context: "./proxy",
            dockerfile: "../docker/proxy.Dockerfile",
            target: "final",
            args: { PLACE: "/usr/share/made" },
            secrets: ["token"],
            labels: { "com.example.built": "yes" },
          },
          ports: [`${stack.port}:80`],
          depends_on: { web: { condition: "service_healthy" } },
          healthcheck: {
            test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/made/page.txt"],
            interval: "1s",
          },
        },
        web: {
          extends: { file: "common/services.yaml", service: "base" },
          ...WEB,
          depends_on: {
            init: { condition: "service_completed_successfully" },
            cache: { condition: "service_healthy" },
          },
        },
        init: { image: app["image"], command: ["task"], restart: "no" },
        jobs: {
          image: app["image"],
          command: ["worker"],
          logging: { driver: "local" },
          read_only: true,
          networks: ["stores"],
          "x-slipway": { role: "worker" },
        },
      },
      {
        include: ["stores/compose.yaml"],
        secrets: { token: { file: "./token.txt" } },
        configs: { motd: { content: "release ${RELEASE}\n" } },
        networks: { stores: { internal: true } },
      },
    );
    await stack.deploy();
    containers = await inspected();
  });
  afterAll(async () => {
    await stack.dispose();
    const { docker } = stack.transport;
    const built = await docker.listImages({
      filters: { reference: ["spec-proxy", "*/spec-proxy"] },
    });
    await Promise.all(built.map(({ Id }) => docker.getImage(Id).remove({ force: true })));
  });

  test("answers through its own nginx, with the variables of .env", async () => {
    expect(JSON.parse((await stack.get("/api/")).body)).toMatchObject({ version: "7" });
  });

  test("each service has its role; the task has run", () => {
    const names = [
      "accessory cache",
      "app proxy",
      "app web",
      "edge edge",
      "task init",
      "worker jobs",
    ];
    expect([...containers.keys()]).toEqual(expect.arrayContaining(names));
    expect(of("task init").State).toMatchObject({ Status: "exited", ExitCode: 0 });
  });

  test("how the process runs", () => {
    expect(of("app web").Config).toMatchObject({
      User: "1000:1000",
      Hostname: "front",
      Domainname: "example.com",
      Tty: true,
      OpenStdin: true,
      StopSignal: "SIGQUIT",
      StopTimeout: 3,
    });
    expect(of("app web").HostConfig).toMatchObject({ Init: true, GroupAdd: ["1001"] });
  });

  test("what it may", () => {
    expect(of("worker jobs").HostConfig.ReadonlyRootfs).toBe(true);
    expect(of("app web").HostConfig).toMatchObject({
      CapDrop: ["ALL"],
      CapAdd: [expect.stringMatching(/^(CAP_)?NET_BIND_SERVICE$/)],
      SecurityOpt: ["no-new-privileges:true"],
      IpcMode: "private",
      Devices: [
        { PathOnHost: "/dev/null", PathInContainer: "/dev/nothing", CgroupPermissions: "r" },
      ],
    });
  });

  test("what it may take", () => {
    const { HostConfig } = of("app web");
    expect(HostConfig).toMatchObject({
      Memory: 64 * 2 ** 20,
      MemorySwap: 96 * 2 ** 20,
      CpuShares: 512,
      CpusetCpus: "0",
      ShmSize: 16 * 2 ** 20,
      Tmpfs: { "/scratch": "size=1m,mode=700" },
      Sysctls: { "net.core.somaxconn": "1024" },
    });
    expect(HostConfig["Ulimits"]).toEqual([{ Name: "nofile", Soft: 1000, Hard: 2000 }]);
  });

  test("names, addresses and logs", () => {
    expect(of("app web").HostConfig).toMatchObject({
      Dns: ["127.0.0.53"],
      DnsSearch: ["example.com"],
      DnsOptions: ["timeout:1"],
      ExtraHosts: expect.arrayContaining(["legacy:10.0.0.7", "legacy:10.0.0.8"]),
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "3" } },
    });
    expect(of("worker jobs").HostConfig.LogConfig?.Type).toBe("local");
  });

  test("labels of the file, of label_file and of the service that it extends", () => {
    expect(of("app web").Config.Labels).toMatchObject({
      "com.example.a": "1",
      "com.example.team": "shop",
      "com.example.base": "yes",
    });
  });

  test("files: a folder, a config with a variable, a file beside the extended service", async () => {
    expect(await file("/settings/a.txt")).toBe("first\n");
    expect(await file("/settings/deep/b.txt")).toBe("second\n");
    expect(await file("/motd")).toBe("release 7\n");
    expect(await file("/note.txt")).toBe("from beside the base\n");
    expect((await stack.get("/api/env?name=RULE")).body).toBe("$[a-z]+ # kept");
  });

  test("the image was built with target, argument and secret, by a Dockerfile beside its context", async () => {
    expect((await stack.get("/made/page.txt")).body).toBe("from the context\n");
    // sha256 of the secret: the builder had it, and the image holds no more than that.
    expect((await stack.get("/made/token.sum")).body).toContain(SUM);
    expect(of("app proxy").Config.Labels).toMatchObject({ "com.example.built": "yes" });
  });

  test("the included cache is on its own network alone, which is internal", async () => {
    const networks = Object.keys(of("accessory cache").NetworkSettings.Networks);
    expect(networks).toEqual([expect.stringContaining("stores")]);
    const network = await stack.transport.docker.getNetwork(networks[0]!).inspect();
    expect(network.Internal).toBe(true);
  });

  test("a second run is steady: nothing of it shows a difference", async () => {
    const before = (await stack.containers()).map(({ id, startedAt }) => `${id} ${startedAt}`);
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
    const after = (await stack.containers()).map(({ id, startedAt }) => `${id} ${startedAt}`);
    expect(after).toEqual(before);
  });
});

const SUM = "a42e226b6d57a94735c639a6f29974c88d7b55a726a879d2b59ba5e9417b5668";

const WEB = {
  env_file: [{ path: "raw.env", format: "raw" }],
  label_file: "app.labels",
  labels: { "com.example.a": 1 },
  configs: ["motd"],
  volumes: ["./settings:/settings:ro"],
  networks: ["default", "stores"],
  user: "1000:1000",
  group_add: ["1001"],
  hostname: "front",
  domainname: "example.com",
  init: true,
  tty: true,
  stdin_open: true,
  stop_signal: "SIGQUIT",
  stop_grace_period: "3s",
  cap_drop: ["ALL"],
  cap_add: ["NET_BIND_SERVICE"],
  security_opt: ["no-new-privileges:true"],
  ipc: "private",
  devices: ["/dev/null:/dev/nothing:r"],
  mem_limit: "64m",
  memswap_limit: "96m",
  cpu_shares: 512,
  cpuset: "0",
  shm_size: "16m",
  tmpfs: "/scratch:size=1m,mode=700",
  sysctls: ["net.core.somaxconn=1024"],
  ulimits: { nofile: { soft: 1000, hard: 2000 } },
  dns: "127.0.0.53",
  dns_search: "example.com",
  dns_opt: ["timeout:1"],
  extra_hosts: { legacy: ["10.0.0.7", "10.0.0.8"] },
  logging: { options: { "max-size": "1m" } },
};

const SITE = `server {
  listen 80 default_server;
  location /made/ { alias /usr/share/made/; }
  location /api/ { proxy_pass http://web:8080/; }
}
`;

const DOCKERFILE = `FROM nginx:1.27-alpine AS final
ARG PLACE
COPY site.conf /etc/nginx/conf.d/default.conf
COPY page.txt \${PLACE}/
RUN --mount=type=secret,id=token sha256sum /run/secrets/token > \${PLACE}/token.sum

FROM final AS never
RUN false
`;
