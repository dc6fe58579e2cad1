import { observe } from "../../../provider/docker/observe";
import type { Records } from "../../../provider/docker/records";
import type { Transport } from "../../../provider/docker/transport";
import { Refusal } from "../../../provider/platform";
import { LABEL } from "../../../spec/names";
import { releaseOf } from "../../../spec/release";
import { application, service } from "../../helpers/spec";

const SPEC = application({ services: [service({ replicas: 2 }), service({ name: "web" })] });
const { id: release, content } = releaseOf(SPEC);
const NETWORKS = ["network-edge", "network-shared", "network-blue"];
const ALL = ["network-shared", "network-blue"];

interface Made {
  role: string;
  service: string;
  networks: string[];
  more?: Record<string, string>;
  state?: string;
}

const APPS: Made[] = ["api", "api", "web"].map((name) => ({
  role: "app",
  service: name,
  networks: ALL,
}));
const FRONT: Made = {
  role: "front",
  service: "front",
  networks: ["network-blue", "network-edge"],
  // What is in it is not asked for while the record is there.
  more: { [LABEL.record]: "packed" },
};
const EDGE: Made = { role: "edge", service: "edge", networks: ["network-edge"] };
const DB: Made = { role: "accessory", service: "db", networks: ["network-shared"] };

const info = ({ role, service, networks, more, state = "running" }: Made, index: number) => ({
  Id: `id-${index}`,
  Names: [`/shop-${role}-${index}`],
  State: state,
  Status: "Up 2 minutes (healthy)",
  Labels: {
    [LABEL.role]: role,
    [LABEL.service]: service,
    [LABEL.resource]: `${role}-${service}`,
    ...(role === "app" || role === "front" || role === "worker"
      ? { [LABEL.slot]: "blue", [LABEL.release]: release }
      : {}),
    ...more,
  },
  NetworkSettings: {
    Networks: Object.fromEntries(networks.map((name) => [`shop-${name}`, { NetworkID: name }])),
  },
});

/** What is seen of an engine on which these containers are. */
function look(made: Made[], claim: string | null = "ours") {
  const docker = {
    info: async () => ({ ID: "engine-1" }),
    listContainers: async () => made.map(info),
    listImages: async () => [],
    listNetworks: async () =>
      NETWORKS.map((name) => ({
        Id: name,
        Labels: { [LABEL.resource]: name, [LABEL.claim]: "ours" },
      })),
  };
  const transport = { docker, readArchive: async () => new Map() } as unknown as Transport;
  const stored = { records: [{ id: release, created: "", content, events: [] }], settled: {} };
  const records = { read: async () => stored } as unknown as Records;
  return observe(transport, records, "shop", claim ?? undefined).then((look) => look.observation);
}

describe("a pushed image that the engine lacks", () => {
  const reference = "ghcr.io/acme/shop-api:0123456789abcdef";
  const digest = "ghcr.io/acme/shop-api@sha256:1";
  const image = { kind: "build" as const, context: "/", dockerfile: "", args: {}, hash: "" };
  const pushed = releaseOf(
    application({ services: [service({ image: { ...image, reference } })] }),
  );
  const asked: string[] = [];
  const seen = async (present: string[], answers: Record<string, string | undefined>) => {
    asked.splice(0);
    const docker = {
      info: async () => ({ ID: "engine-1" }),
      listContainers: async () => [],
      listImages: async () => present.map((name) => ({ Id: name, RepoDigests: [name] })),
      listNetworks: async () => [],
      getImage: (name: string) => ({
        distribution: async ({ authconfig }: { authconfig?: { username: string } }) => {
          asked.push(`${name} as ${authconfig?.username}`);
          const said = answers[name];
          if (said !== undefined) throw new Error(said);
          return {};
        },
      }),
    };
    const transport = { docker, readArchive: async () => new Map() } as unknown as Transport;
    const events = [{ kind: "digest", at: "", detail: { api: digest } }];
    const stored = { records: [{ id: "r1", content: pushed.content, events }], settled: {} };
    const records = { read: async () => stored } as unknown as Records;
    const logins = [{ address: "ghcr.io", username: "bot", password: "p" }];
    const work = observe(transport, records, "shop", "ours", { pushed: [reference], logins });
    return (await work).observation;
  };

  test("is asked of its registry, with the login: by the digest that the release ran by", async () => {
    const found = await seen([], {});
    expect(asked.sort()).toEqual([`${reference} as bot`, `${digest} as bot`].sort());
    expect(found.records[0]?.missingImages).toEqual({});
    expect(found.builds).toContain(reference);
  });

  test("is missing in the registry's own words when that has it no more", async () => {
    const found = await seen([], { [digest]: "manifest unknown", [reference]: "manifest unknown" });
    expect(found.records[0]?.missingImages).toEqual({ api: `${digest}: manifest unknown` });
    expect(found.builds).toEqual([]);
  });

  test("nobody is asked about what is there by its digest", async () => {
    const found = await seen([digest], {});
    expect(asked).toEqual([]);
    expect(found.builds).toContain(reference);
  });
});

const blue = async (made: Made[]) => {
  const { state, lacking } = (await look(made)).slots.blue;
  return [state, ...lacking];
};
const without = (made: Made, ...networks: string[]): Made => ({
  ...made,
  networks: made.networks.filter((name) => !networks.includes(name)),
});

describe("a slot", () => {
  const [api, second, web] = APPS as [Made, Made, Made];

  test("with all containers of each service and a front door is complete", async () => {
    expect(await blue([...APPS, FRONT])).toEqual(["complete"]);
  });

  test("with one container less than wanted is not", async () => {
    expect(await blue([api, web, FRONT])).toEqual(["incomplete", "api"]);
    expect(await blue([api, { ...second, state: "paused" }, web, FRONT])).toEqual([
      "incomplete",
      "api",
    ]);
  });

  test("whose front door is stopped, or gone, is not", async () => {
    expect(await blue([...APPS, { ...FRONT, state: "exited" }])).toEqual(["incomplete"]);
    expect(await blue(APPS)).toEqual(["incomplete"]);
  });

  test("with a container out of one of its networks is not", async () => {
    for (const network of ALL) {
      const found = await blue([api, second, without(web, network), FRONT]);
      expect(found).toEqual(["incomplete", "web"]);
    }
    for (const network of FRONT.networks) {
      expect(await blue([...APPS, without(FRONT, network)])).toEqual(["incomplete"]);
    }
  });
});

test.each([EDGE, DB])(
  "a shared part out of its network does not count as running",
  async (part) => {
    const found = async (made: Made) => {
      const { edge, accessories } = await look([made]);
      return (edge ?? accessories[0])!.running;
    };
    expect(await found(part)).toBe(true);
    expect(await found({ ...part, networks: [] })).toBe(false);
  },
);

describe("without the records' volume", () => {
  test("an engine with nothing on it is an empty one", async () => {
    expect((await look([], null)).claim).toBeUndefined();
  });

  test("one with containers on it is refused, with the way on", async () => {
    const refusal = look([EDGE], null);
    await expect(refusal).rejects.toThrow(Refusal);
    await expect(refusal).rejects.toThrow(
      "docker volume create --label slipway.application=shop --label slipway.claim=ours slipway-shop-records, then run again",
    );
  });

  test("one that Docker made by itself has to go first", async () => {
    await expect(look([EDGE], "")).rejects.toThrow(
      "docker volume rm slipway-shop-records && docker volume create",
    );
  });
});
