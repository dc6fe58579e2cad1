import { LABEL } from "../../../spec/names";
import { loadFixture, OUTCOMES } from "../../helpers/fixtures";
import { environment, labelsOf, type Made } from "../../helpers/mocks";
import { untouched } from "../../helpers/observation";

/** The resources that a first deploy of these files asks for. */
function made(...files: string[]): Promise<Made> {
  const { spec, secrets } = loadFixture(...files);
  const name = files.join();
  const found = known.get(name) ?? environment(spec, untouched(), secrets);
  known.set(name, found);
  return found;
}

const known = new Map<string, Promise<Made>>();

const deployed = OUTCOMES.filter((outcome) => outcome.refused === undefined);

describe("a first deploy has a container of each service, in its role", () => {
  test.each(deployed.map((outcome) => [outcome.files.join(" + "), outcome] as const))(
    "%s",
    async (_name, { files, services }) => {
      const containers = (await made(...files)).byName.values();
      const found = [...containers]
        .filter(({ type }) => type === "docker:index/container:Container")
        .map(labelsOf)
        .filter((labels) => !labels[LABEL.resource]!.endsWith("-release"))
        .map((labels) => `${labels[LABEL.service]}:${labels[LABEL.role]}`)
        .filter((found) => /:(app|worker|task|accessory)$/.test(found));
      expect([...new Set(found)].sort()).toEqual(services!.split(" ").sort());
    },
  );
});

describe("keys arrive in the container", () => {
  const inputs = async (name: string, ...files: string[]) =>
    (await made(...files)).get(name).inputs;

  test("of a hardened service", async () => {
    expect(await inputs("blue-web", "hardened.yaml")).toMatchObject({
      user: "1000:1000",
      readOnly: true,
      capabilities: { adds: ["NET_BIND_SERVICE"], drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      tmpfs: { "/run": "", "/tmp": "size=64m,mode=1777" },
      init: true,
      ulimits: [
        { name: "nofile", soft: 1000, hard: 2000 },
        { name: "nproc", soft: 128, hard: 128 },
      ],
      sysctls: { "net.core.somaxconn": "1024" },
      shmSize: 64,
      stopSignal: "SIGQUIT",
      stopTimeout: 90,
      groupAdds: ["1001"],
    });
  });

  test("of an old file", async () => {
    expect(await inputs("blue-web", "legacy.yaml")).toMatchObject({
      memory: 256,
      memorySwap: 512,
      cpuShares: 512,
      cpuSet: "0",
    });
  });

  test("of names and addresses", async () => {
    expect(await inputs("blue-web", "networks.yaml")).toMatchObject({
      dns: ["1.1.1.1"],
      dnsSearches: ["example.com"],
      hostname: "web",
      domainname: "example.com",
      hosts: [{ host: "legacy", ip: "10.0.0.7" }],
    });
  });

  test("of GPUs, asked for in either way", async () => {
    expect(await inputs("accessory-ollama", "gpu.yaml")).toMatchObject({ gpus: "1" });
    expect(await inputs("blue-chat", "gpu.yaml")).toMatchObject({ gpus: "all" });
  });

  test("of logs: another driver by itself, a json-file with the limit that it lacks", async () => {
    expect(await inputs("blue-web", "logging.yaml")).toMatchObject({
      logDriver: "local",
      logOpts: {},
    });
    expect(await inputs("blue-web", "resources.yaml")).toMatchObject({
      logDriver: "json-file",
      logOpts: { "max-size": "1m", "max-file": "3" },
    });
    expect(await inputs("blue-web", "hardened.yaml")).toMatchObject({
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
    });
  });

  test("of a terminal, and a label file", async () => {
    expect(await inputs("blue-client", "mern.yaml")).toMatchObject({ tty: true, stdinOpen: true });
    const server = (await made("mern.yaml")).get("blue-server");
    expect(labelsOf(server)).toMatchObject({ "com.example.team": "shop" });
  });

  test("of a device", async () => {
    const { spec, secrets } = loadFixture("hardened.yaml");
    const devices = [{ host: "/dev/fuse", container: "/dev/x", permissions: "rw" }];
    const services = spec.services.map((service) => ({ ...service, devices }));
    const { inputs } = (await environment({ ...spec, services }, untouched(), secrets)).get(
      "blue-web",
    );
    expect(inputs["devices"]).toEqual([
      { hostPath: "/dev/fuse", containerPath: "/dev/x", permissions: "rw" },
    ]);
  });
});

test("a build gets its contexts, secrets, hosts, network and labels; no secret is plain", async () => {
  const builds = await made("builds.yaml");
  const web = builds.get("build-web");
  expect(web.inputs).toMatchObject({
    target: "production",
    buildArgs: { BASE: "redis:7-alpine" },
    context: { named: { base: { location: "docker-image://redis:7-alpine" } } },
    secrets: { password: "from-a-file" },
    network: "host",
    addHosts: ["registry.local:10.0.0.9"],
    labels: { "com.example.part": "web" },
  });
  expect(web.secretInputs).toContain("secrets");
  expect(builds.get("build-inline").inputs["dockerfile"]).toEqual({
    inline: "FROM redis:7-alpine\nCOPY src/ /srv/\n",
  });
  expect(builds.get("build-api").inputs["dockerfile"]).toEqual({
    location: expect.stringMatching(/docker\/Dockerfile\.outside$/),
  });
});
