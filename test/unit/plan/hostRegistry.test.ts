import { hostRegistryFaults, keptImages } from "../../../spec/hostRegistry";
import { makePlan } from "../../../spec/plan";
import { releaseOf } from "../../../spec/release";
import type { DeployPlan, HostRegistry } from "../../../spec/types";
import { observation, record, served, untouched } from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const SERVER = "127.0.0.1:24500";
const registry = {
  server: SERVER,
  latest: false,
  onHost: { port: 24500, image: "registry:2.8" },
};
const built = (reference: string) =>
  service({
    image: {
      kind: "build",
      context: "/",
      dockerfile: "Dockerfile",
      args: {},
      hash: "0",
      reference,
    },
  });
const pushed = (tag: string) => `${SERVER}/shop-api:${tag}`;

test.each<[string, HostRegistry, string[]]>([
  ["none yet", { state: "absent", kept: false }, []],
  ["the one that is wanted", { state: "running", server: SERVER, kept: true }, []],
  ["the same, stopped", { state: "stopped", server: SERVER, kept: true }, []],
  [
    "one with another port",
    { state: "running", server: "127.0.0.1:5555", kept: true },
    ["slipway:docker.registryPort 24500 5555"],
  ],
  ["somebody else's container", { state: "stopped", kept: false }, ["container slipway-registry"]],
])("%s", (_name, hostRegistry, faults) => {
  const found = observation({ hostRegistry });
  const told = hostRegistryFaults(application({ registry }), found);
  const words = told.map(({ path, given, allowed }) => [path, given, allowed].filter(Boolean));
  expect(words.map((parts) => parts.join(" "))).toEqual(faults);
  expect(hostRegistryFaults(application(), found)).toEqual([]);
});

test("a port that is not the host's is refused, whatever the run would do", () => {
  const spec = application({ registry });
  const server = "127.0.0.1:5555";
  const found = { ...untouched(), hostRegistry: { state: "running", server, kept: true } as const };
  const plan = makePlan(spec, releaseOf(spec), found);
  expect(plan).toMatchObject({
    kind: "refused",
    faults: [{ path: "slipway:docker.registryPort", cure: expect.stringContaining("docker rm") }],
  });
});

test("an image that was pushed on another host is told; not when going back, which takes others", () => {
  const reference = `${SERVER}/other-api@sha256:1`;
  const services = [service({ image: { kind: "reference", reference } })];
  const found = observation({
    hostRegistry: { state: "running", server: SERVER, kept: true },
    unserved: { [reference]: "manifest unknown" },
  });
  const [fault] = hostRegistryFaults(application({ registry, services }), found);
  expect(fault).toMatchObject({ path: "services.api", what: expect.stringContaining("unknown") });
  const back = application({ registry, services, release: "0123456789ab" });
  expect(hostRegistryFaults(back, found)).toEqual([]);
});

test("kept are the pushed images of the plan's releases, with the digests that their gates knew", () => {
  const spec = (tag: string, version: string) =>
    application({ registry, version, services: [built(pushed(tag))] });
  const [old, now] = [releaseOf(spec("a", "1")), releaseOf(spec("b", "2"))];
  const plain = releaseOf(application({ version: "0", services: [built("shop-api:c")] }));
  const digest = `${SERVER}/shop-api@sha256:old`;
  const told = { kind: "digest" as const, at: served("green", 1).at, detail: { api: digest } };
  const records = [record(plain), record(old, [told]), record(now)];
  const plan = { records: records.map(({ id, content }) => ({ id, content })) } as DeployPlan;
  expect(keptImages(spec("b", "2"), plan, observation({ records }))).toEqual([
    { reference: pushed("a"), digest },
    { reference: pushed("b") },
  ]);
});
