import { accessoryFingerprint } from "../../../spec/shared";
import { canonical, releaseId, releaseOf, RENDERER } from "../../../spec/release";
import type { ApplicationSpec, ServiceSpec } from "../../../spec/types";
import { frozen } from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const idOf = (overrides: Partial<ApplicationSpec> = {}) => releaseOf(application(overrides)).id;
const idWith = (overrides: Partial<ServiceSpec>) => idOf({ services: [service(overrides)] });
const build = (more: object = {}) => ({
  image: {
    kind: "build" as const,
    context: "/home/ann/shop",
    dockerfile: "Dockerfile",
    args: {},
    hash: "0123456789abcdef",
    reference: "shop-api:0123456789abcdef",
    ...more,
  },
});
const db = (more: Partial<ServiceSpec> = {}) => service({ name: "db", role: "accessory", ...more });

const reversed = (value: unknown): unknown =>
  value === null || typeof value !== "object" || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, reversed(item)]),
      );

test("the id is 12 hex digits", () => expect(idOf()).toMatch(/^[0-9a-f]{12}$/));

test("the same description gives the same id", () => expect(idOf()).toBe(idOf()));

describe("the id does not depend on", () => {
  test("the order of keys", () => {
    const { content } = releaseOf(
      application({
        secrets: { A: "1", B: "2" },
        services: [service({ environment: { A: "1", B: "2" } })],
      }),
    );
    const turned = reversed({ ...content, services: content.services.map(reversed) });
    expect(releaseId(turned as typeof content)).toBe(releaseId(content));
  });

  test("where the build context lies", () => {
    expect(idWith(build({ context: "/runner/work" }))).toBe(idWith(build()));
  });

  test("why a role was chosen", () => expect(idWith({ reason: "said by hand" })).toBe(idOf()));

  test("the environment's name, the host and the strategy", () => {
    const { docker } = application();
    expect(
      idOf({
        environment: "production",
        docker: { ...docker, host: "ssh://deploy@host", ports: [1] },
        strategy: { deployTimeout: 1, drainTimeout: 1, retain: 1, idle: "keep" },
      }),
    ).toBe(idOf());
  });

  test("secrets that are there and not used", () => {
    expect(idOf({ availableSecrets: { OTHER: "0123456789abcdef" } })).toBe(idOf());
  });

  test("an accessory's own settings, which no slot runs", () => {
    const ids = [db(), db({ command: ["-c", "fsync=off"] })].map((accessory) =>
      idOf({ services: [service(), accessory] }),
    );
    expect(ids[0]).toBe(ids[1]);
  });
});

describe("the id depends on", () => {
  test.each<[string, Partial<ServiceSpec>]>([
    ["the image's reference", { image: { kind: "reference", reference: "api:2" } }],
    ["a variable's value", { environment: { LEVEL: "debug" } }],
    ["a secret in a variable", { environment: { TOKEN: { parts: [{ secret: "TOKEN" }] } } }],
    ["the command", { command: ["serve"] }],
    ["the entrypoint", { entrypoint: ["/bin/sh"] }],
    ["the health check", { health: undefined }],
    ["the resources", { resources: { memory: 256 } }],
    ["the replicas", { replicas: 2 }],
    ["a file's content", { files: [{ path: "/etc/a", content: "a", mode: "0444" }] }],
    ["the role", { role: "worker" }],
    ["the release command", { release: ["migrate"] }],
    ["a smoke test", { smoke: [{ path: "/", port: 8000, status: 200 }] }],
    ["the user's labels", { labels: { team: "shop" } }],
  ])("a service's %s", (_what, overrides) => expect(idWith(overrides)).not.toBe(idOf()));

  test.each<[string, Partial<ApplicationSpec>]>([
    ["the version", { version: "2" }],
    ["the application's name", { name: "market" }],
    ["a secret's fingerprint", { secrets: { TOKEN: "0123456789abcdef" } }],
    ["a service more", { services: [service(), service({ name: "web" })] }],
    ["an accessory's image", { services: [service(), db()] }],
    ["the ingress rules", { ingress: [{ ...application().ingress[0]!, path: "/api" }] }],
    ["the networks", { networks: [{ name: "default", internal: true }] }],
    ["the router's image", { docker: { ...application().docker, routerImage: "nginx:2" } }],
  ])("%s", (_what, overrides) => expect(idOf(overrides)).not.toBe(idOf()));

  test("another fingerprint of the same secret: a rotation", () => {
    expect(idOf({ secrets: { TOKEN: "0123456789abcdef" } })).not.toBe(
      idOf({ secrets: { TOKEN: "fedcba9876543210" } }),
    );
  });

  test("a file's other content", () => {
    const withFile = (content: string) =>
      idWith({ files: [{ path: "/a", content, mode: "0444" }] });
    expect(withFile("one")).not.toBe(withFile("two"));
  });

  test("the hash of the build context", () => {
    const reference = "shop-api:fedcba9876543210";
    expect(idWith(build({ hash: "fedcba9876543210", reference }))).not.toBe(idWith(build()));
  });

  test("how it is rendered", () => {
    const { content } = releaseOf(application());
    expect(content.renderer).toBe(RENDERER);
    expect(releaseId({ ...content, renderer: RENDERER + 1 })).not.toBe(releaseId(content));
  });
});

describe("the content", () => {
  test("names accessories by their image only", () => {
    const { content } = releaseOf(application({ services: [service(), db()] }));
    expect(content.services.map(({ name }) => name)).toEqual(["api"]);
    expect(content.accessories).toEqual({ db: "api:1" });
  });

  test("holds workers and tasks", () => {
    const services = [service(), service({ name: "jobs", role: "worker" })];
    const { content } = releaseOf(
      application({ services: [...services, service({ name: "seed", role: "task" })] }),
    );
    expect(content.services.map(({ name }) => name)).toEqual(["api", "jobs", "seed"]);
  });
});

test("people call a release by its version, else by its id", () => {
  expect(releaseOf(application({ version: "1.2" })).label).toBe("1.2");
  expect(releaseOf(application()).label).toBe(idOf());
});

test("making a release changes nothing", () => {
  expect(() =>
    releaseOf(frozen(application({ services: [service(build()), db()] }))),
  ).not.toThrow();
});

test("canonical text is the same for any order of keys, and keeps that of lists", () => {
  expect(canonical({ b: [2, 1], a: { d: 1, c: null } })).toBe('{"a":{"c":null,"d":1},"b":[2,1]}');
});

describe("an accessory's fingerprint", () => {
  test("does not depend on why it is one", () => {
    expect(accessoryFingerprint(db({ reason: "other" }))).toBe(accessoryFingerprint(db()));
  });

  test("depends on the user's own keys", () => {
    expect(accessoryFingerprint(db({ user: "999" }))).not.toBe(accessoryFingerprint(db()));
  });
});
