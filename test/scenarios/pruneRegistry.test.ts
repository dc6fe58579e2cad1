import { randomBytes } from "crypto";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "fs";
import { join } from "path";
import type { PruneReport } from "../../cli/prune";
import { PROXY_IMAGE, ROUTER_IMAGE } from "../../spec/defaults";
import { LABEL } from "../../spec/names";
import { importImage, tarOf } from "../../toolchain/image-build";
import { engineHost } from "../../toolchain/engine";
import { ensureBaseImages } from "../../toolchain/images";
import { PrivateEngine } from "../helpers/privateEngine";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { LOGIN, Registry } from "../helpers/registry";
import { TestStack } from "../helpers/stack";

const STEADY = { unchanged: expect.any(Number) };
const NAME = "regprune";
const REPOSITORY = `acme/${NAME}-web`;
/** Of the application regprune-web, whose service is api. */
const ALIKE = `acme/${NAME}-web-api`;
/** Bytes that only one content has. */
const OWN = 1_000_000;

// One name is one environment on an engine, so the second one is on an engine of its own.
const onTwoEngines = PrivateEngine.possible() ? describe : describe.skip;

/** Staging deploys D, B, C and production A, E; each keeps its last two. */
onTwoEngines("slipway prune, in a registry that two environments share", () => {
  let registry: Registry;
  let engine: PrivateEngine;
  let staging: TestStack;
  let production: TestStack;
  const contents: Record<string, Buffer> = {};
  /** Content -> digest, as it was pushed. */
  const digests: Record<string, string> = {};
  const releases: Record<string, string> = {};
  let unsigned: string[];

  const deploy = async (stack: TestStack, content: string) => {
    const web = join(stack.folder, "web");
    mkdirSync(web, { recursive: true });
    writeFileSync(join(web, "own"), (contents[content] ??= randomBytes(OWN)));
    writeFileSync(join(web, "Dockerfile"), `FROM ${await ensureProbeImage()}\nCOPY own /own\n`);
    const service = await probe(content, { port: stack.port });
    stack.compose({ web: { ...service, image: undefined, build: web } });
    await stack.deploy();
    const { images, release } = stack.outputs();
    digests[content] = Object.values<string>(images)[0]!.split("@")[1]!;
    releases[`${stack === staging ? "staging" : "production"} ${content}`] = release;
  };
  const pruned = async (...more: string[]) => {
    const { exitCode, stdout, all } = await staging.slipway("prune", ...more);
    if (exitCode !== 0) throw new Error(all);
    return { stdout, all };
  };
  const stored = async () => ({
    ours: (await registry.tags(REPOSITORY)).sort(),
    alike: (await registry.tags(ALIKE)).sort(),
  });
  /** Neither a container nor an image of it is left on the engine. */
  const forget = async (stack: TestStack, content: string) => {
    const { docker } = stack.transport;
    const idle = stack.outputs().active === "blue" ? "green" : "blue";
    for (const { id } of await stack.slot(idle)) {
      await docker.getContainer(id).remove({ force: true });
    }
    const wanted = `${registry.address}/${REPOSITORY}@${digests[content]}`;
    const images = (await docker.listImages()).filter((i) => i.RepoDigests?.includes(wanted));
    for (const { Id } of images) await docker.getImage(Id).remove({ force: true });
    return images.length;
  };

  beforeAll(async () => {
    registry = await Registry.start();
    engine = await PrivateEngine.start();
    await engine.lend(Number(registry.address.split(":")[1]));
    const mirrors = await ensureBaseImages(() => {});
    const images = [PROXY_IMAGE, ROUTER_IMAGE].map((image) => mirrors[image] ?? image);
    await engine.load([await ensureProbeImage(), ...images]);
    staging = await TestStack.create(NAME);
    await staging.rename(`${NAME}-staging`);
    production = await TestStack.create(NAME, engine);
    await engine.open(production.port);
    // Both in one backend, as stacks of one project.
    rmSync(join(production.folder, "state"), { recursive: true });
    symlinkSync(join(staging.folder, "state"), join(production.folder, "state"));
    await production.init();
    await production.rename(`${NAME}-production`);
    for (const stack of [staging, production]) {
      stack.set("strategy", { drainTimeout: 2, deployTimeout: 20, retain: 1 });
      await registry.serve(stack);
    }
    const all = async (stack: TestStack, wanted: string[]) => {
      for (const content of wanted) await deploy(stack, content);
    };
    await Promise.all([all(staging, ["D", "B", "C"]), all(production, ["A", "E"])]);

    const { docker } = staging.transport;
    const alike = `${registry.address}/${ALIKE}:${"0".repeat(15)}1`;
    await importImage(docker, alike, tarOf([]), [`LABEL ${LABEL.builtFor}=${NAME}-web`]);
    const pushing = await docker
      .getImage(alike)
      .push({ authconfig: { ...LOGIN, serveraddress: registry.address } });
    await new Promise((resolve) => docker.modem.followProgress(pushing, resolve));
    await docker.getImage(alike).remove();

    unsigned = await registry.tags(REPOSITORY);
    const [a, d] = [digests.A!, digests.D!];
    const manifests = await Promise.all([a, d].map((one) => registry.manifest(REPOSITORY, one)));
    const oci = "application/vnd.oci.image";
    for (const { digest, config } of manifests) {
      const tag = `${digest.replace(":", "-")}.sig`;
      await registry.put(REPOSITORY, tag, {
        mediaType: `${oci}.manifest.v1+json`,
        ...{
          config: { ...config, mediaType: `${oci}.config.v1+json` },
          layers: [],
        },
      });
    }
    await registry.put(REPOSITORY, "both", {
      mediaType: `${oci}.index.v1+json`,
      ...{
        manifests: manifests.map(({ mediaType, digest, size }) => ({
          mediaType,
          digest,
          size,
        })),
      },
    });
    // Two engines, and five deploys.
  }, 900_000);
  afterAll(async () => {
    const { docker } = staging.transport;
    await staging?.dispose();
    const left = (await docker.listImages()).filter((image) =>
      [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].some((name) =>
        name.startsWith(`${registry.address}/`),
      ),
    );
    for (const { Id } of left) await docker.getImage(Id).remove({ force: true });
    await production?.dispose().catch(() => {});
    await engine?.dispose();
    registry?.dispose();
  });

  test("what was just pushed stays", async () => {
    const before = await stored();
    const { stdout } = await pruned("--yes", "--json");
    const [told] = (JSON.parse(stdout) as PruneReport).registries;
    // D, and the index of it and A.
    expect(told).toMatchObject({
      images: [],
      kept: { needed: 4, young: 2, foreign: 1 },
    });
    expect(await stored()).toEqual(before);
  });

  test("without --yes it tells what would go, and nothing goes", async () => {
    const before = await stored();
    const { stdout, all } = await pruned("--older-than", "0");
    expect(stdout).toContain(`Registry ${registry.address}/acme on ${engineHost()}: ${NAME}`);
    expect(stdout).toMatch(
      new RegExp(`${digests.D!.slice(7, 19)} .* 1.0 MB .* no release that is`),
    );
    for (const content of ["A", "B", "C", "E"]) {
      expect(stdout).not.toContain(digests[content]!.slice(7, 19));
    }
    expect(stdout).toContain("stays: 4 needed, 1 not built for these applications");
    expect(stdout).toContain("garbage-collect");
    expect(all).not.toContain(LOGIN.password);
    expect(await stored()).toEqual(before);
  });

  test("one environment whose outputs cannot be read, and nothing goes", async () => {
    const before = await stored();
    const path = join(staging.folder, `state/.pulumi/stacks/slipway/${NAME}-production.json`);
    const state = readFileSync(path);
    writeFileSync(path, state.subarray(0, 1000));
    const { exitCode, stdout } = await staging.slipway("prune", "--older-than", "0", "--yes");
    writeFileSync(path, state);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 1 });
    expect(stdout).toMatch(/nothing goes from the registry: pulumi stack /);
    expect(await stored()).toEqual(before);
  });

  test("with --yes exactly that goes, and its signature", async () => {
    const before = await stored();
    const { stdout } = await pruned("--older-than", "0", "--yes", "--json");
    const { registries } = JSON.parse(stdout) as PruneReport;
    expect(registries).toMatchObject([{ kept: { needed: 4, foreign: 1 } }]);
    expect(registries[0]!.images.every(({ removed }) => removed)).toBe(true);
    expect(registries[0]!.frees).toBeGreaterThanOrEqual(OWN);
    expect(registries[0]!.frees).toBeLessThan(1.1 * OWN);
    const after = await stored();
    const gone = before.ours.filter((tag) => !after.ours.includes(tag));
    expect(gone).toContain("both");
    expect(gone).toContain(`${digests.D!.replace(":", "-")}.sig`);
    expect(after.ours).toContain(`${digests.A!.replace(":", "-")}.sig`);
    expect(after.alike).toEqual(before.alike);
    await expect(registry.manifest(REPOSITORY, digests.D!)).rejects.toThrow("404");
    const unique = unsigned.filter((tag) => /^[0-9a-f]{16}$/.test(tag));
    expect(after.ours.filter((tag) => unique.includes(tag))).toHaveLength(unique.length - 1);
    const again = await pruned("--older-than", "0", "--yes");
    expect(again.stdout.split("\n").pop()).toBe("nothing to remove");
  });

  test("when garbage was collected its layer is free, and all the others' are there", async () => {
    const layers = await Promise.all(
      ["A", "B", "C", "E"].map((content) => registry.manifest(REPOSITORY, digests[content]!)),
    );
    await registry.collectGarbage();
    const own = layers.flatMap((manifest) => manifest.layers.map(({ digest }) => digest));
    expect(own.filter((digest) => !registry.stores(digest))).toEqual([]);
    expect(registry.stores(digests.D!)).toBe(false);
  });

  test.each([
    ["staging", "B"],
    ["production", "A"],
  ])("%s goes back, by what the registry has", async (name, content) => {
    const stack = name === "staging" ? staging : production;
    expect(await forget(stack, content)).toBeGreaterThan(0);
    stack.set("release", releases[`${name} ${content}`]);
    await stack.deploy();
    expect(await stack.version()).toBe(content);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });
});
