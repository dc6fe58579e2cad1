import { gate, type GateInputs } from "../../../provider/resources/gate";
import type { SmokeCheck } from "../../../spec/types";
import {
  context,
  deadContext,
  errorOf,
  FakePlatform,
  hurried,
  PLACE,
} from "../../helpers/fakePlatform";

const http = {
  http: { path: "/health", port: 8000 },
  interval: 2,
  timeout: 5,
  retries: 3,
  startPeriod: 30,
};
const inputs = (overrides: Partial<GateInputs> = {}): GateInputs => ({
  ...PLACE,
  slot: "green",
  release: "new",
  units: [{ id: "api-1", service: "api", health: http }],
  trials: [],
  smoke: [],
  timeout: 5,
  secrets: [],
  ...overrides,
});
const HEALTH = "api-1 :8000/health";

let platform: FakePlatform;
beforeEach(() => {
  jest.useFakeTimers();
  platform = new FakePlatform();
  platform.table = { slot: "blue", release: "old", targets: ["blue-api:8000"] };
  platform.answers[HEALTH] = [{ status: 200 }];
});
afterEach(() => jest.useRealTimers());

const pass = (overrides: Partial<GateInputs> = {}, run = context(platform)) =>
  hurried(gate.create(inputs(overrides), run));
const failure = (overrides: Partial<GateInputs> = {}) => errorOf(pass(overrides));

describe("a worker", () => {
  const trials = [{ id: "trial-1", service: "jobs" }];

  test("that can be started is no obstacle", async () => {
    await pass({ trials });
    expect(platform.writes).toEqual(["addEvent new gate-passed"]);
  });

  test("that cannot be started keeps the traffic where it is", async () => {
    platform.obstacles["trial-1"] = 'exec: "celeryy": executable file not found in $PATH';
    const message = await failure({ trials });
    expect(message).toContain('worker "jobs" cannot be started: exec: "celeryy"');
    expect(message).toContain("blue serves on as before");
    expect(platform.writes).toEqual([]);
  });
});

describe("it differs", () => {
  const differs = async () => (await gate.diff(inputs(), inputs(), context(platform))).changes;

  test("while another slot serves", async () => expect(await differs()).toBe(true));

  test("while nothing serves", async () => {
    platform.table = { targets: [] };
    expect(await differs()).toBe(true);
  });

  test("while its slot serves another release", async () => {
    platform.table = { slot: "green", release: "old", targets: ["green-api:8000"] };
    expect(await differs()).toBe(true);
  });

  test("never when its slot serves its release, whatever else has changed", async () => {
    platform.table = { slot: "green", release: "new", targets: ["green-api:8000"] };
    const diff = await gate.diff(inputs(), inputs({ timeout: 99, units: [] }), context(platform));
    expect(diff.changes).toBe(false);
  });
});

describe("a candidate that passes", () => {
  test("is told of with its slot", async () => {
    await pass();
    expect(platform.history.get("new")).toMatchObject([
      { kind: "gate-passed", detail: { slot: "green" } },
    ]);
  });

  test("in an update is told of too", async () => {
    await hurried(gate.update!(inputs(), inputs(), context(platform)));
    expect(platform.writes).toEqual(["addEvent new gate-passed"]);
  });

  test("is not told of by a run that has ended", async () => {
    const work = hurried(gate.create(inputs(), deadContext(platform)));
    expect(await errorOf(work)).toContain("has ended");
    expect(platform.writes).toEqual([]);
  });

  test("may answer late, within the timeout", async () => {
    platform.answers[HEALTH] = [new Error("connection refused"), { status: 503 }, { status: 200 }];
    const run = context(platform);
    await pass({}, run);
    expect(run.said).toEqual([
      "waiting for api (GET :8000/health failed: connection refused)",
      "waiting for api (GET :8000/health answered 503)",
    ]);
  });
});

