import { namespaceFaults } from "../../../spec/kubernetesRoom";
import { releaseOf } from "../../../spec/release";
import { formatFault } from "../../../spec/fault";
import type { NamespaceLimits } from "../../../spec/types";
import { complete, container, empty, observation } from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const resources = { cpus: 0.5, memory: 256 };
const health = {
  http: { path: "/", port: 8000 },
  interval: 1,
  timeout: 1,
  retries: 1,
  startPeriod: 1,
};
const spec = application({ services: [service({ replicas: 2, resources, health })] });
const release = releaseOf(spec);
const quota = (left: Record<string, number>): NamespaceLimits => ({
  quotas: [{ name: "small", left }],
  ranges: [],
});

function found(
  limits: NamespaceLimits,
  described = spec,
  there = observation({ slots: { blue: empty(), green: empty() } }),
  kind: "deploy" | "flip" = "deploy",
): string[] {
  const decided = { kind, target: "blue" as const, release: releaseOf(described) };
  return namespaceFaults(described, decided, { ...there, limits }).map(formatFault);
}

test("a candidate that fits", () => {
  expect(found(quota({ "requests.cpu": 0.1, "limits.memory": 512 * 2 ** 20, pods: 2 }))).toEqual(
    [],
  );
});

test("each resource that there is too little of", () => {
  expect(
    found(quota({ "limits.cpu": 0.75, "limits.memory": 2 ** 29 - 1, pods: 1, secrets: 0 })),
  ).toEqual([
    expect.stringMatching(
      /^resourcequota\/small: has too little limits\.cpu .*given: 1 for 2 pods; allowed: 0.75 are left/,
    ),
    expect.stringMatching(
      /too little limits\.memory .*given: 512 MiB for 2 pods; allowed: 511 MiB/,
    ),
    expect.stringContaining("too little pods"),
  ]);
});

test("what only moves the traffic needs no room", () => {
  expect(found(quota({ pods: 0 }), spec, undefined, "flip")).toEqual([]);
});

test("what the slot holds makes room, as far as its record tells", () => {
  const blue = complete("blue", release);
  const slots = { blue, green: empty() };
  const record = { ...release, events: [], missingImages: {} };
  expect(
    found(quota({ "limits.cpu": 0.5 }), spec, observation({ slots, records: [record] })),
  ).toEqual([]);
  expect(
    found(quota({ "limits.cpu": 0.4 }), spec, observation({ slots, records: [record] })),
  ).toHaveLength(1);
  expect(found(quota({ "limits.cpu": 0 }), spec, observation({ slots, records: [] }))).toEqual([]);
});

test("a tenth of the processors is requested, where nothing is reserved or autoscaled", () => {
  const asked = (more: object) =>
    found(
      quota({ cpu: 0.099 }),
      application({ services: [service({ resources, health, ...more })] }),
    );
  expect(asked({})).toEqual([]);
  expect(asked({ requests: { cpus: 0.1 } })).toHaveLength(1);
  expect(asked({ autoscale: { min: 1, max: 2, cpu: 70 } })).toHaveLength(1);
});

test("an accessory counts until it is there", () => {
  const db = service({ name: "db", role: "accessory", resources: { cpus: 0.1 } });
  const with_ = { ...spec, services: [...spec.services, db] };
  expect(found(quota({ "limits.cpu": 1.1 }), with_)).toEqual([]);
  expect(found(quota({ "limits.cpu": 1.05 }), with_)).toHaveLength(1);
  const there = observation({
    slots: { blue: empty(), green: empty() },
    accessories: [container({ service: "db" })],
  });
  expect(found(quota({ "limits.cpu": 1.05 }), with_, there)).toEqual([]);
});

test("a pod that says nothing is let in by a range's default alone", () => {
  const silent = application({ services: [service({ health })] });
  expect(found(quota({ "limits.memory": 2 ** 40 }), silent)).toEqual([
    expect.stringMatching(/lets in no pod that says nothing.*nothing is said for api.*Say deploy/),
  ]);
  const range = {
    name: "usual",
    max: {},
    min: {},
    limit: { memory: 64 },
    request: { memory: 64 },
  };
  expect(found({ ...quota({ "limits.memory": 2 ** 40 }), ranges: [range] }, silent)).toEqual([]);
});

test("a range that a service is beyond", () => {
  const range = {
    name: "usual",
    max: { cpus: 0.25 },
    min: { memory: 512 },
    limit: {},
    request: {},
  };
  expect(found({ quotas: [], ranges: [range] })).toEqual([
    "services.api.deploy.resources.limits.cpus: is not what limitrange/usual of the namespace allows (given: 0.5; allowed: at most 0.25)",
    "services.api.deploy.resources.limits.memory: is not what limitrange/usual of the namespace allows (given: 256 MiB; allowed: at least 512 MiB)",
  ]);
});
