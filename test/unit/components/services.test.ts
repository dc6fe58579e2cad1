import { LABEL } from "../../../spec/names";
import { accessoryFingerprint } from "../../../spec/shared";
import { releaseOf } from "../../../spec/release";
import type { ServiceSpec } from "../../../spec/types";
import { environment, labelsOf, networksOf, type Made } from "../../helpers/mocks";
import {
  complete,
  container,
  empty,
  passed,
  record,
  served,
  serving,
  SETTLED_EDGE,
  untouched,
} from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const db = service({
  name: "db",
  role: "accessory",
  image: { kind: "reference", reference: "postgres:16" },
  environment: { POSTGRES_PASSWORD: { parts: [{ secret: "PASSWORD" }] } },
  health: { test: ["CMD", "pg_isready"], interval: 1, timeout: 2, retries: 3, startPeriod: 4 },
  ports: [{ container: 5432, host: 5433, protocol: "tcp" }],
  volumes: [{ volume: "data", path: "/var/lib/postgresql/data", readOnly: false }],
});
const withDb = { services: [service(), db], volumes: ["data"] };
const SECRETS = { PASSWORD: "hunter22" };

describe("an accessory", () => {
  let made: Made;
  beforeAll(async () => {
    made = await environment(application(withDb), untouched(), SECRETS);
  });

  test("is shared: it carries no slot and no release", () => {
    const labels = labelsOf(made.get("accessory-db"));
    expect(labels).toMatchObject({ "slipway.role": "accessory", "slipway.service": "db" });
    expect(labels).not.toHaveProperty(["slipway.slot"]);
    expect(labels).not.toHaveProperty(["slipway.release"]);
  });

  test("carries the fingerprint of the user's own keys", () => {
    expect(labelsOf(made.get("accessory-db"))[LABEL.spec]).toBe(accessoryFingerprint(db));
  });

  test("stands on the shared network, under its name", () => {
    expect(networksOf(made.get("accessory-db"))).toEqual(["shared"]);
    expect(made.get("accessory-db").inputs["networksAdvanced"]).toMatchObject([
      { aliases: ["db"] },
    ]);
  });

  test("publishes its port on the loopback only", () => {
    expect(made.get("accessory-db").inputs["ports"]).toEqual([
      { internal: 5432, external: 5433, ip: "127.0.0.1", protocol: "tcp" },
    ]);
  });

  test("has its data on a volume with a fixed name", () => {
    expect(made.get("volume-data").inputs["name"]).toBe("shop-data");
    expect(made.get("accessory-db").inputs["volumes"]).toEqual([
      { volumeName: "shop-data", containerPath: "/var/lib/postgresql/data", readOnly: false },
    ]);
  });

  test("leaves its volume behind when the resource goes, and never changes it", () => {
    const { retainOnDelete, ignoreChanges } = made.get("volume-data");
    expect(retainOnDelete).toBe(true);
    expect(ignoreChanges[0]).toBe("*");
  });

  test("stops before its successor starts: two would destroy the volume", () => {
    expect(made.get("accessory-db").deleteBeforeReplace).toBe(true);
  });

  test("is healthy before the slot is filled", () => {
    expect(made.get("ready-accessory-db").inputs["resource"]).toBe("accessory-db");
    expect(made.get("sweep").waitsFor).toContain("ready-accessory-db");
  });

  test("has its check in Docker's words", () => {
    expect(made.get("accessory-db").inputs["healthcheck"]).toEqual({
      tests: ["CMD", "pg_isready"],
      interval: "1s",
      timeout: "2s",
      startPeriod: "4s",
      retries: 3,
    });
  });

  test("is sealed while the user's own keys stay", async () => {
    const there = container({ labels: { [LABEL.spec]: accessoryFingerprint(db) } });
    const release = releaseOf(application());
    const found = serving(release, {
      accessories: [there],
      settled: { ...SETTLED_EDGE, "accessory-db": there.id },
    });
    const steady = await environment(application(withDb), found, SECRETS);
    expect(steady.get("accessory-db").ignoreChanges[0]).toBe("*");
    expect(steady.get("image-accessory-db").ignoreChanges[0]).toBe("*");
  });
});

