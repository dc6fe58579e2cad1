import { neededOn, prune, unneeded } from "../../../provider/docker/prune";
import type { Transport } from "../../../provider/docker/transport";
import { LABEL, recordsVolume } from "../../../spec/names";
import { releaseOf } from "../../../spec/release";
import { application, service } from "../../helpers/spec";

const MB = 1_000_000;
const ref = (name: string, number: number) => `${name}:${String(number).padStart(16, "0")}`;

/** A record file whose one service, and accessories, run these images. */
function record(reference: string, accessories: Record<string, string> = {}): string {
  const image = { kind: "reference" as const, reference };
  const { content } = releaseOf(application({ services: [service({ image })] }));
  return JSON.stringify({ created: "2026", content: { ...content, accessories } });
}

interface Image {
  tags: string[];
  digests?: string[];
  /** Whom it was built for. */
  of?: string;
  /** MB that only it has; all share 100 more. */
  own?: number;
}

/** An engine in memory: images, records and containers are written beforehand, removals read afterwards. */
class Engine {
  images: Image[] = [];
  /** Application -> its record files. Without a key it has no claim. */
  records: Record<string, string[]> = {};
  containers: { image: string; of?: string }[] = [];
  /** Removals that the engine refuses. */
  held: string[] = [];
  readonly removed: string[] = [];
  /** Before 23 an engine says only in its sum what images share. */
  isOld = false;
  /** How many times somebody else is asking for that sum. */
  busy = 0;

  private listImages(isOld: boolean) {
    return this.images.map(({ tags, digests = [], of, own = 1 }, index) => ({
      Id: `sha256:${index}`,
      RepoTags: tags.filter((tag) => !this.removed.includes(tag)),
      RepoDigests: digests,
      Labels: of === undefined ? null : { [LABEL.builtFor]: of },
      Created: index * 60,
      Size: (own + 100) * MB,
      SharedSize: isOld ? -1 : 100 * MB,
    }));
  }

  private listContainers(wanted: string[]) {
    const made = this.containers.map(({ image, of }, index) => ({
      Id: `${index}`,
      Image: image,
      ImageID: `sha256:${this.images.findIndex(({ tags }) => tags.includes(image))}`,
      Labels: (of === undefined ? {} : { [LABEL.application]: of }) as Record<string, string>,
    }));
    const holders = Object.keys(this.records).map((of) => ({
      Id: of,
      Image: "edge",
      ImageID: "sha256:edge",
      Labels: { [LABEL.application]: of, [LABEL.role]: "holder" } as Record<string, string>,
    }));
    return [...made, ...holders]
      .filter(({ Labels }) =>
        wanted.every((label) => {
          const [key, value] = label.split("=");
          return value === undefined ? Labels[key!] !== undefined : Labels[key!] === value;
        }),
      )
      .map((container) => ({ ...container, Names: ["/c"], State: "exited", Status: "" }));
  }

  private remove(reference: string) {
    if (this.held.includes(reference)) throw new Error("conflict: a container uses it");
    this.removed.push(reference);
  }

  get transport(): Transport {
    const docker = {
      info: async () => ({ ID: "engine-1" }),
      listImages: async () => this.listImages(this.isOld),
      df: async () => {
        if (this.busy-- > 0) throw new Error("a disk usage operation is already running");
        return { Images: this.listImages(false) };
      },
      listNetworks: async () => [],
      listVolumes: async () => ({
        Volumes: Object.keys(this.records).map((name) => ({
          Name: recordsVolume(name),
          Labels: { [LABEL.application]: name, [LABEL.claim]: `claim of ${name}` },
        })),
      }),
      listContainers: async ({ filters }: { filters?: { label: string[] } }) =>
        this.listContainers(filters?.label ?? []),
      getVolume: () => ({
        inspect: async () => Promise.reject(Object.assign(new Error("none"), { statusCode: 404 })),
      }),
      getImage: (reference: string) => ({ remove: async () => this.remove(reference) }),
    };
    const readArchive = async (holder: string) =>
      new Map(
        (this.records[holder] ?? []).flatMap((content, index): [string, string][] => [
          [`records/releases/r${index}/content.json`, content],
          [`records/releases/r${index}/events/1.json`, '{"kind":"served","at":"2026"}'],
        ]),
      );
    return { host: "unix:///d", docker, readArchive } as unknown as Transport;
  }
}

