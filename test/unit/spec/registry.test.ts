import { byDigest, registryOf, tagsOf } from "../../../spec/registry";
import { compose, faults, load } from "../../helpers/spec";

const SECRETS = { secrets: { TOKEN: "t" } };
const FILES = { Dockerfile: "FROM scratch\n" };
const built = compose({ image: undefined, build: "." });
const specOf = (config: object, more: object = {}) =>
  load(built, { config: { ...SECRETS, ...config }, files: FILES, ...more }).spec;
const faultsOf = (config: object, more: object = {}) =>
  faults(built, { config: { ...SECRETS, ...config }, files: FILES, ...more });

const LOGIN = { username: "bot", password: "TOKEN" };

test("built images are named below the registry, with the login of its host", () => {
  const { registry, logins, services } = specOf({ registry: { server: "ghcr.io/acme", ...LOGIN } });
  expect(registry).toEqual({ server: "ghcr.io/acme", latest: false });
  expect(logins).toEqual([{ address: "ghcr.io", ...LOGIN }]);
  expect(services[0]?.image.reference).toMatch(/^ghcr\.io\/acme\/shop-api:[0-9a-f]{16}$/);
});

test.each(["host", undefined])("with %s they go to the one there", (word) => {
  const { registry, logins, services } = specOf({
    registry: word,
    registries: [{ server: "registry.example.com:5000", ...LOGIN }],
    docker: { registryPort: 5555 },
    mirrors: { "registry:2.8": "mirror/registry:2" },
  });
  const onHost = { port: 5555, image: "mirror/registry:2" };
  expect(registry).toEqual({ server: "127.0.0.1:5555", latest: false, onHost });
  expect(logins).toEqual([{ address: "registry.example.com:5000", ...LOGIN }]);
  expect(services[0]?.image.reference).toMatch(/^127\.0\.0\.1:5555\/shop-api:[0-9a-f]{16}$/);
});

test("with none they keep the engine's own name", () => {
  const { registry, services } = specOf({ registry: "none" });
  expect(registry).toBeUndefined();
  expect(services[0]?.image.reference).toMatch(/^shop-api:/);
});

test("an application that builds nothing has none on the host; what was promoted from it needs it", () => {
  const config = { ...SECRETS, registry: "host" };
  const plain = load(compose({ image: "api:1" }), { config }).spec;
  expect(plain.registry).toBeUndefined();
  const images = { api: "127.0.0.1:24500/shop-api@sha256:1" };
  const promoted = load(compose({ image: "api:1" }), { config: { ...config, images } }).spec;
  expect(promoted.registry?.onHost).toMatchObject({ port: 24500 });
});

test("a registry may want no login", () => {
  expect(specOf({ registry: { server: "localhost:5000" } }).logins).toEqual([]);
});

test.each([
  ["a scheme", { server: "https://ghcr.io/acme" }, "slipway:registry.server: must be a registry"],
  ["no host", { server: "acme" }, "slipway:registry.server: must be a registry"],
  ["a tag", { server: "ghcr.io/acme:1" }, "slipway:registry.server: must be a registry"],
  ["a name only", { server: "ghcr.io", username: "a" }, "registry.password: is missing"],
  ["a password only", { server: "ghcr.io", password: "TOKEN" }, "registry.username: is missing"],
  [
    "an unknown secret",
    { server: "ghcr.io", username: "a", password: "OTHER" },
    "slipway:registry.password: is no secret of the stack (given: OTHER; allowed: TOKEN)",
  ],
  ["an unknown key", { server: "ghcr.io", user: "a" }, "slipway:registry.user"],
])("%s is refused", (_name, registry, fault) => {
  expect(faultsOf({ registry }).join("\n")).toContain(fault);
});

test("one host has one login", () => {
  const registry = { server: "ghcr.io/acme", ...LOGIN };
  const registries = [{ server: "ghcr.io", ...LOGIN }];
  expect(faultsOf({ registry, registries }).join("\n")).toContain(
    "slipway:registries: names a registry that has a login already",
  );
});

describe("promotion", () => {
  const images = { from: "staging" };
  const promoted = { from: "staging", images: { api: "ghcr.io/acme/shop-api@sha256:1" } };

  test("what another stack runs is taken, and nothing is built", () => {
    const [api] = specOf({ images }, { promoted }).services;
    expect(api?.image).toMatchObject({ kind: "reference", reference: promoted.images.api });
  });

  test("an image that is named goes before it", () => {
    const [api] = specOf({ images: { ...images, api: "api:2" } }, { promoted }).services;
    expect(api?.image.reference).toBe("api:2");
  });

  test("a service that was not pushed there is a fault with the cure", () => {
    const [fault] = faultsOf({ images }, { promoted: { from: "staging", images: {} } });
    expect(fault).toContain('slipway:images.from: stack staging runs no pushed image of "api"');
    expect(fault).toContain("slipway:registry");
  });

  test("a stack does not promote from itself", () => {
    expect(faultsOf({ images: { from: "test" } }).join()).toContain("is this stack itself");
  });

  test("where the other stack cannot be asked the description is read as it stands", () => {
    expect(specOf({ images }).services[0]?.image.kind).toBe("build");
  });
});

test("the registry in a reference", () => {
  expect(registryOf("ghcr.io/acme/api:1")).toBe("ghcr.io");
  expect(registryOf("127.0.0.1:5000/api:1")).toBe("127.0.0.1:5000");
  expect(registryOf("localhost/api")).toBe("localhost");
  expect(registryOf("acme/api:1")).toBeUndefined();
  expect(registryOf("api:1.2")).toBeUndefined();
  expect(registryOf("slipway.local/probe:1")).toBeUndefined();
});

test("a digest takes the place of the tag, and of nothing else", () => {
  expect(byDigest("127.0.0.1:5000/acme/api:1", "sha256:a")).toBe(
    "127.0.0.1:5000/acme/api@sha256:a",
  );
  expect(byDigest("127.0.0.1:5000/acme/api", "sha256:a")).toBe("127.0.0.1:5000/acme/api@sha256:a");
});

test("tags for people: version, version and commit, branch; latest when asked for", () => {
  const revision = "0123456789abcdef";
  const all = { version: "1.2.0", revision, branch: "feature/x", latest: true };
  expect(tagsOf(all)).toEqual(["1.2.0", "1.2.0-0123456789", "feature-x", "latest"]);
  expect(tagsOf({ version: "1.2.0+7", latest: false })).toEqual(["1.2.0-7"]);
  expect(tagsOf({ version: "0123456789-dirty", revision, latest: false })).toEqual([
    "0123456789-dirty",
  ]);
  expect(tagsOf({ latest: false })).toEqual([]);
});
