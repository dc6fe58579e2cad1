import { join } from "node:path";

import { compose, faults, folder, load } from "../../helpers/spec";

const FILES = { Dockerfile: "FROM scratch\n" };
const built = compose({ image: undefined, build: "." });
const REGISTRY = { server: "ghcr.io/acme" };

/** A machine with these builders beside the engine's own, the last one chosen. */
const machine = (...names: string[]): Record<string, string> => {
  const instances = Object.fromEntries(names.map((name) => [`instances/${name}`, "{}"]));
  const current = JSON.stringify({ Key: "", Name: names.at(-1) ?? "", Global: false });
  return { BUILDX_CONFIG: folder({ current, ...instances }), BUILDX_BUILDER: "default" };
};
const described = (builds: object | undefined, environment = machine(), more: object = {}) => ({
  config: { registry: REGISTRY, builds, ...more },
  environment,
  files: FILES,
});
const buildsOf = (...args: Parameters<typeof described>) =>
  load(built, described(...args)).spec.builds;
const faultsOf = (...args: Parameters<typeof described>) => faults(built, described(...args));
const hashOf = (...args: Parameters<typeof described>) =>
  load(built, described(...args)).spec.services[0]!.image.reference;

test("the engine builds by itself, as BUILDX_BUILDER says", () => {
  expect(buildsOf(undefined)).toEqual({ builder: "default", own: true });
  expect(buildsOf(undefined, { BUILDX_CONFIG: "/nowhere" })).toEqual({ own: false });
  expect(buildsOf({ cache: true }, { ...machine("mine"), BUILDX_BUILDER: "mine" })).toEqual({
    builder: "mine",
    own: false,
    cache: true,
  });
});

test("a builder that is named goes before the variable; one that is nowhere is refused", () => {
  expect(buildsOf({ builder: "two" }, machine("one", "two"))).toEqual({
    builder: "two",
    own: false,
  });
  expect(faultsOf({ builder: "three" }, machine("one"))).toEqual([
    expect.stringMatching(
      /^slipway:builds.builder: there is no such builder.*three.*default, one/s,
    ),
  ]);
});

test.each([
  [{ platforms: ["linux/arm64"] }],
  [{ attest: true }],
  [{ cache: { to: ["type=gha"] } }],
])("what the engine's own builder cannot do takes another: %j", (builds) => {
  expect(buildsOf(builds, machine("one", "two"))).toMatchObject({ builder: "two", own: false });
  const [key] = Object.keys(builds);
  expect(faultsOf(builds)).toEqual([
    expect.stringMatching(
      `^slipway:builds.${key}.*own builder(.|\n)*npm run toolchain -- buildkit`,
    ),
  ]);
  expect(faultsOf({ ...builds, builder: "default" }, machine("one"))).toHaveLength(1);
});

test("nothing is asked of a machine where nothing is built", () => {
  const all = { platforms: ["linux/arm64"], attest: true, builder: "gone" };
  expect(faultsOf(all, machine(), { release: "1" })).toEqual([]);
  expect(faults(compose(), described(all))).toEqual([]);
});

test("platforms and attestations need a registry, and are told at once", () => {
  const both = { platforms: ["linux/arm64"], attest: true };
  expect(faultsOf(both, machine("one"), { registry: undefined })).toEqual([
    expect.stringMatching(/^slipway:builds.platforms: needs a registry/),
    expect.stringMatching(/^slipway:builds.attest: needs a registry/),
  ]);
});

test("a builder of its own cannot build upon what only the engine has", () => {
  const mirrors = { "debian:12": "slipway.local/debian:1" };
  const files = { Dockerfile: "FROM debian:12\n" };
  const given = { ...described({ builder: "one" }, machine("one"), { mirrors }), files };
  expect(faults(built, given)).toEqual([
    expect.stringMatching(/^services.api.build: .*only this engine.*slipway.local\/debian:1/s),
  ]);
  const own = { ...described({}, machine("one"), { mirrors }), files };
  expect(faults(built, own)).toEqual([]);
});

test("platforms and attestations make another image, in any order; caches and builders do not", () => {
  const at = machine("one");
  const plain = hashOf(undefined, at);
  const [two, turned] = [
    ["linux/arm64", "linux/amd64"],
    ["linux/amd64", "linux/arm64", "linux/amd64"],
  ].map((platforms) => hashOf({ platforms }, at));
  const attested = hashOf({ attest: true }, at);
  expect(new Set([plain, two, attested, hashOf({ attest: { sbom: false } }, at)]).size).toBe(4);
  expect(turned).toBe(two);
  expect(hashOf({ cache: true, builder: "one" }, at)).toBe(plain);
});

test("the scanner comes from a mirror, too", () => {
  const mirrors = { "docker/buildkit-syft-scanner:stable-1": "ghcr.io/acme/syft:1" };
  const spec = load(built, described({ attest: true }, machine("one"), { mirrors })).spec;
  expect(spec.services[0]!.image).toMatchObject({
    attest: { provenance: "max", sbom: "ghcr.io/acme/syft:1" },
  });
});

test.each([
  [{ platforms: ["linux/x86"] }, "slipway:builds.platforms[0]: must be one of"],
  [{ platforms: "linux/amd64" }, "slipway:builds.platforms: must be a list"],
  [{ cache: { from: ["ghcr.io/acme/cache"] } }, "slipway:builds.cache"],
  [{ cache: { to: ["type=s3,bucket=b,secret_access_key=a"] } }, "slipway:builds.cache"],
  [{ caches: true }, "slipway:builds.caches: unknown key"],
])("refused: %j", (builds, beginning) => {
  const [first] = faultsOf(builds, machine("one"));
  expect(first).toContain(beginning);
});

test("buildx's folder is Docker's, when it is not said", () => {
  const root = folder({ "buildx/instances/mine": "{}", ".docker/buildx/instances/home": "{}" });
  const at = { BUILDX_BUILDER: "default", DOCKER_CONFIG: root };
  expect(buildsOf({ attest: true }, at)).toMatchObject({ builder: "mine" });
  const home = { BUILDX_BUILDER: "default", HOME: join(root) };
  expect(buildsOf({ attest: true }, home)).toMatchObject({ builder: "home" });
});
