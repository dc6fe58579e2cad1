import { mkdirSync, readFileSync, writeFileSync } from "fs";
import { delimiter, join } from "path";
import execa from "execa";
import { toolchainEnv } from "../../toolchain/env";
import { projectRoot } from "../../toolchain/paths";
import { cosignFolder, keyPair } from "../helpers/cosign";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { killUp } from "../helpers/processes";
import { LOGIN, Registry } from "../helpers/registry";
import { TestStack } from "../helpers/stack";

const NAME = "supply";
const REPOSITORY = `acme/${NAME}-web`;
const STEADY = { unchanged: expect.any(Number) };
const MARKER = "marker-supply-5ecret";

describe("what a built image has to pass before a candidate runs it", () => {
  let registry: Registry;
  let stack: TestStack;
  /** Everything that was shown in the runs so far. */
  const shown: string[] = [];

  /** The application as this version of it is built, `lines` of its Dockerfile being peculiar to it. */
  const write = async (version: string, lines: string[] = [], more: object = {}) => {
    const { image, environment, ...web } = await probe(version, { port: stack.port, ...more });
    const text = [`FROM ${image}`, `LABEL built=${version}`, ...lines].join("\n");
    mkdirSync(join(stack.folder, "web"), { recursive: true });
    writeFileSync(join(stack.folder, "web/Dockerfile"), `${text}\n`);
    const seen = { ...(environment as object), PASSPHRASE: "${PASSPHRASE}" };
    const healthcheck = { ...(web.healthcheck as object), start_period: "0s" };
    stack.compose({ web: { ...web, environment: seen, healthcheck, build: "web" } });
    stack.set("version", version);
  };
  const up = async () => {
    const run = await stack.up();
    shown.push(run.output, stack.state());
    return run;
  };
  const deploy = async () => {
    const run = await up();
    if (!run.ok) throw new Error(run.output);
    return run;
  };
  const withProgram = (folder: string) => {
    stack.variables.PATH = [folder, toolchainEnv().PATH].join(delimiter);
  };
  const ours = async () => (await stack.containers()).filter(({ role }) => role !== "throwaway");
  const throwaways = async () =>
    (await stack.containers()).filter(({ role }) => role === "throwaway");
  const isUnique = (tag: string) => /^[0-9a-f]{16}$/.test(tag);
  /** A run that is refused, while requests go on. */
  const refused = async () => {
    const [before, tags] = [await ours(), await registry.tags(REPOSITORY)];
    const served = await stack.version();
    const load = startLoad(stack.port);
    const run = await up();
    expect((await load.stop()).failures).toEqual([]);
    expect(run.ok).toBe(false);
    expect(await stack.version()).toBe(served);
    expect(await ours()).toEqual(before);
    expect(await throwaways()).toEqual([]);
    const added = (await registry.tags(REPOSITORY)).filter((tag) => !tags.includes(tag));
    return { ...run, added };
  };

  beforeAll(async () => {
    registry = await Registry.start();
    stack = await TestStack.create(NAME);
    await registry.serve(stack);
    await stack.secret("secrets.PASSPHRASE", MARKER);
    await stack.secret("key", Buffer.alloc(32, 7).toString("base64"));
    stack.set("builds", { verify: true });
  });
  afterAll(async () => {
    await stack?.dispose();
    if (stack) await cleanEngine();
    registry?.dispose();
  });
  const cleanEngine = async () => {
    const { docker } = stack.transport;
    const found = (await docker.listImages()).flatMap(({ RepoTags, RepoDigests }) =>
      [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((n) => n.startsWith(registry.address)),
    );
    for (const name of found)
      await docker
        .getImage(name)
        .remove()
        .catch(() => {});
  };

  describe("it is started once", () => {
    test("one that is healthy gets its tags, and is not tried again", async () => {
      await write("1");
      const run = await deploy();
      expect(run.output).toMatch(/Verify verify-web/);
      expect(await stack.version()).toBe("1");
      const tags = await registry.tags(REPOSITORY);
      const unique = tags.find(isUnique);
      expect(tags).toEqual(expect.arrayContaining([unique, `staging-${unique}`, "1"]));
      expect(await throwaways()).toEqual([]);
      expect((await deploy()).changes).toEqual(STEADY);
    });

    test("one that ends at once is refused with its last lines, and gets no tag", async () => {
      await write("2", ['ENTRYPOINT ["/probe", "crash"]', "ENV PRINT_ENV=PASSPHRASE"]);
      const { output, added } = await refused();
      expect(output).toMatch(/was started once, and is not fit/);
      expect(output).toMatch(/service "web": it ended with 1/);
      expect(output).toContain("| crash: [secret]");
      expect(added).toEqual([expect.stringMatching(/^staging-[0-9a-f]{16}$/)]);
    });

    test("one that stays unhealthy is refused with what its check said", async () => {
      await write("3", ["ENV UNHEALTHY=1"]);
      const { output, added } = await refused();
      expect(output).toMatch(/service "web": unhealthy by its own check/);
      expect(added).toEqual([expect.stringMatching(/^staging-/)]);
    });

    test("what a killed run left is removed by the next one, whose image is good", async () => {
      await write("slow", ["ENV START_DELAY_MS=60000"]);
      await killUp(stack, async () =>
        (await throwaways()).some(({ state }) => state === "running"),
      );
      expect(await throwaways()).toHaveLength(1);
      await stack.pulumi(["cancel", "--yes"]);
      await write("4");
      await deploy();
      expect(await stack.version()).toBe("4");
      expect(await throwaways()).toEqual([]);
      expect((await deploy()).changes).toEqual(STEADY);
    });
  });

  describe("it is scanned, by a stand-in for Trivy (test/fixtures/trivy)", () => {
    const FINDINGS =
      "CVE-2024-1 openssl 3.0.1 3.0.2 HIGH,CVE-2024-2 zlib 1.2 - CRITICAL,CVE-3 a 1 - LOW";
    const LABEL = `LABEL findings="${FINDINGS}"`;

    test("where trivy is not, one line says so", async () => {
      stack.set("builds", { verify: true, scan: {} });
      await write("5");
      expect((await deploy()).output).toMatch(/is not scanned: trivy is not on the PATH/);
      expect((await deploy()).changes).toEqual(STEADY);
    });

    test("what it finds is a table, and no tag", async () => {
      const folder = join(projectRoot, "test/fixtures/trivy");
      withProgram(folder);
      stack.set("builds", { verify: true, scan: {} });
      await write("6", [LABEL]);
      const { output, added } = await refused();
      expect(output).toMatch(/is refused by slipway:builds.scan \(HIGH and above\)/);
      expect(output).toMatch(
        /CVE-2024-2 +zlib +1.2 +- +CRITICAL\s+CVE-2024-1 +openssl +3.0.1 +3.0.2 +HIGH/,
      );
      expect(output).not.toContain("CVE-3");
      expect(added).toEqual([]);
    });

    test("what is accepted goes its way", async () => {
      stack.set("builds", { verify: true, scan: { ignore: ["CVE-2024-1", "CVE-2024-2"] } });
      await deploy();
      expect(await stack.version()).toBe("6");
      expect((await deploy()).changes).toEqual(STEADY);
    });
  });

  describe("it is signed, by cosign", () => {
    const PASSWORD = "marker-cosign-5ecret";
    let cosign: string;
    let key: string;
    /** What cosign itself says of an image of ours, with this registry's login. */
    const verdict = async (digest: string) => {
      const config = join(stack.folder, "docker");
      mkdirSync(config, { recursive: true });
      const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64");
      const auths = { [registry.address]: { auth } };
      writeFileSync(join(config, "config.json"), JSON.stringify({ auths }));
      const named = `${registry.address}/${REPOSITORY}@${digest}`;
      const pub = join(stack.folder, "keys/cosign.pub");
      const args = ["verify", "--insecure-ignore-tlog=true", "--key", pub, named];
      const env = { DOCKER_CONFIG: config };
      return execa(join(cosign, "cosign"), args, { env, reject: false, all: true });
    };

    beforeAll(async () => {
      cosign = await cosignFolder();
      const keys = join(stack.folder, "keys");
      await keyPair(cosign, keys, PASSWORD);
      key = readFileSync(join(keys, "cosign.key"), "utf8");
      // Not at once with dashes: the CLI would take them for an option.
      await stack.secret("secrets.COSIGN_KEY", `\n${key}`);
      await stack.secret("secrets.COSIGN_PASSWORD", PASSWORD);
      withProgram(cosign);
      stack.set("builds", {
        verify: true,
        sign: {
          key: "COSIGN_KEY",
          password: "COSIGN_PASSWORD",
          verifyWith: join(keys, "cosign.pub"),
        },
      });
    });

    test("the digest that serves verifies with cosign itself", async () => {
      await write("7");
      await deploy();
      expect(await stack.version()).toBe("7");
      const { exitCode, all } = await verdict(await registry.digest(REPOSITORY, "7"));
      expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
      expect((await deploy()).changes).toEqual(STEADY);
      for (const text of shown) {
        for (const secret of [PASSWORD, key.split("\n")[1]!]) expect(text).not.toContain(secret);
      }
    });

    test("a digest without a signature, or with that of another one, gets no candidate", async () => {
      stack.set("version", "8");
      const unsigned = await registry.digest(REPOSITORY, "1");
      stack.set("images", { web: `${registry.address}/${REPOSITORY}@${unsigned}` });
      const { output } = await refused();
      expect(output).toMatch(/service "web": .* has no signature by this key/);
      const tagOf = (digest: string) => `${digest.replace(":", "-")}.sig`;
      const signed = await registry.digest(REPOSITORY, "7");
      await registry.retag(REPOSITORY, tagOf(signed), tagOf(unsigned));
      expect((await refused()).output).toMatch(/has no signature by this key/);
      stack.set("images", { web: `${registry.address}/${REPOSITORY}@${signed}` });
      await deploy();
      expect(await stack.version()).toBe("7");
    });
  });

  test("no secret was shown, or is in the state in clear", () => {
    for (const text of shown) {
      for (const secret of [MARKER, LOGIN.password]) expect(text).not.toContain(secret);
    }
  });
});
