import { rmSync } from "fs";
import { join } from "path";
import { LABEL } from "../../spec/names";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

const MARKER = "adopt-t0p-s3cret";

/** The state is lost for good; everything else is there. */
describe("a lost state", () => {
  let stack: TestStack;
  const compose = async (version: string) =>
    stack.compose(
      {
        web: await probe(version, {
          port: stack.port,
          environment: { TOKEN: "${TOKEN}" },
          depends_on: ["db"],
        }),
        db: { ...(await probe("db")), volumes: ["data:/data"], "x-slipway": { role: "accessory" } },
        jobs: {
          image: (await probe(version)).image,
          command: ["worker"],
          environment: { VERSION: version, TOKEN: "${TOKEN}" },
          "x-slipway": { role: "worker" },
        },
      },
      { volumes: { data: {} } },
    );
  const ids = async () => (await stack.containers()).map((c) => `${c.name} ${c.id}`);

  beforeAll(async () => {
    stack = await TestStack.create("adopt");
    await stack.secret("key", "0123456789abcdef0123456789abcdef");
    await stack.secret("secrets.TOKEN", MARKER);
    await compose("1");
    await stack.deploy();
    await compose("2");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test("a new one is refused, with the claim's id and the way to take it over", async () => {
    rmSync(join(stack.folder, "state/.pulumi"), { recursive: true });
    await stack.init();
    const before = await ids();
    const run = await stack.up();
    expect(run.ok).toBe(false);
    expect(run.output).toMatch(/take it over: pulumi config set adopt [0-9a-f-]{36}@\d{12}/);
    expect(await ids()).toEqual(before);
    stack.set("adopt", /config set adopt ([0-9a-f@-]+)/.exec(run.output)![1]);
  });

  test("takes over: the old version serves until the new one does, and the data stay", async () => {
    const web = (await stack.containers()).filter((c) => c.slot === "green").map((c) => c.id);
    await compose("3");
    const load = startLoad(stack.port);
    const run = await stack.deploy();
    const report = await load.stop();
    // The edge is made anew; whatever else happens, no answer is wrong and no version is missing.
    expect(report.failures.filter((text) => !/ECONNREFUSED|ECONNRESET|hang up/.test(text))).toEqual(
      [],
    );
    expect(Object.keys(report.versions).sort()).toEqual(["2", "3"]);
    expect(run.output).toContain("the state was lost");
    const now = await stack.containers();
    expect(now.filter((c) => web.includes(c.id))).toEqual([]);
    expect(
      now.filter((c) => ["edge", "holder", "accessory", "worker"].includes(c.role)).length,
    ).toBe(4);
    expect(stack.state()).not.toContain(MARKER);
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("deploys as before, without the setting too", async () => {
    stack.set("adopt", undefined);
    // The sweep of the adoption goes out of the state.
    expect((await stack.deploy()).changes).toEqual({ deleted: 1, unchanged: expect.any(Number) });
    await compose("4");
    const load = startLoad(stack.port);
    await stack.deploy();
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["3", "4"]);
    expect(stack.state()).not.toContain(MARKER);
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("destroy takes all of it away", async () => {
    const run = await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(run.ok).toBe(true);
    expect(await ids()).toEqual([]);
    const label = [`${LABEL.application}=adopt`];
    expect(await stack.transport.docker.listNetworks({ filters: { label } })).toEqual([]);
  });
});
