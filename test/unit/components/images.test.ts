import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { LABEL } from "../../../spec/names";
import { releaseOf } from "../../../spec/release";
import type { Git, ImageSource } from "../../../spec/types";
import { NO_GIT } from "../../../spec/version";
import { environment } from "../../helpers/mocks";
import { complete, empty, observation, record, served, untouched } from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const reference = "shop-api:0123456789abcdef";
let context: string;
beforeAll(() => {
  context = mkdtempSync(join(tmpdir(), "slipway-"));
  writeFileSync(join(context, "Dockerfile"), "FROM python:3.12-slim\nCOPY . /app\n");
});
afterAll(() => rmSync(context, { recursive: true }));

const built = (more: object = {}, source: object = {}) => {
  const image: ImageSource = {
    kind: "build",
    context,
    dockerfile: "Dockerfile",
    args: { LEVEL: "1" },
    hash: "0123456789abcdef",
    reference,
    ...source,
  };
  return application({ services: [service({ image })], ...more });
};

test("an image that is built gets its unique tag, and stays when its resource goes", async () => {
  const { inputs, retainOnDelete } = (await environment(built(), untouched())).get("build-api");
  expect(inputs).toMatchObject({
    context: { location: context },
    dockerfile: { location: join(context, "Dockerfile") },
    buildArgs: { LEVEL: "1" },
    tags: [reference],
    load: true,
    push: false,
    buildOnPreview: false,
  });
  expect(retainOnDelete).toBe(true);
});

test("services of one image share its resource in a slot", async () => {
  const worker = service({ name: "jobs", role: "worker" });
  const other = service({ name: "mail", image: { kind: "reference", reference: "mail:1" } });
  const spec = application({ services: [service(), worker, other] });
  const names = (await environment(spec, untouched())).names(
    "docker:index/remoteImage:RemoteImage",
  );
  expect(names.sort()).toEqual(["image-blue-api", "image-blue-mail", "image-edge"]);
});

test("it is there before the slot is swept", async () => {
  expect((await environment(built(), untouched())).get("sweep").waitsFor).toContain("build-api");
});

test("the slot runs it by its tag", async () => {
  const made = await environment(built(), untouched());
  expect(made.get("image-blue-api").inputs["name"]).toBe(reference);
});

describe("a registry", () => {
  const pushed = "ghcr.io/acme/shop-api:0123456789abcdef";
  const logins = [{ address: "ghcr.io", username: "bot", password: "TOKEN" }];
  const registry = { server: "ghcr.io/acme", latest: false };
  const pushing = () => built({ registry, logins }, { reference: pushed, version: "1.2" });

  test("gets the image from the engine, under its tags; the slot waits for it and runs its digest", async () => {
    const made = await environment(pushing(), untouched());
    expect(made.get("build-api").inputs).toMatchObject({ tags: [pushed], load: true, push: false });
    const { inputs, waitsFor } = made.get("push-api");
    expect(waitsFor).toContain("build-api");
    expect(inputs).toMatchObject({ reference: pushed, tags: ["1.2"], built: expect.any(String) });
    expect(made.get("sweep").waitsFor).toContain("push-api");
    expect(made.get("image-blue-api").waitsFor).toContain("images-blue");
  });

  test("keeps logins out of the plugins' providers: a new password would replace all that they made", async () => {
    const made = await environment(pushing(), untouched());
    expect(JSON.stringify(made.get("docker").inputs)).not.toContain("bot");
    expect(JSON.stringify(made.get("docker-build").inputs)).not.toContain("bot");
    expect(JSON.stringify(made.get("images").inputs["logins"])).toContain("bot");
  });

  test("a release that is gone back to runs by the digests that its gate knew", async () => {
    const spec = pushing();
    const old = releaseOf({ ...spec, version: "1" });
    const now = releaseOf({ ...spec, version: "2" });
    const digest = "ghcr.io/acme/shop-api@sha256:old";
    const told = { kind: "digest" as const, at: served("green", 1).at, detail: { api: digest } };
    const found = observation({
      serving: "blue",
      slots: { blue: complete("blue", now), green: empty() },
      records: [record(old, [told, served("green", 1)]), record(now, [served("blue", 2)])],
    });
    const made = await environment({ ...spec, version: "2", release: old.id }, found);
    expect(made.get("image-green-api").inputs["name"]).toBe(digest);
    expect(made.get("images-green").inputs["references"]).toEqual([digest]);
    expect(made.get("gate").inputs["digests"]).toEqual({ api: digest });
    expect(made.names()).not.toContain("push-api");
  });
});