describe("a secret", () => {
  let made: Made;
  const token = { parts: ["Bearer ", { secret: "TOKEN" }] };
  beforeAll(async () => {
    const api = service({
      environment: { AUTH: token, LEVEL: "info" },
      files: [{ path: "/run/secrets/token", content: token, mode: "0444" }],
    });
    const spec = application({
      services: [api],
      secrets: { TOKEN: "0123456789abcdef" },
      availableSecrets: { TOKEN: "0123456789abcdef" },
    });
    made = await environment(spec, untouched(), { TOKEN: "t0p", OTHER: "other" });
  });

  test("is filled in where the container is made", () => {
    expect(made.get("blue-api").inputs["envs"]).toEqual(["AUTH=Bearer t0p", "LEVEL=info"]);
    expect(made.get("blue-api").inputs["uploads"]).toEqual([
      { file: "/run/secrets/token", content: "Bearer t0p" },
    ]);
  });

  test("stays secret there, as input and as output", () => {
    const { secretInputs, additionalSecretOutputs } = made.get("blue-api");
    expect(secretInputs.sort()).toEqual(["envs", "uploads"]);
    expect(additionalSecretOutputs).toEqual(["envs", "uploads"]);
  });

  test("is known to the gate, which masks it, and stays secret there", () => {
    expect(made.get("gate").inputs["secrets"]).toEqual(["other", "t0p"]);
    expect(made.get("gate").secretInputs).toEqual(["secrets"]);
  });

  test("is nowhere else: the record and the labels name it only", () => {
    const others = [...made.byName.values()].map(({ inputs }) => {
      const { secrets: _secrets, envs: _envs, uploads: _uploads, ...rest } = inputs;
      return JSON.stringify(rest);
    });
    expect(others.filter((text) => text.includes("t0p"))).toEqual([]);
  });
});

describe("a worker", () => {
  const jobs = service({ name: "jobs", role: "worker", ports: [], health: undefined });
  const spec = application({ services: [service(), jobs] });
  const release = releaseOf(spec);
  const running = container({
    resource: "worker-jobs",
    service: "jobs",
    role: "worker",
    slot: "blue",
    release: release.id,
  });
  const there = (settled: Record<string, string>, more = {}) =>
    serving(release, {
      slots: { blue: complete("blue", release), green: empty() },
      records: [record(release, [passed("blue", 1), served("blue", 2)])],
      workers: [{ ...running, ...more }],
      settled: { ...SETTLED_EDGE, ...settled },
    });

  test("starts after the flip, and only when the old one has stopped", async () => {
    const worker = (await environment(spec, untouched())).get("worker-jobs");
    expect(worker.waitsFor).toContain("traffic");
    expect(worker.deleteBeforeReplace).toBe(true);
  });

  test("has a double in the slot for the gate to try: never started here, cut off, data read-only", async () => {
    const volumes = [{ volume: "data", path: "/data", readOnly: false }];
    const withData = service({ ...jobs, volumes, command: ["work"] });
    const made = await environment({ ...spec, services: [service(), withData] }, untouched());
    const double = made.get("trial-blue-jobs");
    expect(double.type).toBe("docker:index/container:Container");
    expect(double.inputs).toMatchObject({
      command: ["work"],
      start: false,
      restart: "no",
      networkMode: "none",
      volumes: [{ containerPath: "/data", readOnly: true }],
    });
    expect(double.inputs["networksAdvanced"]).toBeUndefined();
    expect(made.get("gate").inputs["trials"]).toEqual([
      { id: "trial-blue-jobs-id", service: "jobs" },
    ]);
  });

  test("stands on the slot's network and the shared one, under no name", async () => {
    const worker = (await environment(spec, untouched())).get("worker-jobs");
    expect(networksOf(worker)).toEqual(["blue", "shared"]);
  });

  test("has its image tried before the flip", async () => {
    const made = await environment(spec, untouched());
    expect(made.get("image-blue-api").waitsFor).not.toContain("traffic");
    expect(made.get("worker-jobs").inputs["image"]).toBe("sha256:image-blue-api");
  });

  test("is no unit of the gate and no container of the slot", async () => {
    const made = await environment(spec, untouched());
    expect(made.names()).not.toContain("blue-jobs");
    expect(made.get("gate").inputs["units"]).toMatchObject([{ service: "api" }]);
  });

  test("that fails says that the traffic has moved", async () => {
    const made = await environment(spec, untouched());
    expect(made.get("ready-worker-jobs").inputs["preface"]).toContain(
      "the traffic has moved to blue",
    );
  });

  test("of the release that serves is sealed once it is settled", async () => {
    const made = await environment(spec, there({ "worker-jobs": running.id }));
    expect(made.get("worker-jobs").ignoreChanges[0]).toBe("*");
  });

  test.each<[string, Record<string, string>, object]>([
    ["stopped", { "worker-jobs": running.id }, { running: false }],
    ["nobody's", {}, {}],
    ["another release's", { "worker-jobs": running.id }, { release: "other" }],
    ["the other slot's", { "worker-jobs": running.id }, { slot: "green" }],
  ])("that is %s is made anew", async (_what, settled, more) => {
    const made = await environment(spec, there(settled, more));
    expect(made.get("worker-jobs").ignoreChanges).toEqual([]);
  });
});

