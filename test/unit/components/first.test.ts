import { releaseOf } from "../../../spec/release";
import { environment, labelsOf, networksOf, type Made } from "../../helpers/mocks";
import { untouched } from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const spec = application({ version: "1" });
const { id } = releaseOf(spec);
let made: Made;
beforeAll(async () => {
  made = await environment(spec, untouched());
});

test("one service: its containers, and no router", () => {
  expect(made.names("docker:index/container:Container")).toEqual(["blue-api", "edge", "records"]);
});

test("nothing of the other slot", () => {
  expect(made.names().filter((name) => name.includes("green"))).toEqual([]);
});

test("each resource of ours carries the place", () => {
  const ours = [...made.byName.values()].filter(({ type }) => type.startsWith("slipway-platform:"));
  const places = ours.map(({ inputs: { platform, host, application } }) => ({
    platform,
    host,
    application,
  }));
  expect(new Set(places.map((place) => JSON.stringify(place)))).toEqual(
    new Set(['{"platform":"docker","host":"unix:///var/run/docker.sock","application":"shop"}']),
  );
});

test("the claim takes the identity's id, and goes before what it guards", () => {
  expect(made.get("claim").inputs["claim"]).toBe("identity-id");
  for (const name of ["sweep-shared", "network-edge", "network-shared", "records"]) {
    expect(made.get(name).waitsFor).toContain("claim");
  }
});

describe("the container of the service", () => {
  test("is in the slot's component", () => expect(made.get("blue-api").parent).toBe("blue"));

  test("runs the image by its id", () => {
    expect(made.get("blue-api").inputs["image"]).toBe("sha256:image-blue-api");
  });

  test("says whose it is", () => {
    expect(labelsOf(made.get("blue-api"))).toMatchObject({
      "slipway.application": "shop",
      "slipway.resource": "blue-api",
      "slipway.role": "app",
      "slipway.service": "api",
      "slipway.slot": "blue",
      "slipway.release": id,
    });
  });

  test("carries the record, for it is the front door", () => {
    expect(labelsOf(made.get("blue-api"))["slipway.record"]).toMatch(/^H4sI/);
  });

  test("joins its slot, the accessories and the edge", () => {
    expect(networksOf(made.get("blue-api"))).toEqual(["blue", "shared", "edge"]);
  });

  test("answers to the service's name in its slot alone", () => {
    const networks = made.get("blue-api").inputs["networksAdvanced"] as { aliases?: string[] }[];
    expect(networks.map(({ aliases }) => aliases)).toEqual([["api"], undefined, undefined]);
  });

  test("opens the port that the gate asks on the loopback only, on any number", () => {
    expect(made.get("blue-api").inputs["ports"]).toEqual([{ internal: 8000, ip: "127.0.0.1" }]);
  });

  test("is restarted by Docker, stays in the state when stopped, and bounds its log", () => {
    expect(made.get("blue-api").inputs).toMatchObject({
      restart: "unless-stopped",
      mustRun: false,
      logOpts: { "max-size": "10m", "max-file": "3" },
    });
  });

  test("has a name with the attempt at its end", () => {
    expect(made.get("blue-api").inputs["name"]).toMatch(/^shop-blue-api-[0-9a-f]{7}$/);
  });

  test("is not sealed", () => expect(made.get("blue-api").ignoreChanges).toEqual([]));

  test("waits for the sweep of its slot", () => {
    expect(made.get("blue-api").waitsFor).toContain("sweep");
  });
});

describe("the edge", () => {
  test("publishes the application's port on the proxy's one", () => {
    expect(made.get("edge").inputs["ports"]).toEqual([
      { internal: 80, external: 8000, ip: "127.0.0.1" },
    ]);
  });

  test("is asked for before its successor is made: two cannot have one port", () => {
    expect(made.get("edge").deleteBeforeReplace).toBe(true);
  });

  test("stands on its own network", () => expect(networksOf(made.get("edge"))).toEqual(["edge"]));
});

test("the holder of the records is made and never started, on the records volume", () => {
  expect(made.get("records").inputs).toMatchObject({
    start: false,
    networkMode: "none",
    volumes: [{ volumeName: "slipway-shop-records", containerPath: "/records" }],
  });
});

test("the record is written before the slot is swept", () => {
  expect(made.get(`release-${id}`).inputs["release"]).toBe(id);
  expect(made.get("sweep").waitsFor).toContain(`release-${id}`);
});

test("the gate looks at the container, and waits for the sweep", () => {
  expect(made.get("gate").inputs).toMatchObject({
    slot: "blue",
    release: id,
    units: [
      { id: "blue-api-id", service: "api", health: { http: { path: "/health", port: 8000 } } },
    ],
    timeout: 30,
  });
  expect(made.get("gate").waitsFor).toEqual(expect.arrayContaining(["blue-api", "sweep"]));
});

test("the traffic leads to the container, and waits for the gate", () => {
  const { inputs, waitsFor } = made.get("traffic");
  expect(inputs["table"]).toEqual({
    slot: "blue",
    release: id,
    targets: [`${made.get("blue-api").inputs["name"]}:8000`],
    reach: { hosts: [] },
    healthPath: "/health",
    deployTimeout: 30,
    drainTimeout: 30,
  });
  expect(inputs["expected"]).toEqual({});
  expect(waitsFor).toContain("gate");
});

describe("names that are too long", () => {
  const long = "a-service-name-of-forty-characters-it-has";
  const names = async () => {
    const built = await environment(
      application({
        name: "an-application-of-31-characters",
        services: [service({ name: long, replicas: 2 })],
        ingress: [{ ...spec.ingress[0]!, service: long }],
      }),
      untouched(),
    );
    return [built.get(`blue-${long}`), built.get(`blue-${long}.2`)].map(
      ({ inputs }) => inputs["name"] as string,
    );
  };

  test("fit into a host name, differ from each other, and end with the attempt", async () => {
    const [one, two] = await names();
    expect(one).not.toBe(two);
    for (const name of [one!, two!]) expect(name).toMatch(/^.{55}-[0-9a-f]{7}$/);
  });
});

test("replicas are all targets, and all looked at", async () => {
  const two = await environment(application({ services: [service({ replicas: 2 })] }), untouched());
  const { targets } = two.get("traffic").inputs["table"] as { targets: string[] };
  expect(targets.map((target) => target.replace(/-[0-9a-f]{7}:/, ":"))).toEqual([
    "shop-blue-api:8000",
    "shop-blue-api.2:8000",
  ]);
  expect((two.get("gate").inputs["units"] as object[]).length).toBe(2);
});
