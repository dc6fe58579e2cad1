import { mkdirSync, writeFileSync } from "fs";
import { join } from "path";
import execa from "execa";
import type { PruneReport } from "../../cli/prune";
import { PROXY_IMAGE, REGISTRY_IMAGE, REGISTRY_PORT } from "../../spec/defaults";
import { HOST_REGISTRY } from "../../spec/hostRegistry";
import { LABEL } from "../../spec/names";
import { ensureBaseImages } from "../../toolchain/images";
import { startLoad } from "../helpers/load";
import { PrivateEngine } from "../helpers/privateEngine";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { TestStack } from "../helpers/stack";

const STEADY = { unchanged: expect.any(Number) };
const NAME = "loopback";
const SERVER = `127.0.0.1:${REGISTRY_PORT}`;
const REPOSITORY = `${NAME}-web`;

// On an engine of its own, which may be pruned as somebody's cron prunes a host.
const onOwnEngine = PrivateEngine.possible() ? describe : describe.skip;

onOwnEngine("the registry on a Docker host", () => {
  let engine: PrivateEngine;
  let stack: TestStack;
  const releases: Record<string, string> = {};
  const digests: Record<string, string> = {};

  const write = async (of: TestStack, version: string) => {
    const { image, ...web } = await probe(version, { port: of.port });
    // What a prune has taken no registry gives back here.
    await engine.load([image as string]);
    mkdirSync(join(of.folder, "web"), { recursive: true });
    writeFileSync(join(of.folder, "web/Dockerfile"), `FROM ${image}\nLABEL built=${version}\n`);
    of.compose({ web: { ...web, build: "web" } });
  };
  const deploy = async (version: string) => {
    await write(stack, version);
    stack.set("version", version);
    const run = await stack.deploy();
    releases[version] = stack.outputs().release as string;
    digests[version] = await served();
    return run;
  };
  /** What serves, as the engine knows it from the registry. */
  const served = async () => {
    const { docker } = stack.transport;
    const [live] = await stack.slot(stack.outputs().active as string);
    const { Image } = await docker.getContainer(live!.id).inspect();
    const { RepoDigests = [] } = await docker.getImage(Image).inspect();
    return RepoDigests.find((name) => name.startsWith(`${SERVER}/`))!;
  };
  /** What the registry says on the host's loopback. */
  const ask = async (path: string) => {
    const url = `http://${SERVER}/v2/${path}`;
    const accept = "application/vnd.docker.distribution.manifest.v2+json";
    const script = `fetch("${url}", { headers: { accept: "${accept}" } }).then(async (answer) => console.log(answer.status, await answer.text()))`;
    const [command, ...more] = [...engine.command, "node", "-e", script];
    return (await execa(command!, more)).stdout;
  };
  const manifestOf = (digest: string) => ask(`${REPOSITORY}/manifests/${digest.split("@")[1]}`);
  const registry = () => stack.transport.docker.getContainer(HOST_REGISTRY.name);
  const clean = async () => {
    const docker = ["docker", "--host", engine.host, "system", "prune", "--all", "--force"];
    return (await execa(docker[0]!, docker.slice(1))).stdout;
  };

  beforeAll(async () => {
    engine = await PrivateEngine.start();
    const mirrors = await ensureBaseImages(() => {});
    const images = [PROXY_IMAGE, REGISTRY_IMAGE].map((image) => mirrors[image] ?? image);
    await engine.load([await ensureProbeImage(), ...images]);
    stack = await TestStack.create(NAME, engine);
    stack.set("registry", undefined);
    await engine.open(stack.port);
  });
  afterAll(async () => {
    await stack?.dispose().catch(() => {});
    await engine?.dispose();
  });

  test("where something else has its port, nothing is begun, and the cure is told", async () => {
    await write(stack, "1");
    const [command, ...more] = engine.command;
    const script = `require("net").createServer().listen(${REGISTRY_PORT}, "127.0.0.1", () => console.log("up"))`;
    const other = execa(command!, [...more, "node", "-e", script]);
    await new Promise((resolve) => other.stdout!.once("data", resolve));
    const run = await stack.up();
    other.kill();
    await other.catch(() => {});
    expect(run.ok).toBe(false);
    expect(run.output).toContain(`port ${REGISTRY_PORT} on the host's loopback is taken`);
    expect(run.output).toContain("slipway:docker.registryPort");
    expect(await stack.containers()).toEqual([]);
  });

  test("the first deploy makes it; what is built runs by the digest that it gave", async () => {
    await deploy("1");
    expect(await stack.version()).toBe("1");
    expect(digests["1"]).toMatch(new RegExp(`^${SERVER}/${REPOSITORY}@sha256:`));
    expect(await manifestOf(digests["1"]!)).toMatch(/^200 /);
    expect(stack.outputs().images).toEqual({ web: digests["1"] });
    const { HostConfig, Config } = await registry().inspect();
    expect(HostConfig).toMatchObject({
      PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: String(REGISTRY_PORT) }] },
      RestartPolicy: { Name: "always" },
    });
    expect(Config.Labels).toMatchObject({ [LABEL.role]: "registry", [LABEL.spec]: SERVER });
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a cleaned engine gets an older release back from it, and no request fails", async () => {
    await deploy("2");
    await deploy("3");
    expect(await clean()).toContain(digests["1"]);
    stack.set("release", releases["1"]);
    const load = startLoad(stack.port);
    await stack.deploy();
    expect((await load.stop()).failures).toEqual([]);
    expect(await stack.version()).toBe("1");
    expect(await served()).toBe(digests["1"]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
    stack.set("release", undefined);
  });

  test("removed by hand, the next run makes it anew and touches nothing else", async () => {
    await deploy("4");
    const before = await stack.containers();
    await registry().remove({ force: true });
    const run = await stack.deploy();
    expect(run.changes).toEqual({ updated: 1, ...STEADY });
    expect(run.output).toMatch(/HostRegistry .*updated/);
    expect(await stack.containers()).toEqual(before);
    expect(await manifestOf(digests["1"]!)).toMatch(/^200 /);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("stopped, and the engine cleaned: going back starts it first", async () => {
    await registry().stop();
    await execa("docker", ["--host", engine.host, "image", "prune", "--all", "--force"]);
    stack.set("release", releases["2"]);
    await stack.deploy();
    expect(await stack.version()).toBe("2");
    expect(await served()).toBe(digests["2"]);
    stack.set("release", undefined);
  });

  test("lost with all that it held: it gets what the engine has of the kept releases", async () => {
    await registry().remove({ force: true });
    await stack.transport.docker.getVolume(HOST_REGISTRY.name).remove();
    // Release 4 is held after the way back, so what serves is asked for.
    stack.set("release", releases["2"]);
    await stack.deploy();
    // Those of 1 and 2 were pulled by their digests, that of 4 was built.
    for (const version of ["1", "2", "4"]) {
      expect(await manifestOf(digests[version]!)).toMatch(/^200 /);
    }
    expect((await stack.deploy()).changes).toEqual(STEADY);
    // Neither has it.
    expect(await manifestOf(digests["3"]!)).toMatch(/^404 /);
    stack.set("release", releases["3"]);
    const before = await stack.containers();
    const run = await stack.up();
    expect(run.ok).toBe(false);
    expect(await stack.containers()).toEqual(before);
    expect(run.output).toMatch(/image of "web" is gone .*@sha256:/);
    stack.set("release", undefined);
  });

  test("prune lets go of what no kept release names, and of nothing else", async () => {
    stack.set("strategy", { drainTimeout: 2, deployTimeout: 15, retain: 1 });
    await deploy("5");
    await deploy("6");
    const { stdout, exitCode } = await stack.slipway(
      "prune",
      "--older-than",
      "0",
      "--yes",
      "--json",
    );
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    const { registries } = JSON.parse(stdout) as PruneReport;
    expect(registries).toMatchObject([
      { registry: SERVER, host: engine.host, kept: { needed: 2, foreign: 0 } },
    ]);
    for (const version of ["1", "2", "4"]) {
      expect(await manifestOf(digests[version]!)).toMatch(/^404 /);
    }
    for (const version of ["5", "6"]) expect(await manifestOf(digests[version]!)).toMatch(/^200 /);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("destroy leaves nothing of it behind", async () => {
    expect((await stack.run(["destroy", "--yes", "--skip-preview"])).ok).toBe(true);
    const { docker } = stack.transport;
    expect(await docker.listContainers({ all: true })).toEqual([]);
    expect(((await docker.listVolumes()).Volumes ?? []).map(({ Name }) => Name)).toEqual([]);
  });
});
