import { traffic, type TrafficInputs } from "../../../provider/resources/traffic";
import { unknown } from "../../../provider/values";
import { context, deadContext, errorOf, FakePlatform, PLACE } from "../../helpers/fakePlatform";
import { moving, served } from "../../helpers/observation";

const table = {
  slot: "green" as const,
  release: "new",
  targets: ["green-api:8000", "green-api.2:8000"],
  healthPath: "/health",
  deployTimeout: 30,
  drainTimeout: 2,
  reach: { hosts: [] },
};
const inputs = (overrides: Partial<TrafficInputs> = {}): TrafficInputs => ({
  ...PLACE,
  table,
  expected: { slot: "blue" },
  ...overrides,
});
const onBlue = {
  slot: "blue" as const,
  release: "old",
  targets: ["blue-api:8000"],
  reach: { hosts: [] },
};
const onGreen = {
  slot: "green" as const,
  release: "new",
  targets: table.targets,
  reach: { hosts: [] },
};

let platform: FakePlatform;
beforeEach(() => {
  platform = new FakePlatform();
  platform.table = onBlue;
  platform.history.set("old", [served("blue", 1)]);
});

describe("it differs", () => {
  const differs = async (news = inputs()) =>
    (await traffic.diff(inputs(), news, context(platform))).changes;

  test("when the platform's table leads elsewhere", async () => {
    expect(await differs()).toBe(true);
  });

  test("not when the table leads there already", async () => {
    platform.table = onGreen;
    platform.history.set("new", [served("green", 1)]);
    expect(await differs()).toBe(false);
  });

  test("not for the order of targets", async () => {
    platform.table = { ...onGreen, targets: [...table.targets].reverse() };
    platform.history.set("new", [served("green", 1)]);
    expect(await differs()).toBe(false);
  });

  test("when a replica more is to get requests", async () => {
    platform.table = { ...onGreen, targets: table.targets.slice(1) };
    platform.history.set("new", [served("green", 1)]);
    expect(await differs()).toBe(true);
  });

  test("when the targets are not known yet", async () => {
    const targets = unknown as unknown as string[];
    platform.table = onGreen;
    expect(await differs(inputs({ table: { ...table, targets } }))).toBe(true);
  });

  test("when its last move was begun and not told of: the run was killed in its drain", async () => {
    platform.table = onGreen;
    platform.history.set("new", [served("green", 1), served("blue", 2), moving("green", 3)]);
    expect(await differs()).toBe(true);
  });

  test("when the traffic has moved and nobody told of it: by hand", async () => {
    platform.table = onGreen;
    platform.history.set("new", [served("blue", 1)]);
    expect(await differs()).toBe(true);
  });
});

describe("the flip", () => {
  test("writes the table once, then tells that the release has served", async () => {
    await traffic.create(inputs(), context(platform));
    expect(platform.writes).toEqual(["addEvent new moving", "setTraffic", "addEvent new served"]);
    expect(platform.table).toEqual(onGreen);
    expect(platform.history.get("new")![1]!.detail).toEqual({ slot: "green" });
  });

  test("the update of an existing one does the same", async () => {
    await traffic.update!(inputs(), inputs(), context(platform));
    expect(platform.table).toEqual(onGreen);
  });

  test("tells of the release that was rolled back from, on that release", async () => {
    await traffic.create(inputs({ rolledBackFrom: "old" }), context(platform));
    expect(platform.history.get("old")!.slice(1)).toMatchObject([
      { kind: "rolled-back-from", detail: { to: "new" } },
    ]);
  });

  test("on a platform where nothing serves, as the plan had found", async () => {
    platform.table = { targets: [] };
    await traffic.create(inputs({ expected: {} }), context(platform));
    expect(platform.table).toEqual(onGreen);
  });

  test("first tells what a killed run did not: what serves now, and what that had left behind", async () => {
    platform.history.set("old", [moving("blue", 4, "older")]);
    await traffic.update!(inputs(), inputs(), context(platform));
    expect(platform.writes).toEqual([
      "addEvent older rolled-back-from",
      "addEvent old served",
      "addEvent new moving",
      "setTraffic",
      "addEvent new served",
    ]);
  });

  test("that cannot be told of fails, and says that the traffic has moved", async () => {
    platform.eventFault = { kind: "served", message: "disk full" };
    expect(await errorOf(traffic.create(inputs(), context(platform)))).toBe(
      "the traffic has moved (green serves): disk full",
    );
  });

  test("that has happened already is told, and not done again", async () => {
    platform.table = onGreen;
    await traffic.update!(inputs(), inputs(), context(platform));
    expect(platform.writes).toEqual(["addEvent new served"]);
  });

  test("of a run that has ended meanwhile is not done", async () => {
    expect(await errorOf(traffic.create(inputs(), deadContext(platform)))).toContain("has ended");
    expect(platform.writes).toEqual([]);
  });
});

