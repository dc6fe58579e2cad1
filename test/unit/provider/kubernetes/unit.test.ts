import type { KubernetesObject } from "../../../../provider/kubernetes/client";
import { unitAt } from "../../../../provider/kubernetes/unit";
import type { Pod, Workload } from "../../../../provider/kubernetes/workload";
import { LABEL } from "../../../../spec/names";
import { FakeClient } from "../../../helpers/fakeClient";

const labels = { [LABEL.service]: "api", [LABEL.release]: "new" };
const CHECKED = [{ readinessProbe: {} }];

const deployment = (status: Workload["status"], containers: object[] = CHECKED): Workload => ({
  metadata: { name: "api-blue", generation: 2, labels, annotations: { [LABEL.attempt]: "1" } },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  },
  status: { observedGeneration: 2, ...status },
});
const ALL_READY = { updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };

const pod = (
  state: object,
  more: { restartCount?: number; labels?: object; gone?: boolean } = {},
) =>
  ({
    metadata: {
      name: `api-blue-${Math.random()}`,
      labels: { ...labels, ...more.labels },
      ...(more.gone ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    status: {
      containerStatuses: [
        { name: "api", ready: false, restartCount: more.restartCount ?? 0, state },
      ],
    },
  }) as Pod;

const look = (
  workload: Workload | undefined,
  pods: Pod[] = [],
  events: object[] = [],
  id = "deployment/api-blue#1",
) =>
  unitAt(
    new FakeClient({
      ...(workload ? { "deployments/api-blue": workload } : {}),
      pods,
      events: events as KubernetesObject[],
    }),
    id,
  );

test("one that is whole is healthy by its own check; without a check nobody knows", async () => {
  expect(await look(deployment(ALL_READY))).toMatchObject({ state: "running", health: "healthy" });
  expect(await look(deployment(ALL_READY, [{}]))).toMatchObject({ health: "none" });
});

test.each([
  ["a pod is missing", { ...ALL_READY, availableReplicas: 1 }],
  ["pods of an earlier rendering are among them", { ...ALL_READY, updatedReplicas: 1 }],
  ["the controller has not seen it yet", { ...ALL_READY, observedGeneration: 1 }],
])("it is still starting while %s", async (_name, status) => {
  expect(await look(deployment(status))).toMatchObject({ state: "running", health: "starting" });
});

test("one that is gone, or that was rendered by another run, is missing", async () => {
  expect((await look(undefined)).state).toBe("missing");
  expect((await look(deployment(ALL_READY), [], [], "deployment/api-blue#2")).state).toBe(
    "missing",
  );
});

test.each([
  { reason: "ImagePullBackOff", message: "not found" },
  { reason: "InvalidImageName" },
  { reason: "CreateContainerConfigError", message: "container has runAsNonRoot and ..." },
])("$reason: no time mends it", async (waiting) => {
  const { fault } = await look(deployment({}), [pod({ waiting })]);
  expect(fault).toContain(waiting.reason);
});

test.each([
  { reason: "ContainerCreating" },
  { reason: "CrashLoopBackOff" },
  { reason: "CreateContainerConfigError", message: 'configmap "late" not found' },
])("$reason may pass", async (waiting) => {
  expect(await look(deployment({}), [pod({ waiting })])).not.toHaveProperty("fault");
});

test("the worst of its pods counts, and none of an earlier rendering or on its way out", async () => {
  const ended = { terminated: { exitCode: 3, reason: "OOMKilled" } };
  const crashing = pod(ended, { restartCount: 4 });
  const before = pod(
    { waiting: { reason: "InvalidImageName" } },
    { labels: { [LABEL.release]: "old" } },
  );
  const leaving = pod({}, { restartCount: 9, gone: true });
  const unit = await look(deployment({}), [pod({ running: {} }), crashing, before, leaving]);
  expect(unit).toMatchObject({ restarts: 4, exitCode: 3, outOfMemory: true });
  expect(unit).not.toHaveProperty("fault");
});

test("why it is not there yet is said in the cluster's words: the last warning about its pods", async () => {
  const starting = pod({ running: {} });
  const about = (name: string, message: string, lastTimestamp: string) => ({
    involvedObject: { name },
    message,
    lastTimestamp,
  });
  const { name } = starting.metadata!;
  const events = [
    about(name!, "Startup probe failed: 503", "2026-01-01T00:00:02Z"),
    about(name!, "pulled", "2026-01-01T00:00:01Z"),
    about("other-pod", "nobody's business", "2026-01-01T00:00:03Z"),
  ];
  const unit = await look(deployment({}), [starting], events);
  expect(unit).toMatchObject({ health: "starting", lastCheck: "Startup probe failed: 503" });
});

test("a pod that fits on no node: what the scheduler says comes before events", async () => {
  const unplaced = pod({});
  unplaced.status!.conditions = [
    { type: "PodScheduled", status: "False", message: "0/1 nodes are available" },
  ];
  expect((await look(deployment({}), [unplaced])).lastCheck).toBe("0/1 nodes are available");
});
