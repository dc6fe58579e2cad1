import type { Contents, Manifest } from "../../../provider/registry/contents";
import { namedIn, serverOf } from "../../../provider/registry/named";
import { unneededOf, type Rules } from "../../../provider/registry/unneeded";

const digest = (name: string) => `sha256:${Buffer.from(name).toString("hex").padEnd(64, "0")}`;
const HOUR = 3_600_000;

interface Made extends Partial<Omit<Manifest, "blobs">> {
  tags?: string[];
  /** Name -> MB. */
  layers?: Record<string, number>;
}

/** A repository of manifests by name; each image was built for shop, ten hours after 1970. */
function repository(made: Record<string, Made>, name = "acme/shop-web"): Contents {
  const tags = new Map<string, string>();
  const manifests = new Map<string, Manifest>();
  for (const [key, { tags: named = [key], layers = { [key]: 1 }, ...rest }] of Object.entries(
    made,
  )) {
    named.forEach((tag) => tags.set(tag, digest(key)));
    const blobs = Object.entries(layers).map(([one, mb]) => ({
      digest: digest(one),
      bytes: mb * 1e6,
    }));
    const whole = {
      children: [],
      isCache: false,
      builtFor: "shop",
      created: 10 * HOUR,
      ...rest,
    };
    manifests.set(digest(key), { digest: digest(key), blobs, ...whole });
  }
  return { repository: name, tags, manifests };
}

const rules = (more: Partial<Rules> = {}, ...names: string[]): Rules => ({
  applications: ["shop"],
  named: namedIn(names, serverOf("r.test/acme")),
  before: 20 * HOUR,
  caches: false,
  ...more,
});
const named = (name: string) => `r.test/acme/shop-web@${digest(name)}`;
const goes = (contents: Contents, how: Rules) =>
  unneededOf([contents], how).images.map(({ digest: one, parts }) => ({
    name: Buffer.from(one.slice(7), "hex").toString().replace(/\0/g, ""),
    parts: parts.map((part) => Buffer.from(part.slice(7), "hex").toString().replace(/\0/g, "")),
  }));
const ATTESTATION = { tags: [], builtFor: undefined, created: 0 };

test("what a record names by digest stays, whatever its tags; the rest goes, whatever its tags", () => {
  const all = repository({
    a: { tags: ["1.0", "main", "latest"] },
    b: { tags: [] },
    c: { tags: ["x"] },
  });
  const { images, kept } = unneededOf([all], rules({}, named("b"), named("c")));
  expect(images).toMatchObject([{ tags: ["1.0", "latest", "main"], application: "shop" }]);
  expect(kept).toEqual({ needed: 2, young: 0, foreign: 0, caches: 0 });
});

test("a record that tells no digest yet keeps what its tag means", () => {
  expect(goes(repository({ a: {}, b: {} }), rules({}, "r.test/acme/shop-web:a"))).toMatchObject([
    { name: "b" },
  ]);
});

test("a name in another repository keeps nothing here", () => {
  expect(goes(repository({ a: {} }), rules({}, "r.test/acme/shop-api:a"))).toHaveLength(1);
});

test.each([
  ["of another application", { a: { builtFor: "shop-web" } }],
  ["without our label", { a: { builtFor: undefined } }],
])("%s: it stays", (_what, made) => {
  const { images, kept } = unneededOf([repository(made)], rules());
  expect({ images, foreign: kept.foreign }).toEqual({ images: [], foreign: 1 });
});

test("a label that was inherited does not make a repository ours", () => {
  expect(goes(repository({ a: {} }, "acme/other-web"), rules())).toEqual([]);
});

test("what is younger than the bound stays; one whose time nobody tells is old", () => {
  const made = {
    a: { created: 20 * HOUR + 1 },
    b: { created: 20 * HOUR },
    c: { created: 0 },
  };
  expect(
    goes(repository(made), rules())
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["b", "c"]);
});

