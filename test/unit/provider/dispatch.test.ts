import * as pulumi from "@pulumi/pulumi";
import type { Life } from "../../../provider/life";
import { SlipwayProvider } from "../../../provider/provider";
import type { Place } from "../../../provider/platform";
import { FakePlatform, PLACE } from "../../helpers/fakePlatform";
import { observation } from "../../helpers/observation";

const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value: ["hunter22"],
};
const OBSERVE = "slipway-platform:index:observe";
const urn = (type: string, name = "x") =>
  `urn:pulumi:test::slipway::slipway:index:Environment$slipway-platform:index:${type}::${name}`;

let platform: FakePlatform;
let places: Place[];
let provider: SlipwayProvider;
beforeEach(() => {
  platform = new FakePlatform();
  places = [];
  const life = { assertAlive: async () => {} } as Life;
  provider = new SlipwayProvider(life, (place) => {
    places.push(place);
    return platform;
  });
});

describe("resources", () => {
  test("an unknown type is refused by name", async () => {
    await expect(provider.diff("", urn("Nothing"), {}, {})).rejects.toThrow(
      "unknown resource type slipway-platform:index:Nothing",
    );
  });

  test("check hands the inputs on as they came, secrets closed", async () => {
    const news = { ...PLACE, secrets: SECRET };
    expect(await provider.check(urn("Gate"), {}, news)).toEqual({ inputs: news });
  });

  test("a fault that check finds is told of the resource as a whole", async () => {
    platform.claim = "theirs";
    const { failures } = await provider.check(urn("Claim"), {}, { ...PLACE, claim: "ours" });
    expect(failures).toEqual([
      { property: "", reason: expect.stringContaining("belongs to another stack") },
    ]);
  });

  test("a platform that check cannot reach is told as a fault too", async () => {
    platform.readClaim = async () => {
      throw new Error("no answer within 10 s");
    };
    const { failures } = await provider.check(urn("Claim"), {}, { ...PLACE, claim: "ours" });
    expect(failures).toEqual([{ property: "", reason: "no answer within 10 s" }]);
  });

  test("create gives the state the inputs, secrets closed, and what the resource added", async () => {
    const news = { ...PLACE, claim: "ours", note: SECRET };
    expect(await provider.create(urn("Claim"), news)).toEqual({
      id: "ours",
      outs: { ...news, engine: "engine-1" },
    });
  });

  test("a resource is given its secrets opened", async () => {
    platform.runs["task-1"] = 1;
    platform.written["task-1"] = "with hunter22";
    const news = {
      ...PLACE,
      ...{ release: "new", service: "api", task: "api", unit: "task-1", timeout: 1 },
      secrets: SECRET,
    };
    await expect(provider.create(urn("Task"), news)).rejects.toThrow("  | with [secret]");
  });

  test("diff answers with what the resource says", async () => {
    const olds = { ...PLACE, release: "old", content: {} };
    const news = { ...PLACE, release: "new", content: {} };
    expect(await provider.diff("", urn("Release"), olds, news)).toEqual({
      changes: true,
      replaces: ["release"],
    });
  });

  test("update gives the state the new inputs", async () => {
    const olds = { ...PLACE, slot: "green", remove: [] };
    const news = { ...PLACE, slot: "green", remove: ["a"] };
    const info = jest.spyOn(pulumi.log, "info").mockResolvedValue();
    expect(await provider.update("", urn("Sweep"), olds, news)).toEqual({ outs: news });
    expect(info.mock.calls[0]![0]).toBe("removed shop-a");
    const about = info.mock.calls[0]![1] as unknown as { urn: pulumi.Output<string> };
    expect(await new Promise((resolve) => about.urn.apply(resolve))).toBe(urn("Sweep"));
    expect(platform.writes).toEqual(["removeUnits a"]);
  });

  test("the update of a type that has none does nothing", async () => {
    expect(await provider.update("", urn("Identity"), PLACE, { ...PLACE })).toEqual({
      outs: PLACE,
    });
  });

  test("delete goes to the resource, and is nothing for a type that has none", async () => {
    await provider.delete("", urn("Traffic"), { ...PLACE });
    await provider.delete("", urn("Gate"), { ...PLACE });
    expect(platform.writes).toEqual(["removeTraffic"]);
  });

  test("one platform is opened for each place, and used again", async () => {
    await provider.check(urn("Claim"), {}, { ...PLACE, claim: "ours" });
    await provider.delete("", urn("Traffic"), { ...PLACE });
    await provider.delete("", urn("Traffic"), { ...PLACE, application: "market" });
    expect(places.map(({ application }) => application)).toEqual(["shop", "market"]);
  });

  test("a normal end, which cancels too, does nothing", async () => {
    await provider.cancel();
    expect(platform.writes).toEqual([]);
  });
});

describe("observe", () => {
  test("answers with what is there", async () => {
    const answer = await provider.invoke(OBSERVE, { ...PLACE });
    expect(JSON.parse(answer.outputs.observation)).toEqual(observation());
  });

  test("what it has told no diff asks again, until the run changes something", async () => {
    const news = { ...PLACE, slot: "blue", release: "r1" };
    const differs = async () => (await provider.diff("", urn("Gate"), {}, news)).changes;
    platform.table = { slot: "blue", release: "r1", targets: [] };
    await provider.invoke(OBSERVE, { ...PLACE });
    platform.table = { slot: "green", release: "r2", targets: [] };
    expect(await differs()).toBe(false);
    await provider.create(urn("Release"), { ...PLACE, release: "r2", content: {} });
    expect(await differs()).toBe(false);
    await provider.create(urn("Claim"), { ...PLACE, claim: "ours" });
    expect(await differs()).toBe(true);
  });

  test("nor does another application's", async () => {
    platform.table = { slot: "blue", release: "r1", targets: [] };
    await provider.invoke(OBSERVE, { ...PLACE, application: "other" });
    platform.table = { targets: [] };
    const news = { ...PLACE, slot: "blue", release: "r1" };
    expect((await provider.diff("", urn("Gate"), {}, news)).changes).toBe(true);
  });

  test("answers without what is undefined, which the wire does not know", async () => {
    platform.found = { ...observation(), claim: undefined };
    const { outputs } = await provider.invoke(OBSERVE, { ...PLACE });
    expect(JSON.parse(outputs.observation)).not.toHaveProperty("claim");
  });

  test("answers with the error when it fails: a fault of the user's, not of ours", async () => {
    platform.observe = async () => {
      throw new Error("the Docker engine at unix:///nowhere: no answer within 10 s");
    };
    expect(await provider.invoke(OBSERVE, { ...PLACE })).toEqual({
      outputs: { error: "the Docker engine at unix:///nowhere: no answer within 10 s" },
    });
  });

  test("to be woken asks nothing of anything", async () => {
    expect(await provider.invoke("slipway-platform:index:awake", {})).toEqual({ outputs: {} });
  });

  test("another function is refused by name", async () => {
    await expect(provider.invoke("slipway-platform:index:other", {})).rejects.toThrow(
      "unknown function slipway-platform:index:other",
    );
  });
});