describe("maintenance", () => {
  const closed = (maintenance: string) => inputs({ table: { ...table, maintenance } });
  beforeEach(() => platform.history.set("new", [served("green", 1)]));
  const differs = async (news: TrafficInputs) =>
    (await traffic.diff(inputs(), news, context(platform))).changes;

  test("differs when the edge does not answer as wanted", async () => {
    platform.table = onGreen;
    expect(await differs(closed("soon"))).toBe(true);
    platform.table = { ...onGreen, maintenance: "later" };
    expect(await differs(closed("soon"))).toBe(true);
    platform.table = { ...onGreen, maintenance: "" };
    expect(await differs(inputs())).toBe(true);
    platform.table = { ...onGreen, maintenance: "soon" };
    expect(await differs(closed("soon"))).toBe(false);
  });

  test("closes what serves, and moves nothing", async () => {
    platform.table = onGreen;
    await traffic.update!(inputs(), closed("soon"), context(platform));
    expect(platform.writes).toEqual(["close soon"]);
    expect(platform.table).toEqual({ ...onGreen, maintenance: "soon" });
  });

  test("opens it again", async () => {
    platform.table = { ...onGreen, maintenance: "soon" };
    await traffic.update!(inputs(), inputs(), context(platform));
    expect(platform.writes).toEqual(["open"]);
    expect(platform.table).toEqual(onGreen);
  });

  const MOVES = ["addEvent new moving", "setTraffic", "addEvent new served"];

  test("begins before the traffic moves, and ends after it", async () => {
    await traffic.update!(inputs(), closed("soon"), context(platform));
    expect(platform.writes).toEqual(["close soon", ...MOVES]);
    platform.writes.splice(0);
    platform.table = { ...onBlue, maintenance: "soon" };
    await traffic.update!(inputs(), inputs(), context(platform));
    expect(platform.writes).toEqual([...MOVES, "open"]);
  });

  test("goes on over a flip", async () => {
    platform.table = { ...onBlue, maintenance: "soon" };
    await traffic.update!(inputs(), closed("soon"), context(platform));
    expect(platform.writes).toEqual(MOVES);
    expect(platform.table.maintenance).toBe("soon");
  });

  test("stays when the flip fails that was to end it", async () => {
    platform.table = { ...onBlue, maintenance: "soon" };
    platform.flipFault = { message: "unhealthy", moved: false };
    await errorOf(traffic.update!(inputs(), inputs(), context(platform)));
    expect(platform.writes).not.toContain("open");
  });
});

describe("somebody else moved the traffic", () => {
  test("to another slot than the plan had found: refused, and nothing is written", async () => {
    const message = await errorOf(traffic.create(inputs({ expected: {} }), context(platform)));
    expect(message).toContain(
      "somebody else moved the traffic: blue serves, this run had found nothing",
    );
    expect(platform.writes).toEqual([]);
  });

  test("away from everything: refused", async () => {
    platform.table = { targets: [] };
    expect(await errorOf(traffic.create(inputs(), context(platform)))).toContain(
      "nothing serves, this run had found blue",
    );
  });

  test("to where this run wants it: goes on", async () => {
    platform.table = { ...onGreen, targets: ["green-api:8000"] };
    await traffic.create(inputs(), context(platform));
    expect(platform.table).toEqual(onGreen);
  });
});

describe("the error of a failed flip", () => {
  const failed = () => errorOf(traffic.create(inputs(), context(platform)));

  test("says that the traffic was not moved, and who serves", async () => {
    platform.flipFault = { message: "target failed to become healthy", moved: false };
    expect(await failed()).toBe(
      "the traffic was not moved (blue serves): target failed to become healthy",
    );
  });

  test("says that the traffic has moved when it has", async () => {
    platform.flipFault = { message: "the connection broke", moved: true };
    expect(await failed()).toBe("the traffic has moved (green serves): the connection broke");
  });

  test("says that nobody knows when the platform cannot be asked", async () => {
    platform.flipFault = { message: "the connection broke", moved: true, unreachable: true };
    expect(await failed()).toBe(
      "it is not known whether the traffic has moved: the connection broke",
    );
  });

  test("comes without a word of having served", async () => {
    platform.flipFault = { message: "no", moved: false };
    await failed();
    expect(platform.history.get("new")!.map((event) => event.kind)).toEqual(["moving"]);
  });
});

describe("its end", () => {
  test("takes the entry away", async () => {
    await traffic.delete!(inputs(), context(platform));
    expect(platform.writes).toEqual(["removeTraffic"]);
  });

  test("is not wanted by a run that has ended", async () => {
    await errorOf(traffic.delete!(inputs(), deadContext(platform)));
    expect(platform.writes).toEqual([]);
  });
});