describe("a builder", () => {
  const pushed = "ghcr.io/acme/shop-api:0123456789abcdef";
  const logins = [{ address: "ghcr.io", username: "bot", password: "TOKEN" }];
  const registry = { server: "ghcr.io/acme", latest: false };
  const git: Git = { ...NO_GIT, branch: () => "feature/x" };
  const chain = ["feature-x", "main", "master"].map((branch) => ({
    raw: `type=registry,ref=ghcr.io/acme/shop-api:cache-${branch}`,
  }));

  test("inside the engine reads the branches' caches, and leaves its own in the image", async () => {
    const builds = { builder: "default", own: true, cache: true };
    const spec = built({ registry, logins, builds }, { reference: pushed });
    const made = await environment(spec, untouched(), { TOKEN: "t" }, git);
    const { inputs, secretInputs } = made.get("build-api");
    expect(inputs).toMatchObject({ cacheFrom: chain, cacheTo: [{ raw: "type=inline" }] });
    expect(secretInputs).toContain("registries");
    expect(made.get("push-api").inputs["tags"]).toEqual(["feature-x", "cache-feature-x"]);
  });

  test("pushes by itself what no engine can hold, and tells its digest", async () => {
    const builds = { builder: "mine", own: false };
    const about = {
      reference: pushed,
      platforms: ["linux/amd64", "linux/arm64"],
      attest: { provenance: "max", sbom: "syft:1" },
    };
    const spec = built({ registry, logins, builds }, about);
    const made = await environment(spec, untouched(), { TOKEN: "t" }, git);
    expect(made.get("build-api").inputs).toMatchObject({
      builder: { name: "mine" },
      load: false,
      push: true,
      tags: [pushed],
      platforms: about.platforms,
      buildArgs: {
        BUILDKIT_ATTEST_PROVENANCE: "mode=max",
        BUILDKIT_ATTEST_SBOM: "generator=syft:1",
      },
    });
    expect(made.get("push-api").inputs).not.toHaveProperty("tags");
  });
});

test("mirrors are put into the Dockerfile, and the user's own file stays as it is", async () => {
  const mirrors = { "python:3.12-slim": "registry.local/python:3.12" };
  const { inputs } = (await environment(built({ mirrors }), untouched())).get("build-api");
  const { inline } = inputs["dockerfile"] as { inline: string };
  expect(inline).toContain("FROM registry.local/python:3.12");
});

test("it is built again, though nothing else has changed, when it is gone from the engine", async () => {
  const gone = (await environment(built(), untouched())).get("build-api");
  expect(gone.ignoreChanges).toEqual([]);
  expect(gone.inputs["labels"]).toMatchObject({
    [LABEL.attempt]: expect.any(String),
    [LABEL.builtFor]: "shop",
  });
  const there = await environment(built(), { ...untouched(), builds: [reference] });
  expect(there.get("build-api").ignoreChanges).toEqual([
    "labels",
    "builder",
    "cacheFrom",
    "cacheTo",
  ]);
});

