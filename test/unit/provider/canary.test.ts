import { sweep } from "../../../provider/resources/sweep";
import { traffic, type TrafficInputs } from "../../../provider/resources/traffic";
import type { Life } from "../../../provider/life";
import { context, errorOf, FakePlatform, hurried, PLACE } from "../../helpers/fakePlatform";
import { served } from "../../helpers/observation";

const table = {
  slot: "green" as const,
  release: "new",
  targets: ["green-new"],
  healthPath: "/health",
  deployTimeout: 30,
  drainTimeout: 0,
  reach: { hosts: [] },
};
const inputs: TrafficInputs = {
  ...PLACE,
  table,
  expected: { slot: "blue" },
  canary: {
    steps: [
      { weight: 10, pause: 5 },
      { weight: 50, pause: 3 },
    ],
    units: [{ id: "web", service: "web" }],
  },
};
const onBlue = {
  slot: "blue" as const,
  release: "old",
  targets: ["blue-old"],
  reach: { hosts: [] },
};

let platform: FakePlatform;
beforeEach(() => {
  jest.useFakeTimers();
  platform = new FakePlatform();
  platform.table = onBlue;
  platform.history.set("old", [served("blue", 1)]);
});
afterEach(() => jest.useRealTimers());

test("share after share, and then all of it", async () => {
  const run = context(platform);
  const begin = Date.now();
  const work = traffic.create(inputs, run).then(() => Date.now() - begin);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(await work).toBe(8000);
  expect(platform.writes.slice(0, 4)).toEqual([
    "weigh 10",
    "weigh 50",
    "addEvent new moving",
    "setTraffic",
  ]);
  expect(run.said[0]).toBe("10 % of the requests go to green, for 5 s");
});

test("the first deploy has nobody to share with", async () => {
  platform.table = { targets: [] };
  await hurried(traffic.create({ ...inputs, expected: {} }, context(platform)));
  expect(platform.writes).not.toContain("weigh 10");
});

test.each([
  ["is restarted", { restarts: 1 }, 'service "web" crashes'],
  ["fails its check", { health: "unhealthy" as const, lastCheck: "503" }, "healthy any more: 503"],
  ["is gone", { state: "missing" as const }, 'service "web" is gone'],
])("a candidate that %s gets no more requests, and the traffic stays", async (_what, ill, why) => {
  platform.units.web = [{}, {}, {}, ill];
  const message = await errorOf(hurried(traffic.create(inputs, context(platform))));
  expect(message).toContain("the canary ended at 10 % of the requests");
  expect(message).toContain(why);
  expect(message).toContain("the traffic was not moved (blue serves)");
  expect(platform.writes).toEqual(["weigh 10", "weigh 0"]);
});

test("a run that is to end gives the share back", async () => {
  const run = context(platform);
  const life = { ...run.life, isEnding: true } as Life;
  const message = await errorOf(hurried(traffic.create(inputs, { ...run, life })));
  expect(message).toContain("this run is to end");
  expect(platform.writes).toEqual(["weigh 10", "weigh 0"]);
});

describe("what a killed canary has left", () => {
  beforeEach(() => {
    platform.table = { ...onBlue, canary: 10 };
  });

  test("is a difference, and is ended by the next run", async () => {
    const back = { ...inputs, table: { ...table, ...onBlue } };
    expect(await traffic.diff(back, back, context(platform))).toEqual({ changes: true });
    await hurried(traffic.create(back, context(platform)));
    expect(platform.writes).toEqual(["weigh 0"]);
  });

  test("takes no requests any more before its slot is emptied", async () => {
    const remove = { ...PLACE, slot: "green" as const, remove: ["web"] };
    await sweep.create(remove, context(platform));
    expect(platform.writes[0]).toBe("weigh 0");
  });
});
