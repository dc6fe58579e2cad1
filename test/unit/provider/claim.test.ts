import { claim, type ClaimInputs } from "../../../provider/resources/claim";
import { identity } from "../../../provider/resources/identity";
import { unknown } from "../../../provider/values";
import { context, deadContext, errorOf, FakePlatform, PLACE } from "../../helpers/fakePlatform";

const inputs = (overrides: Partial<ClaimInputs> = {}): ClaimInputs => ({
  ...PLACE,
  claim: "ours",
  ...overrides,
});
const state = inputs({ engine: "engine-1" });

let platform: FakePlatform;
beforeEach(() => {
  platform = new FakePlatform();
});

describe("before anything is done", () => {
  const fault = (news = inputs(), olds: Partial<ClaimInputs> = {}) =>
    claim.check!(news, olds, context(platform));

  test("a platform that nobody holds is free", async () => {
    expect(await fault()).toBeUndefined();
  });

  test("a platform that another stack holds is refused, with both cures", async () => {
    platform.claim = "theirs";
    expect((await fault())!.replace(/@\d{12}$/, "@TIME")).toBe(
      '"shop" on unix:///var/run/docker.sock belongs to another stack (claim theirs). Give this one another slipway:name; or, when its state is lost for good, take it over: pulumi config set adopt theirs@TIME',
    );
  });

  test("a claim without an id is another's too", async () => {
    platform.claim = "";
    expect(await fault()).toContain("(claim without an id)");
  });

  test("our own claim of a killed run is ours", async () => {
    platform.claim = "ours";
    expect(await fault()).toBeUndefined();
  });

  test("an id that is not known yet (a preview) is not compared", async () => {
    platform.claim = "theirs";
    expect(await fault(inputs({ claim: unknown as unknown as string }))).toBeUndefined();
  });

  test("what is in the state already is not asked again", async () => {
    platform.claim = "theirs";
    expect(await fault(inputs(), inputs())).toBeUndefined();
  });
});

describe("its create", () => {
  test("puts the claim, and remembers the engine's own identity", async () => {
    const news = inputs();
    expect(await claim.create(news, context(platform))).toBe("ours");
    expect(platform.claim).toBe("ours");
    expect(news.engine).toBe("engine-1");
  });

  test("is refused when another stack was faster", async () => {
    platform.claim = "theirs";
    expect(await errorOf(claim.create(inputs(), context(platform)))).toContain(
      "belongs to another stack (claim theirs)",
    );
  });

  test("writes nothing for a run that has ended", async () => {
    await errorOf(claim.create(inputs(), deadContext(platform)));
    expect(platform.writes).toEqual([]);
  });
});

describe("its diff", () => {
  const diff = (news = inputs()) => claim.diff(state, news, context(platform));
  beforeEach(() => {
    platform.claim = "ours";
  });

  test("is empty on the engine that is in the state", async () => {
    expect(await diff()).toEqual({ changes: false });
  });

  test("refuses another engine, with both ids", async () => {
    platform.engine = "engine-2";
    expect(await errorOf(diff())).toContain(
      "is not the one that this stack was deployed to (engine id engine-2, in the state engine-1)",
    );
  });

  test("differs for another way to the same engine", async () => {
    expect(await diff(inputs({ host: "ssh://deploy@host" }))).toEqual({ changes: true });
  });

  test("refuses another engine that has the same id: its claim is not ours", async () => {
    for (const [held, why] of [
      [undefined, "it has the same id, but not the claim"],
      ["theirs", "it has the same id, and another claim, theirs"],
    ]) {
      platform.claim = held;
      expect(await errorOf(diff(inputs({ host: "ssh://deploy@host" })))).toContain(
        `is not the one that this stack was deployed to (${why})`,
      );
    }
  });

  test("differs on an engine that was emptied", async () => {
    platform.claim = undefined;
    expect(await diff()).toEqual({ changes: true });
  });

  test("refuses another name of the application", async () => {
    expect(await errorOf(diff(inputs({ application: "market" })))).toContain(
      'the application\'s name is fixed once it is deployed (now "shop", given "market")',
    );
  });
});

describe("its update", () => {
  test("remembers the engine, and claims one that was emptied", async () => {
    const news = inputs({ host: "ssh://deploy@host" });
    await claim.update!(state, news, context(platform));
    expect(news.engine).toBe("engine-1");
    expect(platform.claim).toBe("ours");
  });

  test("is refused when another stack was faster", async () => {
    platform.claim = "theirs";
    expect(await errorOf(claim.update!(state, inputs(), context(platform)))).toContain(
      "belongs to another stack (claim theirs)",
    );
  });

  test("writes nothing for a run that has ended", async () => {
    await errorOf(claim.update!(state, inputs(), deadContext(platform)));
    expect(platform.writes).toEqual([]);
  });
});

describe("its delete", () => {
  test("takes the claim away", async () => {
    platform.claim = "ours";
    await claim.delete!(state, context(platform));
    expect(platform.claim).toBeUndefined();
  });

  test("leaves another stack's claim alone", async () => {
    platform.claim = "theirs";
    await claim.delete!(state, context(platform));
    expect(platform.writes).toEqual([]);
  });

  test("is not done by a run that has ended", async () => {
    await errorOf(claim.delete!(state, deadContext(platform)));
    expect(platform.writes).toEqual([]);
  });
});

describe("the identity", () => {
  test("is a new one for each stack", async () => {
    const ids = [await identity.create(PLACE, context(platform))];
    ids.push(await identity.create(PLACE, context(platform)));
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test("is the one to take over when the stack says so", async () => {
    expect(await identity.create({ ...PLACE, adopt: "theirs" }, context(platform))).toBe("theirs");
  });

  const adopting = { ...PLACE, adopt: "theirs" };

  test("differs when the claim that is there is to be adopted", async () => {
    platform.claim = "theirs";
    const diff = await identity.diff(PLACE, adopting, context(platform));
    expect(diff).toEqual({ changes: true, replaces: ["adopt"] });
  });

  test("never differs else", async () => {
    platform.claim = "theirs";
    expect(await identity.diff(adopting, adopting, context(platform))).toEqual({ changes: false });
    expect(await identity.diff(adopting, PLACE, context(platform))).toEqual({ changes: false });
    platform.claim = "others";
    expect(await identity.diff(PLACE, adopting, context(platform))).toEqual({ changes: false });
  });

  test("writes nothing on the platform", async () => {
    await identity.create(PLACE, context(platform));
    expect(platform.writes).toEqual([]);
  });
});
