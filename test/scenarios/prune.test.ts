import { randomBytes } from "crypto";
import { mkdirSync, writeFileSync } from "fs";
import { join } from "path";
import type { PruneReport } from "../../cli/prune";
import { LABEL } from "../../spec/names";
import { importImage, tarOf } from "../../toolchain/image-build";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { TestStack } from "../helpers/stack";

const STEADY = { unchanged: expect.any(Number) };
/** Bytes that only one version has. */
const OWN = 2_000_000;

/** Three versions are built, and two of them are kept. */
describe("slipway prune", () => {
  let stack: TestStack;
  const built: string[] = [];
  const releases: string[] = [];
  const tag = `${"0".repeat(15)}1`;
  const foreign = {
    /** Of the application prune-app-web, whose service is api. */
    [`prune-app-web-api:${tag}`]: { [LABEL.builtFor]: "prune-app-web", [LABEL.attempt]: "1" },
    /** Made by hand: it only looks like one of ours. */
    [`prune-app-web:${tag}`]: {},
  };

  const references = async () =>
    (await stack.transport.docker.listImages())
      .flatMap(({ RepoTags }) => RepoTags ?? [])
      .filter((reference) => reference.startsWith("prune-app-"))
      .sort();
  const deploy = async (version: string) => {
    writeFileSync(join(stack.folder, "app", "own"), randomBytes(OWN));
    const service = await probe(version, { port: stack.port });
    stack.compose({ web: { ...service, image: undefined, build: join(stack.folder, "app") } });
    const before = await references();
    await stack.deploy();
    built.push(...(await references()).filter((reference) => !before.includes(reference)));
    releases.push(stack.outputs().release);
  };
  beforeAll(async () => {
    stack = await TestStack.create("prune-app");
    stack.set("strategy", { drainTimeout: 2, deployTimeout: 15, retain: 1 });
    const app = join(stack.folder, "app");
    mkdirSync(app);
    writeFileSync(join(app, "Dockerfile"), `FROM ${await ensureProbeImage()}\nCOPY own /own\n`);
    for (const [reference, labels] of Object.entries(foreign)) {
      const lines = Object.entries(labels).map(([name, value]) => `LABEL ${name}=${value}`);
      await importImage(stack.transport.docker, reference, tarOf([]), lines);
    }
    for (const version of ["1", "2", "3"]) await deploy(version);
  });
  afterAll(async () => {
    const left = await references();
    await stack.dispose();
    for (const reference of left) await stack.transport.docker.getImage(reference).remove();
  });

  test("without --yes it tells what would go, and nothing goes", async () => {
    expect(built).toHaveLength(3);
    const before = await references();
    const { exitCode, stdout } = await stack.slipway("prune");
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    expect(stdout).toMatch(new RegExp(`${built[0]} .* no release that is kept names it`));
    expect(stdout).not.toContain(built[1]);
    expect(stdout).not.toContain(built[2]);
    expect(stdout).toContain("2 built images are needed and stay");
    const last = "nothing was removed. With --yes 1 image would go, which frees 2.0 MB or more";
    expect(stdout.split("\n").pop()).toBe(last);
    expect(await references()).toEqual(before);
  });

  test("with --yes exactly that goes: not what looks alike, not what runs or is kept", async () => {
    const before = await stack.containers();
    const load = startLoad(stack.port);
    const { exitCode, stdout } = await stack.slipway("prune", "--yes", "--json");
    expect((await load.stop()).failures).toEqual([]);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    const report = JSON.parse(stdout) as PruneReport;
    expect(report).toMatchObject({ format: 1, ok: true, removes: true, faults: [] });
    expect(report.hosts[0]!.images).toMatchObject([{ reference: built[0], removed: true }]);
    expect(report.frees).toBeGreaterThanOrEqual(OWN);
    expect(await references()).toEqual([...Object.keys(foreign), built[1], built[2]].sort());
    expect(await stack.containers()).toEqual(before);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a second time there is nothing to do", async () => {
    const { exitCode, stdout } = await stack.slipway("prune", "--yes");
    expect({ exitCode, last: stdout.split("\n").pop() }).toEqual({
      exitCode: 0,
      last: "nothing to remove",
    });
  });

  test("the release that is kept can be gone back to", async () => {
    const before = await stack.slot("blue");
    stack.set("release", releases[1]);
    const load = startLoad(stack.port);
    await stack.deploy();
    expect((await load.stop()).failures).toEqual([]);
    expect(await stack.version()).toBe("2");
    expect(await stack.slot("blue")).toEqual(before);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("it is made anew from its record and its image, too", async () => {
    const [container] = (await stack.slot(stack.outputs().active)).filter((c) => c.role === "app");
    await stack.transport.docker.getContainer(container!.id).remove({ force: true });
    await stack.deploy();
    expect(await stack.version()).toBe("2");
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });
});
