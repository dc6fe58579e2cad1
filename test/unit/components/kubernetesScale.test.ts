import { releaseOf } from "../../../spec/release";
import { complete, container, empty, observation } from "../../helpers/observation";
import { environment } from "../../helpers/mocks";
import { application, service } from "../../helpers/spec";

const kubernetes = { namespace: "shop", expose: "ClusterIP" as const, storage: "8Gi" };
const health = { http: { path: "/", port: 8000 }, interval: 1, timeout: 1, retries: 1, startPeriod: 1 }; // prettier-ignore
const api = service({ replicas: 2, health, autoscale: { min: 2, max: 6, cpu: 50 } });
const nightly = service({ name: "nightly", role: "worker", health, schedule: "0 3 * * *" });
const spec = application({ platform: "kubernetes", kubernetes, services: [api, nightly] });
const nothing = observation({ slots: { blue: empty(), green: empty() } });

test("a worker with a schedule is a CronJob: never two at once, no checks, its Jobs no units", async () => {
  const made = await environment(spec, nothing);
  expect(made.names("kubernetes:apps/v1:Deployment")).not.toContain("worker-nightly");
  const { type, inputs } = made.get("worker-nightly");
  expect(type).toBe("kubernetes:batch/v1:CronJob");
  expect(inputs.spec).toMatchObject({
    schedule: "0 3 * * *",
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    jobTemplate: { spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never" } } } },
  });
  expect(inputs.spec.jobTemplate.metadata).toEqual({ labels: { "slipway.service": "nightly" } });
  const [only] = inputs.spec.jobTemplate.spec.template.spec.containers;
  expect(only).not.toHaveProperty("livenessProbe");
  expect(made.get("ready-worker-nightly").inputs.unit.id).toMatch(/^cronjob\/nightly#/);
});

test("an autoscaled app has an autoscaler in its slot, and a budget", async () => {
  const made = await environment(spec, nothing);
  expect(made.get("blue-api").inputs.spec.replicas).toBe(2);
  expect(made.get("scale-blue-api").inputs.spec).toEqual({
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "api-blue" },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
      },
    ],
  });
  expect(made.names()).toContain("budget-blue-api");
});

test.each([
  [4, 4],
  [1, 2],
  [9, 6],
])("where %d pods serve, a candidate begins with %d", async (serving, expected) => {
  const old = releaseOf(application({ ...spec, version: "0.9" }));
  const slot = complete("blue", old);
  const pod = { ...container(), resource: "blue-api", service: "api", role: "app" as const };
  const blue = { ...slot, containers: Array.from({ length: serving }, () => pod) };
  const there = observation({
    serving: "blue",
    slots: { blue, green: empty() },
    records: [{ ...old, events: [], missingImages: {} }],
  });
  const made = await environment(spec, there);
  expect(made.get("green-api").inputs.spec.replicas).toBe(expected);
});
