import { gzipSync } from "node:zlib";
import type { KubernetesObject } from "../../../../provider/kubernetes/client";
import { observe, observeServing } from "../../../../provider/kubernetes/observe";
import type { Records } from "../../../../provider/kubernetes/records";
import type { StoredRecords } from "../../../../provider/stored";
import type { Workload } from "../../../../provider/kubernetes/workload";
import { LABEL } from "../../../../spec/names";
import { releaseOf } from "../../../../spec/release";
import { FakeClient } from "../../../helpers/fakeClient";
import { application, service } from "../../../helpers/spec";

const { id: release, content } = releaseOf(
  application({ services: [service(), service({ name: "web" })] }),
);
const RECORD = { id: release, created: "", content, events: [] };
const PACKED = gzipSync(JSON.stringify(content)).toString("base64");

/** A deployment of the blue slot, with so many pods that are ready. */
const app = (
  name: string,
  {
    ready = 1,
    of = release,
    replicas = 1,
    annotations = {} as Record<string, string>,
    gone = false,
  } = {},
): Workload => ({
  metadata: {
    name: `${name}-blue`,
    labels: {
      [LABEL.role]: "app",
      [LABEL.service]: name,
      [LABEL.slot]: "blue",
      [LABEL.release]: of,
      [LABEL.resource]: `blue-${name}`,
    },
    annotations,
    ...(gone ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
  },
  spec: { replicas },
  status: { readyReplicas: ready },
});
const front = (more: Parameters<typeof app>[1] = {}) =>
  app("web", { ...more, annotations: { [LABEL.record]: PACKED } });

const edge = (selector: Record<string, string> = {}): KubernetesObject =>
  ({
    metadata: { name: "shop", labels: { [LABEL.role]: "edge", [LABEL.resource]: "edge" } },
    spec: { selector },
  }) as KubernetesObject;
const leadsTo = (target: string) => edge({ [LABEL.front]: target });

const EMPTY = { statefulsets: [], jobs: [], cronjobs: [], persistentvolumeclaims: [] };

function look(deployments: Workload[], services: KubernetesObject[] = [], stored = [RECORD]) {
  const client = new FakeClient({ ...EMPTY, deployments, services });
  const records = {
    read: async (): Promise<StoredRecords> => ({ records: stored, settled: {} }),
  } as Records;
  return observe(client, records, "shop", Promise.resolve("cluster-1"));
}
const blue = async (...given: Parameters<typeof look>) =>
  (await look(...given)).observation.slots.blue;

describe("the state of a slot", () => {
  test("nothing in it: empty", async () => {
    expect(await blue([])).toEqual({ state: "empty", containers: [], lacking: [] });
  });

  test("each service of the release has a pod that is ready, and there is a front door: complete", async () => {
    const slot = await blue([app("api", { ready: 1, replicas: 3 }), front()]);
    expect(slot).toMatchObject({ state: "complete", release, lacking: [] });
  });

  test("a service without a pod that is ready is lacking", async () => {
    expect(await blue([app("api", { ready: 0 }), front()])).toMatchObject({
      state: "incomplete",
      release,
      lacking: ["api"],
    });
  });

  test("without a front door it is not complete", async () => {
    expect(await blue([app("api"), app("web")])).toMatchObject({ state: "incomplete" });
  });

  test("what is on its way out is gone", async () => {
    expect(await blue([app("api", { gone: true }), front()])).toMatchObject({ lacking: ["api"] });
  });

  test("two releases at once: of none", async () => {
    const slot = await blue([app("api", { of: "other" }), front()]);
    expect(slot.state).toBe("incomplete");
    expect(slot).not.toHaveProperty("release");
  });

  test("a service whose Service is gone cannot be reached by the others of its slot", async () => {
    const named = app("api", { annotations: { [LABEL.named]: "true" } });
    const own = {
      metadata: { name: "api", uid: "1", labels: { [LABEL.resource]: "service-blue-api" } },
    };
    expect((await blue([named, front()])).lacking).toEqual(["api"]);
    expect((await blue([named, front()], [own])).lacking).toEqual([]);
  });

  test("a slot whose record is lost describes itself", async () => {
    const { observation } = await look([app("api"), front()], [], []);
    expect(observation.records).toMatchObject([{ id: release, content, events: [] }]);
    expect(observation.slots.blue.state).toBe("complete");
  });
});

describe("what serves", () => {
  const serving = (services: Record<string, KubernetesObject>) =>
    observeServing(new FakeClient(services), "shop");

  test("is what the one Service selects", async () => {
    expect(await serving({ "services/shop": leadsTo("green-abc123") })).toEqual({
      targets: ["green-abc123"],
      slot: "green",
      release: "abc123",
      reach: { hosts: [] },
    });
  });

  test("nothing, without a Service or without its selector", async () => {
    expect(await serving({})).toEqual({ targets: [] });
    expect(await serving({ "services/shop": edge() })).toEqual({ targets: [] });
  });
});
