import { isSchedule } from "../../../spec/schedule";
import { releaseOf } from "../../../spec/release";
import { compose, faults, load, type Described } from "../../helpers/spec";

const KUBERNETES: Described = { config: { platform: "kubernetes" } };
const worker = (extension: object) => ({ nightly: { image: "w:1", "x-slipway": extension } });
const limits = { deploy: { resources: { limits: { cpus: "1" } } } };

test.each([
  "0 3 * * *",
  "*/15 8-18 * * MON-FRI",
  "0,30 0 1,15 jan *",
  "59 23 31 12 6",
  "1-10/2 * * * *",
  "@daily",
])("a time: %s", (text) => expect(isSchedule(text)).toBe(true));

test.each([
  "",
  "0 3 * *",
  "60 * * * *",
  "* 24 * * *",
  "* * 0 * *",
  "* * * 13 *",
  "* * * * 7",
  "5-1 * * * *",
  "*/0 * * * *",
  "a * * * *",
  "1-2-3 * * * *",
  "@reboot",
  "TZ=UTC 0 3 * * *",
])(
  // prettier-ignore
  "no time: %s",
  (text) => expect(isSchedule(text)).toBe(false),
);

test("what has a schedule is a worker, and keeps it", () => {
  const { spec } = load(compose({}, worker({ schedule: "0 3 * * *" })), KUBERNETES);
  expect(spec.services[1]).toMatchObject({
    role: "worker",
    reason: "x-slipway.schedule says when it runs",
    schedule: "0 3 * * *",
  });
});

test("an autoscaled service begins with its min", () => {
  const autoscale = { min: 2, max: 5 };
  const { spec } = load(compose({ ...limits, "x-slipway": { autoscale } }), KUBERNETES);
  expect(spec.services[0]).toMatchObject({ replicas: 2, autoscale: { min: 2, max: 5, cpu: 70 } });
});

test("without either, a release is what it was", () => {
  const { spec } = load(compose());
  const [api] = releaseOf(spec).content.services;
  expect(Object.keys(api!)).toEqual(
    expect.not.arrayContaining(["schedule", "autoscale", "requests"]),
  );
});

test.each<[string, object, string, Described?]>([
  [
    "a schedule on Docker",
    compose({}, worker({ schedule: "0 3 * * *" })),
    "services.nightly.x-slipway.schedule: is there on Kubernetes only, for now",
    {},
  ],
  [
    "autoscale on Docker",
    compose({ ...limits, "x-slipway": { autoscale: { max: 3 } } }),
    "services.api.x-slipway.autoscale: is there on Kubernetes only, for now",
    {},
  ],
  [
    "a schedule of an app",
    compose({ "x-slipway": { role: "app", schedule: "@daily" } }),
    "services.api.x-slipway.schedule: is for workers",
  ],
  [
    "a schedule for two",
    compose({}, { nightly: { image: "w:1", scale: 2, "x-slipway": { schedule: "@daily" } } }),
    "services.nightly.x-slipway.schedule: runs once at its time, not 2 times",
  ],
  [
    "an autoscaled worker",
    compose({}, { jobs: { image: "w:1", ...limits, "x-slipway": { role: "worker", autoscale: { max: 3 } } } }), // prettier-ignore
    "services.jobs.x-slipway.autoscale: is for app services",
  ],
  [
    "min above max",
    compose({ ...limits, "x-slipway": { autoscale: { min: 4, max: 3 } } }),
    "services.api.x-slipway.autoscale: has a min above its max",
  ],
  [
    "a share of nothing",
    compose({ "x-slipway": { autoscale: { max: 3 } } }),
    "services.api.x-slipway.autoscale: is a share of what a pod requests",
  ],
])("refused: %s", (_what, text, fault, described = KUBERNETES) => {
  expect(faults(text, described)).toEqual([expect.stringContaining(fault)]);
});

test("counts beside autoscale are told to be of no use", () => {
  const deploy = { replicas: 3, ...limits.deploy };
  const text = compose({ deploy, "x-slipway": { autoscale: { max: 3 } } });
  expect(load(text, KUBERNETES).spec.warnings).toContainEqual(
    expect.stringContaining("services.api.deploy.replicas: not used: x-slipway.autoscale says"),
  );
});
