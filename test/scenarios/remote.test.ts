import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Transport } from "../../provider/docker/transport";
import { engineHost } from "../../toolchain/engine";
import { startLoad } from "../helpers/load";
import { type PrivateEngine, startPrivateEngine } from "../helpers/privateEngine";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { type Sshd, startSshd } from "../helpers/sshd";
import { TestStack } from "../helpers/stack";

const NAME = "slwremote";
/** As a developer has it: made here, in no registry, and not called as if it were ours. */
const LOCAL_IMAGE = "remote-app:dev";

const ids = (containers: { id: string; startedAt: string }[]) =>
  containers.map(({ id, startedAt }) => `${id} ${startedAt}`);

describe("a host behind ssh and a jump host, with an empty engine", () => {
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
  const load = () => startLoad(stack.port, { host: engine.address });
  const imagesThere = async () =>
    (await stack.transport.docker.listImages()).flatMap((image) => image.RepoTags ?? []);
  /** What the product says when it cannot get through, without a whole update. */
  const refusal = () =>
    new Transport(sshd.host).docker.version().then(
      () => "",
      (error: Error) => error.message,
    );

  beforeAll(async () => {
    engine = await startPrivateEngine(NAME);
    sshd = await startSshd(NAME, engine);
    stack = await TestStack.create("remote", `unix://${engine.socket}`);
    stack.set("docker", { host: sshd.host, bind: "0.0.0.0" });
    await here.getImage(await ensureProbeImage()).tag({ repo: "remote-app", tag: "dev" });
  });
  afterAll(async () => {
    await stack?.dispose();
    await sshd?.stop();
    await engine?.stop();
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
    copyFileSync(key, `${key}.right`);
    rmSync(key);
    expect(await refusal()).toMatch(/no key was accepted.*ssh-copy-id/);
    copyFileSync(`${key}.right`, key);
    await sshd.allowDocker(false);
    expect(await refusal()).toMatch(/may not use Docker there.*usermod -aG docker/);
    await sshd.allowDocker(true);
    expect(await refusal()).toBe("");
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
    const clients = load();
    const run = await stack.deploy();
    const report = await clients.stop();
    expect(run.output).toContain(`sending ${base} to the host`);
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["1", "2"]);
    expect((await imagesThere()).some((tag) => tag.startsWith("remote-web:"))).toBe(true);
    expect(ids(await stack.slot("blue"))).toEqual(before);
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
    const update = stack.up();
    await gateIsAsking();
    const begin = Date.now();
    const thaw = await sshd.freeze();
    const run = await update;
    const took = Date.now() - begin;
    thaw();
    await sshd.drop();
    expect(run.ok).toBe(false);
    expect(run.output).toMatch(/ssh to production: .*(lost|no ssh server)/);
    expect(took).toBeLessThan(15_000);
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

  /** The candidate runs and is not healthy yet. */
  async function gateIsAsking(): Promise<void> {
    for (;;) {
      const green = await stack.slot("green");
      const candidate = green.find((c) => c.service === "web" && c.state === "running");
      const info = candidate && (await stack.transport.docker.getContainer(candidate.id).inspect());
      if (info?.Config.Env.includes("VERSION=3")) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
});
