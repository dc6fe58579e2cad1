import { mkdirSync, rmSync, writeFileSync } from "fs";
import { join } from "path";
import { gitOf } from "../../git";
import { cacheTags } from "../../spec/cache";
import { BUILDER, startBuildkit } from "../../toolchain/buildkit";
import { projectRoot } from "../../toolchain/paths";
import { pushBase, shell } from "../helpers/base";
import { probe } from "../helpers/probe";
import { LOGIN, Registry } from "../helpers/registry";
import { TestStack } from "../helpers/stack";

const NAME = "builders";
const REPOSITORY = `acme/${NAME}-web`;
const MARKER = "marker-build-5ecret";
const [CACHE] = cacheTags(gitOf(projectRoot).branch() ?? "main") as [string];

/** Stands in for a scanner, none of which can be pulled here: it says what BuildKit wants to hear. */
const SBOM = {
  _type: "https://in-toto.io/Statement/v0.1",
  subject: [],
  predicateType: "https://spdx.dev/Document",
  predicate: { spdxVersion: "SPDX-2.3", name: "stand-in" },
};
const SCANNER = `ENTRYPOINT ${shell(`echo '${JSON.stringify(SBOM)}' > $BUILDKIT_SCAN_DESTINATION/sbom.spdx.json`)}`;

