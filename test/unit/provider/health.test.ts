import type { Unit } from "../../../provider/platform";
import { waitUntilHealthy, type Expectation } from "../../../provider/resources/health";
import { context, errorOf, FakePlatform, hurried } from "../../helpers/fakePlatform";

let platform: FakePlatform;
beforeEach(() => {
  jest.useFakeTimers();
  platform = new FakePlatform();
});
afterEach(() => jest.useRealTimers());

const unit: Expectation = { id: "db-1", service: "db" };
const http = { interval: 2, timeout: 5, retries: 3, startPeriod: 30 };

function wait(looks: Partial<Unit>[], expected = unit, timeout = 10) {
  platform.units[expected.id] = looks;
  const run = context(platform);
  return { run, work: hurried(waitUntilHealthy([expected], timeout, [], run)) };
}
const failure = (...args: Parameters<typeof wait>) => errorOf(wait(...args).work);

describe("a unit is healthy", () => {
  test("when its own check says so", async () => {
    await expect(wait([{ health: "starting" }, { health: "healthy" }]).work).resolves.toBe(
      undefined,
    );
  });

  test("without a check, when it has run for two seconds", async () => {
    const begin = Date.now();
    platform.units["db-1"] = [{}];
    const work = waitUntilHealthy([unit], 10, [], context(platform)).then(() => Date.now() - begin);
    await jest.advanceTimersByTimeAsync(5000);
    expect(await work).toBe(2000);
  });

  test("by HTTP only when it answers 200", async () => {
    platform.answers["db-1 :80/up"] = [{ status: 301 }, { status: 200 }];
    const health = { ...http, http: { path: "/up", port: 80 } };
    const { run, work } = wait([{}], { ...unit, health });
    await work;
    expect(run.said).toEqual(["waiting for db (GET :80/up answered 301)"]);
  });

  test("by its own check alone when it has both", async () => {
    const health = { ...http, test: ["CMD", "true"], http: { path: "/up", port: 80 } };
    await expect(wait([{ health: "healthy" }], { ...unit, health }).work).resolves.toBe(undefined);
  });

  test("though its image took longer to come than it may take itself", async () => {
    const coming = Array.from({ length: 200 }, (): Partial<Unit> => ({ pulling: true }));
    await expect(wait([...coming, { health: "healthy" }]).work).resolves.toBe(undefined);
  });

  test("though it was restarted on another day", async () => {
    await expect(wait([{ restarts: 7, health: "healthy" }]).work).resolves.toBe(undefined);
  });
});

test("an image that does not come within ten minutes is a failure", async () => {
  platform.units["db-1"] = [{ pulling: true }];
  const work = errorOf(waitUntilHealthy([unit], 10, [], context(platform)));
  await jest.advanceTimersByTimeAsync(700_000);
  expect(await work).toMatch(/its image is being pulled, after 61\d s/);
});

describe("a unit has failed for good", () => {
  test.each<[string, Partial<Unit>[]]>([
    ["its container is gone", [{ state: "missing" }]],
    ["it ended with 3", [{ state: "exited", exitCode: 3 }]],
    ["its container was never started", [{ state: "created" }]],
    [
      "it crashes: ended with 1 and was restarted 2 times",
      [{ state: "restarting", exitCode: 1, restarts: 2 }],
    ],
    ["it crashes: it was restarted 1 times", [{}, { restarts: 1 }]],
    ["it crashes: ended with 137 and was restarted 1 times", [{}, { restarts: 1, exitCode: 137 }]],
    ['unhealthy by its own check: "no route"', [{ health: "unhealthy", lastCheck: "no route" }]],
  ])("%s", async (words, looks) => {
    expect(await failure(looks)).toContain(`service "db": ${words}`);
  });

  test("and is not waited for until the timeout", async () => {
    const begin = Date.now();
    platform.units["db-1"] = [{ state: "exited" }];
    await errorOf(waitUntilHealthy([unit], 600, [], context(platform)));
    expect(Date.now() - begin).toBe(0);
  });
});

describe("a unit that is never healthy", () => {
  test("fails after the timeout, with what its check said last", async () => {
    expect(await failure([{ health: "starting", lastCheck: "refused" }], unit, 3)).toContain(
      'service "db": still starting: "refused", after 3 s',
    );
  });

  test("is told of once while it says the same", async () => {
    const { run, work } = wait([{ health: "starting" }], unit, 3);
    await errorOf(work);
    expect(run.said).toEqual(["waiting for db (still starting)"]);
  });

  test("masks secrets in what it tells meanwhile", async () => {
    platform.units["db-1"] = [{ health: "starting", lastCheck: "password hunter22" }];
    const run = context(platform);
    await errorOf(hurried(waitUntilHealthy([unit], 1, ["hunter22"], run)));
    expect(run.said).toEqual(['waiting for db (still starting: "password [secret]")']);
  });
});
