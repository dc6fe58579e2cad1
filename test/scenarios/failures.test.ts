import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { type Run, TestStack } from "../helpers/stack";

/** Each bad version: what is wrong with it, and what its error must say. */
const BAD: [name: string, service: Record<string, unknown>, said: (string | RegExp)[]][] = [
  [
    "an unhealthy container",
    { environment: { UNHEALTHY: "1" } },
    [/service "web": (unhealthy by its own check|still starting): .*503/, "its last log lines"],
  ],
  [
    "a crash loop",
    { environment: { CRASH: "1" } },
    [/service "web": it (crashes: ended with 1|ended with 1)/, "its last log lines"],
  ],
  [
    "a failing smoke test",
    { "x-slipway": { smoke: [{ path: "/", contains: "no such text" }] } },
    ["smoke test GET :8080/", 'answered without "no such text"', "its last log lines"],
  ],
  [
    "a failing release task",
    { environment: { TASK_EXIT: "3" }, "x-slipway": { release: ["task"] } },
    ['task "web-release" failed: it ended with exit code 3', "its last log lines"],
  ],
  [
    "one that never gets healthy",
    {
      environment: { START_DELAY_MS: "60000" },
      healthcheck: undefined,
      "x-slipway": { health: { path: "/health", port: 8080 } },
    },
    ['service "web": GET :8080/health answered 503', "after 15 s"],
  ],
];

describe("a bad version", () => {
  let stack: TestStack;
  const deploy = async (version: string, { environment = {}, ...more }: Record<string, any> = {}) =>
    stack.compose({
      web: await probe(version, { port: stack.port, environment, ...more }),
    });
  let live: string[];
  const slotIds = async () => (await stack.slot("blue")).map((c) => `${c.id} ${c.startedAt}`);

  beforeAll(async () => {
    stack = await TestStack.create("failing");
    await deploy("good");
    await stack.deploy();
    live = await slotIds();
  });
  afterAll(() => stack.dispose());

  test.each(BAD)(
    "%s: the update fails and says why, the old version serves on",
    async (name, service, said) => {
      await deploy(`bad: ${name}`, service);
      const load = startLoad(stack.port);
      const run: Run = await stack.up();
      const report = await load.stop();
      expect(run.ok).toBe(false);
      for (const text of said) {
        if (typeof text === "string") expect(run.output).toContain(text);
        else expect(run.output).toMatch(text);
      }
      expect(stack.outputs().active).toBe("blue");
      expect(report.failures).toEqual([]);
      expect(Object.keys(report.versions)).toEqual(["good"]);
      expect(await slotIds()).toEqual(live);
    },
  );

  test("the next up with a good version just works, and a second one is steady", async () => {
    await deploy("better");
    await stack.deploy();
    expect(await stack.version()).toBe("better");
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
    expect((await stack.slot("green")).map((c) => c.service)).toEqual(["web"]);
  });

  test("a release that differs only in its health check is applied for real", async () => {
    await deploy("better", {
      healthcheck: {
        test: ["CMD", "/probe", "check", "http://127.0.0.1:8080/health"],
        interval: "3s",
      },
    });
    await stack.deploy();
    const [web] = await stack.slot("blue");
    const info = await stack.transport.docker.getContainer(web!.id).inspect();
    expect((info.Config as any).Healthcheck.Interval).toBe(3_000_000_000);
  });
});