describe("OCI labels", () => {
  const git: Git = {
    describe: () => ({ version: "1.0.0-dirty", revision: "0123456789abcdef-dirty" }),
    source: () => "https://example.com/shop",
    branch: () => undefined,
  };
  const unasked: Git = {
    describe: () => {
      throw new Error("git was asked");
    },
    source: () => {
      throw new Error("git was asked");
    },
    branch: () => {
      throw new Error("git was asked");
    },
  };
  const OCI = "org.opencontainers.image.";
  const labelsOf = async (source: object, asked?: Git, found = untouched()) => {
    const { inputs } = (await environment(built({}, source), found, {}, asked)).get("build-api");
    const given = inputs["labels"] as Record<string, string>;
    const { [LABEL.attempt]: attempt, [LABEL.builtFor]: builtFor, ...labels } = given;
    expect([attempt, builtFor]).toEqual([expect.any(String), "shop"]);
    return labels;
  };

  test("say version, commit, source and time", async () => {
    const before = new Date().toISOString();
    const { [`${OCI}created`]: created, ...labels } = await labelsOf({ version: "2.0" }, git);
    expect(labels).toEqual({
      [`${OCI}version`]: "2.0",
      [`${OCI}revision`]: "0123456789abcdef-dirty",
      [`${OCI}source`]: "https://example.com/shop",
    });
    expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect([before, created, new Date().toISOString()].sort()[1]).toBe(created);
  });

  test("where nobody says a version it is git's; without git there is none", async () => {
    expect(await labelsOf({}, git)).toHaveProperty([`${OCI}version`], "1.0.0-dirty");
    expect(Object.keys(await labelsOf({}))).toEqual([`${OCI}created`]);
  });

  test("the user's own go first", async () => {
    const labels = { [`${OCI}version`]: "mine", team: "a" };
    expect(await labelsOf({ version: "2.0", labels }, git)).toMatchObject(labels);
  });

  test("a new commit builds nothing again; a steady run does not even ask for it", async () => {
    const now = releaseOf(built());
    const found = observation({
      serving: "blue",
      slots: { blue: complete("blue", now), green: empty() },
      records: [record(now, [served("blue", 1)])],
      builds: [reference],
    });
    expect(await labelsOf({}, unasked, found)).toEqual({});
    // Another release, in which this service is the same.
    const spec = { ...built(), version: "2" };
    const deploy = await environment(spec, found, {}, git);
    expect(deploy.plan.kind).toBe("deploy");
    expect(deploy.get("build-api").ignoreChanges).toContain("labels");
  });

  test("an image that is gone is built with them, in a steady run too", async () => {
    const now = releaseOf(built());
    const found = observation({
      serving: "blue",
      slots: { blue: complete("blue", now), green: empty() },
      records: [record(now, [served("blue", 1)])],
    });
    expect(await labelsOf({}, git, found)).toHaveProperty([`${OCI}revision`]);
  });
});

test("nothing is built for a release that is pinned: what lies in the folder is not wanted", async () => {
  const old = releaseOf(application({ version: "1" }));
  const found = observation({
    serving: "blue",
    slots: { blue: complete("blue", old), green: empty() },
    records: [record(old, [served("blue", 1)])],
  });
  const made = await environment(built({ release: old.id }), found);
  expect(made.names().filter((name) => name.includes("build"))).toEqual([]);
});

test("nothing is built when every image is taken from elsewhere", async () => {
  const made = await environment(application(), untouched());
  expect(made.names().filter((name) => name.includes("build"))).toEqual([]);
});

describe("over ssh", () => {
  const docker = { ...application().docker, host: "ssh://deploy@host.example" };
  const references = async (spec = built({ docker }), found = untouched()) =>
    (await environment(spec, found)).get("images").inputs["references"];

  test("what this run makes containers from, or builds upon, is sent before anything needs it", async () => {
    const made = await environment(built({ docker }), untouched());
    expect(made.get("images").inputs["references"]).toEqual([
      "basecamp/kamal-proxy:v0.9.2",
      "python:3.12-slim",
    ]);
    expect(made.get("build-api").waitsFor).toContain("images");
    expect(made.get("image-edge").waitsFor).toContain("images");
  });

  test("what is built already is not built upon again", async () => {
    const found = { ...untouched(), builds: [reference] };
    expect(await references(built({ docker }), found)).toEqual(["basecamp/kamal-proxy:v0.9.2"]);
  });

  test("a steady run needs nothing", async () => {
    const spec = application({ docker });
    const now = releaseOf(spec);
    const found = observation({
      serving: "blue",
      slots: { blue: complete("blue", now), green: empty() },
      records: [record(now, [served("blue", 1)])],
    });
    expect(await references(spec, found)).not.toContain("api:1");
  });
});

test("on this machine nothing has to be sent", async () => {
  expect((await environment(built(), untouched())).names()).not.toContain("images");
});