describe("the error of a candidate that fails", () => {
  test("names the release, the slot, and who serves on", async () => {
    platform.answers = {};
    expect(await failure()).toContain(
      "release new did not pass its gate in the green slot. The traffic was not moved; blue serves on as before.",
    );
  });

  test("does not say that somebody serves when nobody does", async () => {
    platform.answers = {};
    platform.table = { targets: [] };
    expect(await failure()).toContain("The traffic was not moved.\n");
  });

  test("stays what it is when the platform cannot be asked who serves", async () => {
    platform.answers = {};
    platform.serving = async () => {
      throw new Error("the engine does not answer");
    };
    expect(await failure()).toContain("connection refused");
  });

  test("names the service, the check, its last answer and the timeout", async () => {
    platform.answers[HEALTH] = [{ status: 503, body: "no database" }];
    expect(await failure()).toContain(
      'service "api": GET :8000/health answered 503: "no database", after 5 s',
    );
  });

  test("quotes the last log lines", async () => {
    platform.answers = {};
    platform.written["api-1"] = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`).join("\n");
    const message = await failure();
    expect(message).toContain("  | line 26\n");
    expect(message).toContain("  | line 40");
    expect(message).not.toContain("line 25\n");
  });

  test("says that the service wrote nothing", async () => {
    platform.answers = {};
    expect(await failure()).toContain("(it wrote nothing)");
  });

  test("names each of several services that fail", async () => {
    platform.units["web-1"] = [{ state: "exited", exitCode: 1 }];
    platform.units["api-1"] = [{ health: "unhealthy" }];
    const units = [...inputs().units, { id: "web-1", service: "web" }];
    const message = await failure({ units });
    expect(message).toContain('service "api": unhealthy by its own check');
    expect(message).toContain('service "web": it ended with 1');
  });

  test("masks secrets in logs and answers", async () => {
    platform.answers[HEALTH] = [{ status: 500, body: "bad token s3cr3t/value" }];
    platform.written["api-1"] = "GET /?token=s3cr3t%2Fvalue";
    const message = await failure({ secrets: ["s3cr3t/value"] });
    expect(message).toContain("bad token [secret]");
    expect(message).toContain("GET /?token=[secret]");
  });

  test("comes without any event", async () => {
    platform.answers = {};
    await failure();
    expect(platform.writes).toEqual([]);
  });
});

describe("a smoke test", () => {
  const check = (more: Partial<SmokeCheck> = {}): GateInputs["smoke"] => [
    { id: "api-1", service: "api", check: { path: "/", port: 8000, status: 200, ...more } },
  ];
  const SMOKE = "api-1 :8000/";

  test("that answers as wanted passes", async () => {
    platform.answers[SMOKE] = [{ status: 200, body: "welcome", took: 20 }];
    await pass({ smoke: check({ contains: "come", maxLatency: 20 }) });
    expect(platform.writes).toEqual(["addEvent new gate-passed"]);
  });

  test("may want another status", async () => {
    platform.answers[SMOKE] = [{ status: 401 }];
    await pass({ smoke: check({ status: 401 }) });
    expect(platform.writes).toEqual(["addEvent new gate-passed"]);
  });

  test.each<[string, Partial<SmokeCheck>, { status?: number; body?: string; took?: number }]>([
    ['answered 500, wanted 200: "oops"', {}, { status: 500, body: "oops" }],
    ['answered without "welcome": "hello"', { contains: "welcome" }, { body: "hello" }],
    ["took 900 ms, more than 500 ms", { maxLatency: 500 }, { took: 900 }],
  ])("fails: %s", async (words, more, answer) => {
    platform.answers[SMOKE] = [answer];
    expect(await failure({ smoke: check(more) })).toContain(
      `service "api": smoke test GET :8000/ ${words}`,
    );
  });

  test("that nobody answers fails", async () => {
    expect(await failure({ smoke: check() })).toContain(
      "smoke test GET :8000/ failed: connection refused",
    );
  });

  test("is asked only of what is healthy", async () => {
    platform.answers[HEALTH] = [{ status: 503 }];
    expect(await failure({ smoke: check() })).not.toContain("smoke test");
  });

  test("of each kind that fails is told", async () => {
    platform.answers[SMOKE] = [{ status: 500 }];
    const message = await failure({ smoke: [...check(), ...check({ path: "/nobody" })] });
    expect(message).toContain("smoke test GET :8000/ answered 500");
    expect(message).toContain("smoke test GET :8000/nobody failed");
  });
});