describe("how images are built", () => {
  let registry: Registry;
  let stack: TestStack;
  let base: string;
  const buildkitds: number[] = [];

  /** `step`: a layer that is another one in each build that does not take it from a cache. */
  const write = async (version: string, { step = true } = {}) => {
    const { image: _image, ...web } = await probe(version, { port: stack.port });
    const folder = join(stack.folder, "web");
    mkdirSync(folder, { recursive: true });
    const line =
      "/busybox test -s /run/secrets/token && /busybox cat /proc/sys/kernel/random/uuid > /stamp";
    const lines = [
      `FROM ${base}`,
      ...(step ? [`RUN --mount=type=secret,id=token ${shell(line)}`] : []),
      "COPY version /version",
    ];
    writeFileSync(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
    writeFileSync(join(folder, "version"), version);
    const build = { context: "web", secrets: ["token"] };
    stack.compose({ web: { ...web, build } }, { secrets: { token: { environment: "token" } } });
  };
  const deploy = async (version: string, more?: Parameters<typeof write>[1]) => {
    await write(version, more);
    const run = await stack.deploy();
    expect(await stack.version()).toBe(version);
    return run;
  };
  /** Takes the place of the one before it. */
  const freshBuilder = async (name: string) => {
    const folder = join(stack.folder, name);
    const { pid } = await startBuildkit(folder, stack.variables.BUILDX_CONFIG);
    buildkitds.push(pid!);
  };
  const manifest = (reference: string) => registry.manifest(REPOSITORY, reference);
  /** What the stack says that it runs: a digest. */
  const running = () => (stack.outputs().images as { web: string }).web.split("@")[1]!;
  /** Digest of the layer that our step made. */
  const step = async (reference: string) => {
    const { layers } = await manifest(reference);
    return (layers as { digest: string }[]).at(-2)!.digest;
  };

  beforeAll(async () => {
    registry = await Registry.start();
    base = await pushBase(registry, "acme/base");
    stack = await TestStack.create(NAME);
    stack.variables = { BUILDX_CONFIG: join(stack.folder, "buildx") };
    await registry.serve(stack);
    stack.set("builds", { cache: true });
    await stack.secret("key", "0123456789abcdef0123456789abcdef");
    await stack.secret("secrets.token", MARKER);
  });
  afterAll(async () => {
    buildkitds.forEach((pid) => process.kill(pid));
    const { docker } = stack.transport;
    await stack.dispose();
    rmSync(stack.folder, { recursive: true, force: true });
    const ours = (await docker.listImages()).filter(({ RepoTags, RepoDigests }) =>
      [...(RepoTags ?? []), ...(RepoDigests ?? [])].some((name) =>
        name.startsWith(registry.address),
      ),
    );
    for (const { Id } of ours) await docker.getImage(Id).remove({ force: true });
    registry.dispose();
  });

  test("the engine's builder leaves its cache in the image, under the branch's tag", async () => {
    const run = await deploy("1");
    const { config, digest } = await manifest(CACHE);
    expect(digest).toBe(running());
    const image = await registry.blob(REPOSITORY, config.digest as string);
    expect(Object.keys(JSON.parse(image))).toContain("moby.buildkit.cache.v0");
    const again = await stack.deploy();
    expect(again.changes).toEqual({ unchanged: expect.any(Number) });
    for (const text of [run.output, again.output, stack.state(), image]) {
      expect(text).not.toContain(LOGIN.password);
      expect(text).not.toContain(MARKER);
    }
  });

  test("neither another cache nor another password builds an image again that is there", async () => {
    const before = running();
    stack.set("builds", { cache: { from: ["type=local,src=/nowhere"], to: ["type=inline"] } });
    await stack.secret("secrets.REGISTRY_TOKEN", "marker-other-5ecret");
    await stack.secret("secrets.token", "marker-rotated-5ecret");
    const run = await stack.deploy();
    expect(run.changes).toEqual({ unchanged: expect.any(Number) });
    expect(running()).toBe(before);
    await stack.secret("secrets.REGISTRY_TOKEN", LOGIN.password);
    await stack.secret("secrets.token", MARKER);
  });

  test("a builder that has built nothing yet takes the layers that another one has left", async () => {
    stack.set("builds", { cache: true, builder: BUILDER });
    await freshBuilder("one");
    await deploy("2");
    const second = running();
    const { config } = await manifest(CACHE);
    expect(config.mediaType).toBe("application/vnd.buildkit.cacheconfig.v0");
    await freshBuilder("two");
    await deploy("3");
    expect(running()).not.toBe(second);
    expect(await step(running())).toBe(await step(second));
  });

  test("an image for two platforms is pushed with what it was made of, and runs by its digest", async () => {
    const sbom = await pushBase(registry, "acme/scanner", [SCANNER]);
    stack.set("builds", { platforms: ["linux/arm64", "linux/amd64"], attest: { sbom } });
    const run = await deploy("4", { step: false });
    const index = await manifest(running());
    const parts = index.manifests as { digest: string; platform: any; annotations?: any }[];
    const platforms = parts.map(({ platform }) => `${platform.os}/${platform.architecture}`);
    expect(platforms.sort()).toEqual([
      "linux/amd64",
      "linux/arm64",
      "unknown/unknown",
      "unknown/unknown",
    ]);
    const about = parts.filter(({ annotations }) => annotations?.["vnd.docker.reference.type"]);
    const { layers } = await manifest(about[0]!.digest);
    const statements = await Promise.all(
      (layers as { digest: string }[]).map(({ digest }) => registry.blob(REPOSITORY, digest)),
    );
    const said = statements.map((text) => JSON.parse(text));
    expect(said.map(({ predicateType }) => predicateType).sort()).toEqual([
      expect.stringContaining("slsa.dev/provenance"),
      SBOM.predicateType,
    ]);
    const provenance = said.find(({ predicateType }) => predicateType !== SBOM.predicateType);
    // Only the full one tells the steps.
    expect(provenance.predicate.buildConfig.llbDefinition.length).toBeGreaterThan(1);
    const [live] = await stack.slot(stack.outputs().active as string);
    const { docker } = stack.transport;
    const { Image } = await docker.getContainer(live!.id).inspect();
    const names = (await docker.getImage(Image).inspect()).RepoDigests;
    expect(names).toContain(`${registry.address}/${REPOSITORY}@${running()}`);
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
    for (const text of [run.output, stack.state(), ...statements]) {
      expect(text).not.toContain(LOGIN.password);
      expect(text).not.toContain(MARKER);
    }
  });
});
