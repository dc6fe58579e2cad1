import { probe } from "../helpers/probe";
import type { TestStack } from "../helpers/stack";

/** Each bad version: what is wrong with it. */
const BAD = {
  "an unhealthy container": { environment: { UNHEALTHY: "1" } },
  "a crash loop": { environment: { CRASH: "1" } },
  "a failing smoke test": {
    "x-slipway": { smoke: [{ path: "/", contains: "no such text" }] },
  },
  "a failing release task": {
    environment: { TASK_EXIT: "3" },
    "x-slipway": { release: ["task"] },
  },
  "one that never gets healthy": {
    environment: { START_DELAY_MS: "60000" },
    healthcheck: undefined,
    "x-slipway": { health: { path: "/health", port: 8080 } },
  },
};

/** What its error must say. */
export type Said = Record<keyof typeof BAD, (string | RegExp)[]>;

type Changes = { environment?: Record<string, string> } & Record<string, unknown>;

/** The same on each platform: a bad version leaves alone what serves. */
export function badVersions(
  create: () => Promise<TestStack>,
  said: Said,
  more: (stack: () => TestStack, compose: typeof composeOf) => void = () => {},
): void {
  let stack: TestStack;
  let live: string[];
  const slotIds = async () => (await stack.slot("blue")).map((c) => `${c.id} ${c.startedAt}`);

  beforeAll(async () => {
    stack = await create();
    await composeOf(stack, "good");
    await stack.deploy();
    live = await slotIds();
  });
  afterAll(() => stack.dispose());

  test.each(Object.entries(BAD) as [keyof typeof BAD, Changes][])(
    "%s: the update fails and says why, the old version serves on",
    async (name, service) => {
      await composeOf(stack, `bad: ${name}`, service);
      const load = stack.load();
      const run = await stack.up();
      const report = await load.stop();
      expect(run.ok).toBe(false);
      for (const text of said[name]) {
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
    await composeOf(stack, "better");
    await stack.deploy();
    expect(await stack.version()).toBe("better");
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
    expect((await stack.slot("green")).map((c) => c.service)).toEqual(["web"]);
  });

  more(() => stack, composeOf);
}

async function composeOf(stack: TestStack, version: string, changes: Changes = {}) {
  const { environment = {}, ...more } = changes;
  stack.compose({ web: await probe(version, { port: stack.published, environment, ...more }) });
}