const references = async (engine: Engine, applications = ["shop"]) =>
  (await unneeded(engine.transport, applications)).images.map(({ reference }) => reference);

let engine: Engine;
const web = (number: number) => ref("shop-web", number);
beforeEach(() => {
  engine = new Engine();
  engine.images = [1, 2, 3].map((number) => ({ tags: [web(number)], of: "shop" }));
  engine.records = { shop: [record(web(3))] };
});

test("what a record names stays, also as an accessory's image; older builds may go", async () => {
  engine.records = { shop: [record(web(3), { db: `docker.io/library/${web(2)}` })] };
  const found = await unneeded(engine.transport, ["shop"]);
  expect(found).toEqual({
    images: [
      {
        reference: web(1),
        id: "sha256:0",
        application: "shop",
        created: "1970-01-01T00:00:00.000Z",
        bytes: 101 * MB,
        own: MB,
        why: "no release that is kept names it",
      },
    ],
    frees: MB,
    kept: 2,
  });
});

test("what any container uses stays, stopped or not, whoever made it", async () => {
  engine.containers = [{ image: web(1) }];
  expect(await references(engine)).toEqual([web(2)]);
  engine.containers = [{ image: "sha256:1" }];
  expect(await references(engine)).toEqual([web(1)]);
});

test("what another application's record names stays", async () => {
  engine.records = { ...engine.records, copy: [record(web(1))] };
  expect(await references(engine)).toEqual([web(2)]);
});

test("only what was built for it: neither a name that looks alike, nor another form of name", async () => {
  engine.images.push(
    { tags: [ref("shop-web-api", 1)], of: "shop-web" },
    { tags: [ref("shop-jobs", 1)] },
    { tags: ["shop-web:latest"], of: "shop" },
    { tags: [ref("mine", 1)], of: "shop" },
  );
  expect(await references(engine)).toEqual([web(1), web(2)]);
});

test("an application that is deployed here no more needs nothing; in its first deploy it needs all", async () => {
  engine.records = {};
  const { images } = await unneeded(engine.transport, ["shop"]);
  expect(images.map(({ why }) => why)).toEqual(Array(3).fill("shop is not deployed here any more"));
  engine.records = { shop: [] };
  expect(await references(engine)).toEqual([]);
});

test("an image counts once, and only when its last name goes", async () => {
  engine.images = [
    { tags: [web(1), ref("shop-jobs", 1)], of: "shop", own: 7 },
    { tags: [web(2), ref("shop-jobs", 2)], of: "shop", own: 9 },
  ];
  engine.records = { shop: [record(web(2))] };
  const { images, frees, kept } = await unneeded(engine.transport, ["shop"]);
  expect(images.map(({ reference }) => reference)).toEqual([ref("shop-jobs", 1), web(1)]);
  expect([frees, kept]).toEqual([7 * MB, 2]);
});

test("a pushed image is one, and not two: its digest goes with its tag; pulled by its digest it has only that", async () => {
  const pushed = (number: number) => ref("127.0.0.1:24500/shop-web", number);
  const digest = (number: number) => `127.0.0.1:24500/shop-web@sha256:${number}`;
  engine.images = [
    { tags: [pushed(1)], digests: [digest(1)], of: "shop" },
    { tags: [], digests: [digest(2)], of: "shop" },
    { tags: [pushed(3)], digests: [digest(3)], of: "shop" },
  ];
  engine.records = { shop: [record(pushed(3))] };
  expect(await references(engine)).toEqual([pushed(1), digest(2)]);
  expect((await unneeded(engine.transport, ["shop"])).kept).toBe(1);
});

