import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "fs";
import { join } from "path";
import execa from "execa";
import { Transport } from "../../provider/docker/transport";
import { REGISTRY_PORT } from "../../spec/defaults";
import { engineHost } from "../../toolchain/engine";
import { projectRoot } from "../../toolchain/paths";
import { startLoad } from "../helpers/load";
import { PrivateEngine } from "../helpers/privateEngine";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { startUp } from "../helpers/processes";
import { type Sshd, startSshd } from "../helpers/sshd";
import { type Container, TestStack } from "../helpers/stack";
import { until } from "../helpers/until";

const NAME = "slwremote";
/** As a developer has it: made here, in no registry, and not called as if it were ours. */
const LOCAL_IMAGE = "remote-app:dev";

const ids = (containers: Container[]) =>
  containers.map(({ id, startedAt }) => `${id} ${startedAt}`);

// Elsewhere (no root, or the engine in a virtual machine) there cannot be a second one.
const onOwnEngine = PrivateEngine.possible() ? describe : describe.skip;

onOwnEngine("a host behind ssh and a jump host, with an empty engine", () => {
  let engine: PrivateEngine;
  let sshd: Sshd;
  let stack: TestStack;
  const here = new Transport(engineHost()).docker;

  const web = async (version: string, environment = {}, more: Record<string, unknown> = {}) =>
    stack.compose({
      web: {
        ...(await probe(version, { port: stack.port, environment })),
        image: LOCAL_IMAGE,
        ...more,
      },
    });
  const load = () => startLoad(stack.port);
  const imagesThere = async () =>
    (await stack.transport.docker.listImages()).flatMap((image) => image.RepoTags ?? []);
  /** What `npm run doctor -- --host` says. */
  const doctor = async () => {
    const args = ["toolchain/doctor.ts", "--host", sshd.host];
    const { all } = await execa(join(projectRoot, "node_modules/.bin/tsx"), args, {
      cwd: projectRoot,
      env: process.env,
      all: true,
      reject: false,
    });
    return all ?? "";
  };

  beforeAll(async () => {
    engine = await PrivateEngine.start();
    sshd = await startSshd(NAME, engine);
    // The program runs on this side; the test itself looks straight at the engine.
    stack = await TestStack.create("remote", { host: engine.host, bind: "0.0.0.0", command: [] });
    await engine.open(stack.port);
    stack.set("docker", { host: sshd.host, bind: "0.0.0.0" });
    await here.getImage(await ensureProbeImage()).tag({ repo: "remote-app", tag: "dev" });
  });
  afterAll(async () => {
    await stack?.dispose();
    await sshd?.stop();
    await engine?.dispose();
    await here
      .getImage(LOCAL_IMAGE)
      .remove()
      .catch(() => {});
  });

  test("an unknown host key is refused with the cure, and nothing is registered", async () => {
    await web("1");
    const { knownHosts } = sshd.config;
    const known = readFileSync(knownHosts);
    rmSync(knownHosts);
    const run = await stack.up();
    writeFileSync(knownHosts, known);
    expect(run.ok).toBe(false);
    expect(run.output).toContain("its host key is not known here");
    expect(run.output).toContain('Run "ssh production" once');
    expect(stack.state()).not.toContain("slipway-platform:index:");
  });

  test("a wrong key, and a user who may not use Docker, are told with the cure", async () => {
    const { key } = sshd.config;
    renameSync(key, `${key}.right`);
    const withoutKey = await doctor();
    renameSync(`${key}.right`, key);
    expect(withoutKey).toMatch(/no key was accepted.*ssh-copy-id/);
    await sshd.allowDocker(false);
    const withoutGroup = await doctor();
    await sshd.allowDocker(true);
    expect(withoutGroup).toMatch(/may not use Docker there.*usermod -aG docker/);
    const well = await doctor();
    for (const part of ["ssh", "docker", "group"]) expect(well).toMatch(new RegExp(`✓ ${part} `));
  });

  test("a preview sends nothing; the first deploy sends what only this machine has", async () => {
    const preview = await stack.preview();
    expect(preview).toMatchObject({ ok: true });
    expect(await imagesThere()).toEqual([]);
    const run = await stack.deploy();
    expect(run.output).toMatch(/sending .*remote-app:dev.* to the host/);
    expect(await imagesThere()).toContain(LOCAL_IMAGE);
    expect(await stack.version()).toBe("1");
    const there = await stack.transport.docker.getImage(LOCAL_IMAGE).inspect();
    expect(there.Id).toBe((await here.getImage(LOCAL_IMAGE).inspect()).Id);
  });

  test("a second up is steady", async () => {
    const before = ids(await stack.containers());
    const run = await stack.deploy();
    expect(run.changes).toEqual({ unchanged: expect.any(Number) });
    expect(ids(await stack.containers())).toEqual(before);
  });

  test("an image is built there, upon one that only this machine has, and no request fails", async () => {
    const context = join(stack.folder, "app");
    mkdirSync(context);
    const base = await ensureProbeImage();
    writeFileSync(join(context, "Dockerfile"), `FROM ${base}\nENV BUILT=there\n`);
    // The same layers under another name: what is sent first is gone.
    await stack.transport.docker.getImage(base).remove().catch(() => {}); // prettier-ignore
    const before = ids(await stack.slot("blue"));
    await web("2", {}, { image: undefined, build: context });
    stack.set("registry", undefined);
    const clients = load();
    const run = await stack.deploy();
    const report = await clients.stop();
    // The image of the host's registry too, which is made now.
    expect(run.output).toMatch(new RegExp(`sending .*${base}.* to the host`));
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["1", "2"]);
    const built = (tag: string) => tag.startsWith(`127.0.0.1:${REGISTRY_PORT}/remote-web:`);
    expect((await imagesThere()).some(built)).toBe(true);
    expect(stack.outputs().images.web).toMatch(/^127\.0\.0\.1:\d+\/remote-web@sha256:/);
    expect(ids(await stack.slot("blue"))).toEqual(before);
  });

  test("the operator's commands reach it as well", async () => {
    const health = await stack.slipway("health", "--json");
    expect(JSON.parse(health.stdout)).toMatchObject({ ok: true, faults: [] });
    const doctor = await stack.slipway("doctor", "--json");
    expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: true });
    expect(await stack.slipway("exec", "web", "--", "/probe", "check", "http://127.0.0.1:8080/health")).toMatchObject({ exitCode: 0 }); // prettier-ignore
    const follow = stack.slipwayProcess("logs", "web", "--follow");
    let seen = "";
    follow.stdout!.on("data", (chunk) => (seen += chunk));
    await until(async () => seen.includes("web"), 30);
    follow.kill("SIGINT");
    expect((await follow).exitCode).toBe(0);
  });

  test("back: only the traffic moves, and no request fails", async () => {
    const before = ids(await stack.containers());
    stack.set("release", stack.outputs().records[0].release);
    const clients = load();
    const run = await stack.deploy();
    const report = await clients.stop();
    stack.set("release", undefined);
    expect(run.output).toContain("flip:");
    expect(report.failures).toEqual([]);
    expect(await stack.version()).toBe("1");
    expect(ids(await stack.containers())).toEqual(before);
  });

  test("a connection that is lost in the middle: an error in time, nothing lost, the next up converges", async () => {
    const before = ids(await stack.slot("blue"));
    await web("3", { START_DELAY_MS: "60000" });
    const clients = load();
    const update = startUp(stack);
    let output = "";
    update.all!.on("data", (chunk) => (output += chunk));
    await until(async () => /Gate gate (creating|updating)/.test(output), 60);
    const begin = Date.now();
    const thaw = await sshd.freeze();
    const { exitCode } = await update;
    const took = Date.now() - begin;
    thaw();
    await sshd.drop();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/ssh to production: .*(lost|no ssh server)/);
    // 20 s of silence, and what the CLI then takes to end on a busy machine; not the minute that the service would.
    expect(took).toBeLessThan(40_000);
    expect(ids(await stack.slot("blue"))).toEqual(before);
    await web("3");
    await stack.deploy();
    const report = await clients.stop();
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["1", "3"]);
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("destroy leaves no container", async () => {
    const run = await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(run).toMatchObject({ ok: true });
    expect(await stack.containers()).toEqual([]);
  });
});
