import { mkdirSync, writeFileSync } from "fs";
import { join } from "path";
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
    stack.set("registry", {
      server: `${registry.address}/acme`,
      username: LOGIN.username,
      password: "REGISTRY_TOKEN",
    });
    await stack.secret("secrets.REGISTRY_TOKEN", LOGIN.password);
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

  test("no secret was shown, or is in the state in clear", () => {
    for (const text of shown) {
      for (const secret of [MARKER, LOGIN.password]) expect(text).not.toContain(secret);
    }
  });
});
