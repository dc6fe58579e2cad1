import { ready, type ReadyInputs } from "../../../provider/resources/ready";
import { release, type ReleaseInputs } from "../../../provider/resources/release";
import { sweep, type SweepInputs } from "../../../provider/resources/sweep";
import { unknown } from "../../../provider/values";
import { releaseOf } from "../../../spec/release";
import {
  context,
  deadContext,
  errorOf,
  FakePlatform,
  hurried,
  PLACE,
} from "../../helpers/fakePlatform";
import { application, service } from "../../helpers/spec";

let platform: FakePlatform;
beforeEach(() => {
  platform = new FakePlatform();
});

describe("a release's record", () => {
  const { id, content } = releaseOf(application());
  const inputs: ReleaseInputs = { ...PLACE, release: id, content };
  const diff = (news = inputs) => release.diff(inputs, news, context(platform));

  test("is put by create", async () => {
    expect(await release.create(inputs, context(platform))).toBe(id);
    expect(platform.records.get(id)).toBe(content);
  });

  test("is put again by update", async () => {
    await release.update!(inputs, inputs, context(platform));
    expect(platform.writes).toEqual([`putRecord ${id}`]);
  });

  test("differs when it is gone from the platform", async () => {
    expect(await diff()).toEqual({ changes: true });
  });

  test("does not differ while it is there", async () => {
    platform.records.set(id, content);
    expect(await diff()).toEqual({ changes: false });
  });

  test("does not differ for where another machine keeps the sources", async () => {
    platform.records.set(id, content);
    const services = [service({ reason: "said elsewhere" })];
    expect(await diff({ ...inputs, content: { ...content, services } })).toEqual({
      changes: false,
    });
  });

  test("of another id is another record", async () => {
    expect(await diff({ ...inputs, release: "other" })).toEqual({
      changes: true,
      replaces: ["release"],
    });
  });

  test("is removed by delete", async () => {
    platform.records.set(id, content);
    await release.delete!(inputs, context(platform));
    expect(platform.records.size).toBe(0);
  });

  test("is neither written nor removed by a run that has ended", async () => {
    await errorOf(release.create(inputs, deadContext(platform)));
    await errorOf(release.update!(inputs, inputs, deadContext(platform)));
    await errorOf(release.delete!(inputs, deadContext(platform)));
    expect(platform.writes).toEqual([]);
  });
});

describe("a sweep", () => {
  const inputs = (overrides: Partial<SweepInputs> = {}): SweepInputs => ({
    ...PLACE,
    slot: "green",
    remove: ["a", "b"],
    ...overrides,
  });
  beforeEach(() => {
    platform.table = { slot: "blue", release: "old", targets: ["blue-api:8000"] };
  });

  test("differs with something to remove", async () => {
    expect(await sweep.diff(inputs(), inputs(), context(platform))).toEqual({ changes: true });
  });

  test("does not differ with nothing to remove", async () => {
    const news = inputs({ remove: [], slot: "blue" });
    expect(await sweep.diff(inputs(), news, context(platform))).toEqual({ changes: false });
  });

  test("removes what the plan found, and says it", async () => {
    const run = context(platform);
    expect(await sweep.create(inputs(), run)).toBe("green");
    expect(platform.writes).toEqual(["removeUnits a b"]);
    expect(run.said).toEqual(["removed shop-a, shop-b"]);
  });

  test("of nothing asks and writes nothing", async () => {
    await sweep.update!(inputs(), inputs({ remove: [] }), context(platform));
    expect(platform.writes).toEqual([]);
  });

  test("refuses the slot that serves by now", async () => {
    platform.table = { slot: "green", release: "new", targets: ["green-api:8000"] };
    expect(await errorOf(sweep.update!(inputs(), inputs(), context(platform)))).toContain(
      "the green slot serves now, so it is not emptied: somebody else moved the traffic",
    );
    expect(platform.writes).toEqual([]);
  });

  test("of what belongs to no slot does not ask who serves", async () => {
    const { slot: _slot, ...shared } = inputs();
    expect(await sweep.create(shared, context(platform))).toBe("shared");
    expect(platform.writes).toEqual(["removeUnits a b"]);
  });

  test("is not done by a run that has ended", async () => {
    await errorOf(sweep.create(inputs(), deadContext(platform)));
    expect(platform.writes).toEqual([]);
  });
});

describe("ready", () => {
  const inputs = (overrides: Partial<ReadyInputs> = {}): ReadyInputs => ({
    ...PLACE,
    resource: "accessory-db",
    unit: { id: "db-1", service: "db" },
    timeout: 5,
    secrets: [],
    ...overrides,
  });
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());
  const diff = (id: string) =>
    ready.diff(inputs(), inputs({ unit: { id, service: "db" } }), context(platform));

  test("differs for another unit", async () => {
    expect(await diff("db-2")).toEqual({ changes: true });
  });

  test("does not differ for the same unit", async () => {
    expect(await diff("db-1")).toEqual({ changes: false });
  });

  test("differs while the unit is not made yet", async () => {
    expect(await diff(unknown as unknown as string)).toEqual({ changes: true });
  });

  test("settles the resource once its unit is healthy", async () => {
    platform.units["db-1"] = [{ health: "starting" }, { health: "healthy" }];
    await hurried(ready.create(inputs(), context(platform)));
    expect(platform.settled).toEqual({ "accessory-db": "db-1" });
  });

  test("settles nothing when the unit fails", async () => {
    platform.units["db-1"] = [{ state: "exited", exitCode: 1 }];
    await errorOf(hurried(ready.create(inputs(), context(platform))));
    expect(platform.settled).toEqual({});
  });

  test("says in front of its error what has happened already", async () => {
    platform.units["db-1"] = [{ state: "exited", exitCode: 1 }];
    const preface = "the traffic has moved to green";
    const work = hurried(ready.update!(inputs(), inputs({ preface }), context(platform)));
    expect(await errorOf(work)).toMatch(/^the traffic has moved to green: service "db": it ended/);
  });

  test("settles nothing for a run that has ended", async () => {
    platform.units["db-1"] = [{ health: "healthy" }];
    await errorOf(hurried(ready.create(inputs(), deadContext(platform))));
    expect(platform.settled).toEqual({});
  });
});

describe("the ports of an edge that is to be re-created", () => {
  const opens = { bind: "0.0.0.0", ports: [80, 443] };
  const fault = (more: Partial<SweepInputs> = {}) =>
    sweep.check!({ ...PLACE, remove: [], ...more }, {}, context(platform));

  test("are free, or not asked for", async () => {
    expect(await fault({ opens })).toBeUndefined();
    platform.taken = [443];
    expect(await fault()).toBeUndefined();
  });

  test("are taken: refused before the edge goes", async () => {
    platform.taken = [443];
    expect(await fault({ opens })).toMatch(
      /^port 443 on 0.0.0.0 is taken by something else.*Nothing was changed\. Free it/,
    );
  });
});