describe("an index of platforms", () => {
  const made = {
    index: {
      children: [digest("amd"), digest("arm"), digest("att")],
      builtFor: undefined,
      layers: {},
    },
    amd: { tags: [] },
    arm: { tags: [] },
    att: ATTESTATION,
  };
  test("stays whole", () => {
    expect(goes(repository(made), rules({}, named("index")))).toEqual([]);
  });

  test("goes whole, itself first", () => {
    expect(goes(repository(made), rules())).toEqual([
      { name: "index", parts: ["index", "amd", "arm", "att"] },
    ]);
  });

  test("leaves what another one that stays has too", () => {
    const other = {
      children: [digest("arm")],
      builtFor: undefined,
      layers: {},
    };
    const all = repository({ ...made, other });
    expect(goes(all, rules({}, named("other")))).toEqual([
      { name: "index", parts: ["index", "amd", "att"] },
    ]);
  });

  test("goes before what has a tag of its own, which goes by itself", () => {
    const all = repository({ amd: { tags: ["amd"] }, index: made.index, arm: made.arm });
    expect(goes(all, rules())).toEqual([
      { name: "index", parts: ["index", "arm"] },
      { name: "amd", parts: ["amd"] },
    ]);
  });

  test("that stays keeps what has a tag of its own, too", () => {
    const all = repository({ ...made, amd: { tags: ["amd"] } });
    const { images, kept } = unneededOf([all], rules({}, named("index")));
    expect({ images, needed: kept.needed }).toEqual({ images: [], needed: 2 });
  });

  test("one platform is young: all stays", () => {
    const all = repository({ ...made, arm: { tags: [], created: 30 * HOUR } });
    expect(goes(all, rules())).toEqual([]);
  });
});

test("signatures go with their image, before it; those of what stays, or is not there, stay", () => {
  const signature = (name: string, end = ".sig") => ({
    ...ATTESTATION,
    tags: [`${digest(name).replace(":", "-")}${end}`],
  });
  const all = repository({
    a: {},
    b: {},
    sa: signature("a"),
    ta: signature("a", ".att"),
    ra: signature("a", ""),
    sb: signature("b"),
    sc: signature("c"),
  });
  expect(goes(all, rules({}, named("b")))).toEqual([{ name: "a", parts: ["sa", "ta", "ra", "a"] }]);
});

describe("a build cache", () => {
  const made = {
    a: {},
    cache: { tags: ["cache-main"], isCache: true, builtFor: undefined },
  };
  test("stays, unless it is asked for", () => {
    expect(unneededOf([repository(made)], rules({}, named("a")))).toMatchObject({
      images: [],
      kept: { caches: 1 },
    });
    const [cache] = unneededOf([repository(made)], rules({ caches: true }, named("a"))).images;
    expect(cache).toMatchObject({ tags: ["cache-main"], why: "a build cache" });
  });

  test("stays where another application's images are", () => {
    const all = repository({ ...made, b: { builtFor: "shop-web" } });
    expect(goes(all, rules({ caches: true }, named("a")))).toEqual([]);
  });
});

test("a size is what nothing that stays uses, in any of the repositories, and each layer once", () => {
  const web = repository({
    a: { layers: { base: 100, x: 3, a: 1 } },
    b: { layers: { base: 100, x: 3, b: 2 } },
  });
  const api = repository({ c: { layers: { base: 100 } } }, "acme/shop-api");
  const found = unneededOf([web, api], rules({}, `r.test/acme/shop-api@${digest("c")}`));
  expect(found.frees).toBe(6e6);
  expect(found.images.map(({ bytes, own }) => [bytes, own])).toEqual([
    [104e6, 4e6],
    [105e6, 5e6],
  ]);
});

describe("names in texts", () => {
  const d = digest("d");
  test.each([
    ["r.test/acme", `{"image":"r.test/acme/shop-web:ab@${d}"}`, { "acme/shop-web": [[d], ["ab"]] }],
    ["r.test/acme", `r.test/acme/shop-web r.test/acme2/x:1`, { "acme/shop-web": [[], ["latest"]] }],
    ["r.test:5000", "image: r.test:5000/shop-web:1.0\n", { "shop-web": [[], ["1.0"]] }],
    ["docker.io/acme", `acme/shop-web@${d}`, { "acme/shop-web": [[d], []] }],
    ["docker.io/acme", "index.docker.io/acme/shop-web:1", { "acme/shop-web": [[], ["1"]] }],
    ["r.test/acme", "rxtest/acme/shop-web:1", {}],
  ])("%s in %s", (server, text, expected) => {
    const found = [...namedIn([text], serverOf(server))].map(([name, { digests, tags }]) => [
      name,
      [[...digests], [...tags]],
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});