test("an older engine is asked for its sum", async () => {
  engine.isOld = true;
  expect((await unneeded(engine.transport, ["shop"])).frees).toBe(2 * MB);
});

test("somebody else who asks for that sum is waited for", async () => {
  Object.assign(engine, { isOld: true, busy: 2 });
  expect((await unneeded(engine.transport, ["shop"])).frees).toBe(2 * MB);
});

test("an application that comes or goes meanwhile is looked at again", async () => {
  engine.containers = [{ image: "edge", of: "other" }];
  const looked = unneeded(engine.transport, ["shop"]);
  setTimeout(() => (engine.containers = []), 100);
  expect((await looked).images).toHaveLength(2);
});

describe("what cannot be read refuses all of it", () => {
  test.each(["shop", "other"])("a damaged record of %s", async (name) => {
    engine.records = { ...engine.records, [name]: ['{"created"'] };
    await expect(unneeded(engine.transport, ["shop"])).rejects.toThrow("is damaged");
  });

  test("containers without the volume of their records", async () => {
    engine.containers = [{ image: "edge", of: "other" }];
    await expect(unneeded(engine.transport, ["shop"])).rejects.toThrow("slipway-other-records");
  });
});

describe("removing", () => {
  test("removes what was found", async () => {
    const found = await unneeded(engine.transport, ["shop"]);
    expect(await prune(engine.transport, found)).toMatchObject({ freed: 2 * MB, refused: [] });
    expect(engine.removed).toEqual([web(1), web(2)]);
  });

  test("leaves what is needed by now, and what was not told", async () => {
    const found = await unneeded(engine.transport, ["shop"]);
    engine.records = { shop: [record(web(1))] };
    expect(await prune(engine.transport, found)).toMatchObject({ freed: MB, refused: [] });
    expect(engine.removed).toEqual([web(2)]);
  });

  test("tells what the engine does not let go, and goes on", async () => {
    const found = await unneeded(engine.transport, ["shop"]);
    engine.held = [web(1)];
    expect(await prune(engine.transport, found)).toMatchObject({
      freed: MB,
      refused: [{ reference: web(1), reason: "conflict: a container uses it" }],
    });
    expect(engine.removed).toEqual([web(2)]);
  });
});

describe("what a registry must keep for a host", () => {
  const by = (digit: string) => `r.test/acme/shop-web@sha256:${digit.repeat(64)}`;

  test("what a record of any application names, and what a container was made from", async () => {
    const engine = new Engine();
    engine.records = { shop: [record("r.test/acme/shop-web:1")], other: [record(by("2"))] };
    engine.images = [{ tags: ["r.test/acme/shop-web:3"] }, { tags: ["r.test/acme/shop-web:4"] }];
    engine.containers = [{ image: "r.test/acme/shop-web:3" }];
    const needed = await neededOn(engine.transport, ["shop"]);
    const ours = needed.filter((name) => name.startsWith("r.test/"));
    expect(ours.sort()).toEqual(["r.test/acme/shop-web:1", "r.test/acme/shop-web:3", by("2")]);
  });

  test("a first deploy that has told no release yet: nobody knows", async () => {
    const engine = new Engine();
    engine.records = { shop: [] };
    await expect(neededOn(engine.transport, ["shop"])).rejects.toThrow("first deploy of shop");
    await expect(neededOn(engine.transport, ["other"])).resolves.toEqual(expect.any(Array));
  });

  test("a record that cannot be read: nobody knows", async () => {
    const engine = new Engine();
    engine.records = { shop: [record("web:1")], other: ["{"] };
    await expect(neededOn(engine.transport, ["shop"])).rejects.toThrow();
  });
});
