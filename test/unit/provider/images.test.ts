import type Docker from "dockerode";
import { isSame, unsent } from "../../../provider/docker/images";
import { push, type PushInputs } from "../../../provider/resources/push";
import { images } from "../../../provider/resources/images";
import { unknown } from "../../../provider/values";
import { context, FakePlatform, PLACE } from "../../helpers/fakePlatform";

type Look = Partial<Docker.ImageInspectInfo>;
const look = (Id: string, layers: string[] = [Id]): Look => ({
  Id,
  Created: "2026-11-21T00:00:00Z",
  Architecture: "amd64",
  RootFS: { Type: "layers", Layers: layers },
});

/** An engine that knows these images, and whose registries serve some. */
function engine(known: Record<string, Look>, served: string[] = []): Docker {
  const missing = Object.assign(new Error("no such image"), { statusCode: 404 });
  return {
    getImage: (reference: string) => ({
      inspect: async () => known[reference] ?? Promise.reject(missing),
      distribution: async () => (served.includes(reference) ? {} : Promise.reject(missing)),
    }),
  } as unknown as Docker;
}

test("sent is what only this machine has", async () => {
  const here = engine({ "app:dev": look("1"), "base:1": look("2"), "nginx:1": look("3") });
  const there = engine({ "base:1": look("2") }, ["nginx:1"]);
  expect(await unsent(here, there, ["app:dev", "base:1", "nginx:1", "unknown:1"])).toEqual([
    "app:dev",
  ]);
});

test("an image that was made anew under its old name is sent again", async () => {
  const here = engine({ "app:dev": look("new") });
  const there = engine({ "app:dev": look("old") });
  expect(await unsent(here, there, ["app:dev"])).toEqual(["app:dev"]);
});

test("what a registry serves comes from there, also when it differs", async () => {
  const here = engine({ "nginx:1": look("older") });
  const there = engine({ "nginx:1": look("newer") }, ["nginx:1"]);
  expect(await unsent(here, there, ["nginx:1"])).toEqual([]);
});

test("a reference by digest is never sent: it could not bear its name there", async () => {
  const digest = `nginx@sha256:${"0".repeat(64)}`;
  expect(await unsent(engine({ [digest]: look("1") }), engine({}), [digest])).toEqual([]);
});

test("the same image has another id in another kind of image store", () => {
  const one = look("1", ["a", "b"]) as Docker.ImageInspectInfo;
  expect(isSame(one, { ...one, Id: "2" })).toBe(true);
  expect(isSame(one, look("2", ["a", "c"]) as Docker.ImageInspectInfo)).toBe(false);
});

describe("the resource", () => {
  const inputs = { ...PLACE, references: ["app:dev", "nginx:1"] };

  test("differs only when something has to be sent; a look sends nothing", async () => {
    const platform = new FakePlatform();
    expect(await images.diff(inputs, inputs, context(platform))).toEqual({ changes: false });
    platform.unsent.push("app:dev");
    expect(await images.diff(inputs, inputs, context(platform))).toEqual({ changes: true });
    expect(platform.writes).toEqual([]);
  });

  test("a preview of what is not built yet needs no look", async () => {
    const news = { ...inputs, references: [unknown as unknown as string] };
    expect(await images.diff(inputs, news, context(new FakePlatform()))).toEqual({ changes: true });
  });

  test("pulls what a registry has for its users", async () => {
    const platform = new FakePlatform();
    platform.unpulled.push("nginx:1");
    expect(await images.diff(inputs, inputs, context(platform))).toEqual({ changes: true });
    await images.update!(inputs, inputs, context(platform));
    expect(platform.writes).toEqual(["pullImages nginx:1"]);
  });

  test("sends what is missing, and only that", async () => {
    const platform = new FakePlatform();
    platform.unsent.push("app:dev");
    await images.update!(inputs, inputs, context(platform));
    expect(platform.writes).toEqual(["sendImages app:dev"]);
  });
});

describe("a push", () => {
  const inputs: PushInputs = { ...PLACE, reference: "r/api:1", tags: ["2.0"], logins: [] };
  const changes = async (news: Partial<PushInputs>) =>
    (await push.diff(inputs, { ...inputs, ...news }, context(new FakePlatform()))).changes;

  test("follows a new build, a new name and new tags; not a new password, nor a run that names no tags", async () => {
    expect(await changes({})).toBe(false);
    expect(await changes({ tags: undefined })).toBe(false);
    expect(await changes({ logins: [{ address: "r", username: "a", password: "b" }] })).toBe(false);
    expect(await changes({ reference: "r/api:2" })).toBe(true);
    expect(await changes({ built: "this run" })).toBe(true);
    expect(await changes({ tags: ["2.1"] })).toBe(true);
  });

  test("tells the digest", async () => {
    const platform = new FakePlatform();
    const own = { ...inputs };
    expect(await push.create(own, context(platform))).toBe("r/api:1");
    expect(platform.writes).toEqual(["pushImage r/api:1 2.0"]);
    expect(own.digest).toBe("r/api:1@sha256:0");
  });
});
