import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "fs";
import { join } from "path";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { LOGIN, Registry } from "../helpers/registry";
import { TestStack } from "../helpers/stack";

const NAME = "pushed";
const REPOSITORY = `acme/${NAME}-web`;

describe("built images in a registry that wants a login", () => {
  let registry: Registry;
  let stack: TestStack;
  const releases: Record<string, string> = {};

  /** The application as this version of it is built. */
  const write = async (version: string) => {
    const { image, ...web } = await probe(version, { port: stack.port });
    mkdirSync(join(stack.folder, "web"), { recursive: true });
    writeFileSync(join(stack.folder, "web/Dockerfile"), `FROM ${image}\nLABEL built=${version}\n`);
    stack.compose({ web: { ...web, build: "web" } });
  };
  const deploy = async (version: string) => {
    await write(version);
    stack.set("version", version);
    const run = await stack.deploy();
    releases[version] = stack.outputs().release as string;
    return run;
  };
  /** Repository digests of what serves. */
  const served = () => digestsOf(stack);
  const digestsOf = async (of: TestStack) => {
    const [live] = await of.slot(of.outputs().active as string);
    const { docker } = of.transport;
    const { Image } = await docker.getContainer(live!.id).inspect();
    return (await docker.getImage(Image).inspect()).RepoDigests ?? [];
  };
  /** The engine forgets what nothing runs from. */
  const cleanEngine = async () => {
    const { docker } = stack.transport;
    const used = (await docker.listContainers({ all: true })).map((c) => c.ImageID);
    const ours = (await docker.listImages()).filter((image) =>
      [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].some((name) =>
        name.startsWith(registry.address),
      ),
    );
    const unused = ours.filter((image) => !used.includes(image.Id));
    for (const image of unused) await docker.getImage(image.Id).remove({ force: true });
    return unused.length;
  };
  /** Of version 1: what it ran by, and the tag that it was pushed under. */
  let first: string;
  let firstTag: string;

  beforeAll(async () => {
    registry = await Registry.start();
    stack = await TestStack.create(NAME);
    await registry.serve(stack);
  });
  afterAll(async () => {
    await cleanEngine().catch(() => {});
    await stack?.dispose();
    await cleanEngine().catch(() => {});
    registry?.dispose();
  });

  test("an image is pushed, and runs by the digest that the registry gave it", async () => {
    const run = await deploy("1");
    expect(await stack.version()).toBe("1");
    const tags = await registry.tags(REPOSITORY);
    [firstTag] = tags.filter((tag) => /^[0-9a-f]{16}$/.test(tag)) as [string];
    expect(tags).toEqual(
      expect.arrayContaining([firstTag, "1", expect.stringMatching(/^1-[0-9a-f]{10}$/)]),
    );
    expect(tags).not.toContain("latest");
    [first] = (await served()).filter((name) => name.startsWith(registry.address)) as [string];
    expect(first).toMatch(/@sha256:/);
    const again = await stack.deploy();
    expect(again.changes).toEqual({ unchanged: expect.any(Number) });
    for (const text of [run.output, again.output, stack.state()]) {
      expect(text).not.toContain(LOGIN.password);
    }
  });

  test("without the registry a steady run goes on as before", async () => {
    registry.stop();
    const run = await stack.deploy();
    await registry.resume();
    expect(run.changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("on a cleaned engine, and with the tag moved, a rollback runs exactly what ran before", async () => {
    await deploy("2");
    await deploy("3");
    const { docker } = stack.transport;
    expect(await cleanEngine()).toBeGreaterThan(0);
    // Somebody pushes version 3 under the tag of version 1.
    const [live] = await stack.slot(stack.outputs().active as string);
    const { Image } = await docker.getContainer(live!.id).inspect();
    const moved = { repo: `${registry.address}/${REPOSITORY}`, tag: firstTag };
    await docker.getImage(Image).tag(moved);
    const pushing = await docker
      .getImage(`${moved.repo}:${moved.tag}`)
      .push({ authconfig: { ...LOGIN, serveraddress: registry.address } });
    await new Promise((resolve) => docker.modem.followProgress(pushing, resolve));
    await docker.getImage(`${moved.repo}:${moved.tag}`).remove();

    stack.set("release", releases["1"]);
    const load = startLoad(stack.port);
    await stack.deploy();
    expect((await load.stop()).failures).toEqual([]);
    expect(await stack.version()).toBe("1");
    expect(await served()).toContain(first);
    stack.set("release", undefined);
  });

  test("what neither engine nor registry has is refused before anything changes", async () => {
    await deploy("4");
    await deploy("5");
    await cleanEngine();
    await registry.forget(REPOSITORY, first.split("@")[1]!);
    const before = await stack.containers();
    stack.set("release", releases["1"]);
    const run = await stack.up();
    stack.set("release", undefined);
    expect(run.ok).toBe(false);
    expect(run.output).toMatch(/image of "web" is gone .*@sha256:.*manifest unknown/);
    expect(await stack.containers()).toEqual(before);
  });

  test("a login that is refused leaves the old release serving, and is named", async () => {
    await stack.secret("secrets.REGISTRY_TOKEN", "marker-wrong-5ecret");
    await write("6");
    stack.set("version", "6");
    const run = await stack.up();
    expect(run.ok).toBe(false);
    expect(run.output).toMatch(/401|unauthorized|authorization failed/i);
    expect(run.output).not.toContain("marker-wrong");
    expect(await stack.version()).toBe("5");
    await stack.secret("secrets.REGISTRY_TOKEN", LOGIN.password);
    await stack.deploy();
    expect(await stack.version()).toBe("6");
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("another stack runs what this one runs, builds nothing, and needs nothing of it afterwards", async () => {
    const target = await TestStack.create("promoted");
    const write = async (more: object = {}) => {
      const { image: _image, ...web } = await probe("6", { port: target.port });
      const build = join(stack.folder, "web");
      target.compose({ web: { ...web, build, ...more } });
    };
    const promote = async () => {
      const run = await target.deploy();
      expect(run.output).not.toMatch(/docker-build|Push/);
      expect(await digestsOf(target)).toEqual(await served());
      return target.outputs().release as string;
    };
    try {
      // Both in one backend, as stacks of one project.
      rmSync(join(target.folder, "state"), { recursive: true });
      symlinkSync(join(stack.folder, "state"), join(target.folder, "state"));
      await target.init();
      target.set("images", { from: NAME });
      const login = { username: LOGIN.username, password: "REGISTRY_TOKEN" };
      target.set("registries", [{ server: registry.address, ...login }]);
      await target.secret("secrets.REGISTRY_TOKEN", LOGIN.password);
      await write();
      const older = await promote();
      const images = await digestsOf(target);
      expect((await target.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
      await deploy("7");
      await promote();
      expect(await digestsOf(target)).not.toEqual(images);

      expect((await stack.run(["destroy", "--yes", "--skip-preview"])).ok).toBe(true);
      const refused = await target.up();
      expect(refused.ok).toBe(false);
      expect(refused.output).toContain(`stack ${NAME} runs no pushed image of "web"`);
      await cleanEngine();
      target.set("images", { web: images[0] });
      await write({ environment: { VERSION: "8" } });
      await target.deploy();
      expect(await target.version()).toBe("8");
      target.set("release", older);
      await target.deploy();
      expect(await target.version()).toBe("6");
      expect(await digestsOf(target)).toEqual(images);
    } finally {
      await target.dispose();
    }
  });
});