describe("tasks", () => {
  const seed = service({ name: "seed", role: "task", ports: [], health: undefined });
  const api = (more: Partial<ServiceSpec> = {}) =>
    service({ dependsOn: [{ service: "seed", condition: "completed" }], ...more });

  test("a task is made and not started by Docker, nor ever restarted", async () => {
    const made = await environment(application({ services: [api(), seed] }), untouched());
    expect(made.get("task-blue-seed").inputs).toMatchObject({ start: false, restart: "no" });
  });

  test("a task is run to its end before those that wait for it", async () => {
    const made = await environment(application({ services: [api(), seed] }), untouched());
    expect(made.get("run-task-blue-seed").inputs).toMatchObject({
      task: "seed",
      service: "seed",
      unit: "task-blue-seed-id",
    });
    expect(made.get("blue-api").waitsFor).toContain("run-task-blue-seed");
  });

  test("a task answers to nobody", async () => {
    const made = await environment(application({ services: [api(), seed] }), untouched());
    const networks = made.get("task-blue-seed").inputs["networksAdvanced"] as object[];
    expect(networks.flatMap((network) => ("aliases" in network ? network.aliases : []))).toEqual(
      [],
    );
  });

  test("a release command runs with the new image before every service", async () => {
    const web = service({ name: "web" });
    const services = [service({ release: ["migrate"] }), web];
    const made = await environment(application({ services }), untouched());
    const { inputs } = made.get("task-blue-api-release");
    expect(inputs).toMatchObject({ command: ["migrate"], start: false, restart: "no" });
    expect(inputs["image"]).toBe("sha256:image-blue-api");
    expect(made.get("run-task-blue-api-release").inputs["task"]).toBe("api-release");
    for (const name of ["blue-api", "blue-web"]) {
      expect(made.get(name).waitsFor).toContain("run-task-blue-api-release");
    }
  });
});

describe("order of start", () => {
  const cache = service({ name: "cache", expose: [], ports: [] });
  const waits = async (condition: "started" | "healthy") => {
    const api = service({ dependsOn: [{ service: "cache", condition }] });
    return environment(application({ services: [api, cache] }), untouched());
  };

  test("who waits for a healthy one waits for its Ready", async () => {
    expect((await waits("healthy")).get("blue-api").waitsFor).toContain("ready-blue-cache");
  });

  test("who waits for a started one waits for its container", async () => {
    const made = await waits("started");
    expect(made.get("blue-api").waitsFor).toContain("blue-cache");
    expect(made.names()).not.toContain("ready-blue-cache");
  });
});

test("Compose's own networks keep their isolation inside the slot", async () => {
  const spec = application({
    services: [
      service({
        networks: [
          { name: "front", aliases: [] },
          { name: "back", aliases: ["backend"] },
        ],
      }),
      service({ name: "web", networks: [{ name: "front", aliases: [] }] }),
    ],
    networks: [
      { name: "back", internal: true },
      { name: "front", internal: false },
    ],
  });
  const made = await environment(spec, untouched());
  expect(networksOf(made.get("blue-web"))).toEqual(["blue-front", "shared-front"]);
  expect(networksOf(made.get("blue-api")).sort()).toEqual(
    ["blue-back", "blue-front", "edge", "shared-back", "shared-front"].sort(),
  );
  expect(made.get("network-blue-back").inputs["internal"]).toBe(true);
  expect(made.get("network-blue-front").inputs["internal"]).toBe(false);
});
