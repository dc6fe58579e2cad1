import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Backend } from "../../../cli/backend";
import { prune, type PruneReport } from "../../../cli/prune";
import * as docker from "../../../provider/docker/prune";
import * as registry from "../../../provider/registry/prune";
import { surroundings } from "../../helpers/command";
import { folder } from "../../helpers/spec";

jest.mock("../../../provider/docker/prune");
jest.mock("../../../cli/backend");
jest.mock("../../../provider/registry/prune", () => ({
  ...jest.requireActual("../../../provider/registry/prune"),
  unneededAt: jest.fn(),
  pruneAt: jest.fn(),
}));
const engine = jest.mocked(docker);
const { unneededAt, pruneAt } = jest.mocked(registry);
const backend = jest.mocked(Backend).prototype;

const stack = (host: string, server = "r.test/acme") =>
  [
    "config:",
    "  slipway:name: shop",
    `  slipway:docker: { host: "${host}" }`,
    `  slipway:registry: { server: "${server}", username: bot, password: TOKEN }`,
    "  slipway:key: { secure: v1:abc }",
    "  slipway:secrets: { TOKEN: { secure: v1:abc } }",
    "",
  ].join("\n");
const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml":
    'services: { web: { build: ".", ports: ["80:80"] }, db: { image: "postgres:16" } }\n',
  Dockerfile: "FROM scratch\n",
  "Pulumi.staging.yaml": stack("unix:///one.sock"),
  "Pulumi.production.yaml": stack("unix:///two.sock"),
};

const image = {
  repository: "acme/shop-web",
  digest: `sha256:${"ab".repeat(32)}`,
  tags: ["0123456789abcdef", "1.0", "main"],
  application: "shop",
  created: new Date(Date.now() - 3 * 86_400_000).toISOString(),
  bytes: 104_000_000,
  own: 4_000_000,
  why: "no release that is kept names it",
  parts: [`sha256:${"ab".repeat(32)}`],
};
const kept = { needed: 3, young: 1, foreign: 0, caches: 0 };
const FOUND = { images: [image], frees: 4e6, kept };

let cwd: string;
beforeEach(() => {
  jest.resetAllMocks();
  cwd = folder(FILES);
  engine.engineAt.mockImplementation((host) => ({ host }) as never);
  engine.unneeded.mockResolvedValue({ images: [], frees: 0, kept: 2 });
  engine.neededOn.mockImplementation(async ({ host }) => [`needed on ${host}`]);
  backend.stacks.mockResolvedValue(["staging", "org/production"]);
  backend.state.mockImplementation(async (name) => ({
    places: name === "staging" ? [] : [{ host: "unix:///elsewhere.sock", application: "shop" }],
    text: `state of ${name}`,
  }));
  backend.secrets.mockResolvedValue({ TOKEN: "marker-cli-5ecret" });
  unneededAt.mockResolvedValue(FOUND);
  pruneAt.mockResolvedValue({ removed: [image], refused: [] });
});
afterEach(() => rmSync(cwd, { recursive: true }));

const run = async (...argv: string[]) => {
  const { output, code } = await prune(["--stack", "staging", ...argv], surroundings(cwd));
  expect(output).not.toContain("marker-cli-5ecret");
  return { output, code, last: output.split("\n").pop() };
};

test("without --yes it tells of the registry, and removes nothing", async () => {
  const { output, code } = await run();
  expect(code).toBe(0);
  expect(output.slice(output.indexOf("Registry"))).toMatchInlineSnapshot(`
   "Registry r.test/acme: shop
     acme/shop-web
       digest        tags                         size    its own  age  why it may go
       abababababab  0123456789abcdef, 1.0, main  104 MB  4.0 MB   3 d  no release that is kept names it
     4.0 MB that nothing else here uses
     stays: 3 needed, 1 too young (--older-than)
     A plain docker-registry frees the space in its garbage-collect only. Without --delete-untagged: that takes images whose tag has moved, and releases run by digest

   Whether a deploy is under way cannot be known from here. What its record names is kept.

   nothing was removed. With --yes 0 images would go, which frees 0 B or more; and from registries 1 image, 4.0 MB"
  `);
  expect(pruneAt).not.toHaveBeenCalled();
});

test("what any stack of the project has, on its host, in its state, in its file, is needed", async () => {
  await run("--older-than", "2.5", "--caches");
  const [question] = unneededAt.mock.calls[0]!;
  expect(question).toMatchObject({
    server: { address: "r.test", prefix: "acme/" },
    login: { username: "bot", password: "marker-cli-5ecret" },
    applications: { shop: ["web"] },
    caches: true,
  });
  expect(Date.now() - question.before).toBeGreaterThanOrEqual(2.5 * 3_600_000);
  expect(question.texts).toEqual([
    "state of staging",
    "state of org/production",
    "needed on unix:///one.sock",
    "needed on unix:///elsewhere.sock",
    FILES["Pulumi.production.yaml"],
    FILES["Pulumi.staging.yaml"],
  ]);
});

test("with --yes it is read anew, and what still may go is removed", async () => {
  const { output, code, last } = await run("--yes");
  expect({ code, last }).toEqual({
    code: 0,
    last: "removed 0 images, which freed 0 B or more; from registries 1 image, 4.0 MB",
  });
  expect(output).toContain("garbage-collect");
  expect(backend.state).toHaveBeenCalledTimes(4);
  expect(pruneAt.mock.calls[0]![1]).toBe(FOUND);
});

test.each([
  ["the list of stacks", () => backend.stacks.mockRejectedValue(new Error("not logged in"))],
  ["a state", () => backend.state.mockRejectedValueOnce(new Error("not logged in"))],
  ["a host", () => engine.neededOn.mockRejectedValueOnce(new Error("not logged in"))],
  ["the login", () => backend.secrets.mockRejectedValueOnce(new Error("not logged in"))],
  ["the registry", () => unneededAt.mockRejectedValueOnce(new Error("not logged in"))],
])("%s cannot be read: nothing goes from the registry", async (_what, fail) => {
  fail();
  const { output, code } = await run("--yes");
  expect(code).toBe(1);
  expect(output).toContain("nothing goes from the registry: not logged in");
  expect(pruneAt).not.toHaveBeenCalled();
});

test("what the second look cannot read refuses it as well", async () => {
  backend.stacks.mockResolvedValueOnce(["staging", "production"]);
  backend.stacks.mockRejectedValueOnce(new Error("gone"));
  expect((await run("--yes")).code).toBe(1);
  expect(pruneAt).not.toHaveBeenCalled();
});

test("a file that names the registry, of a stack that this backend does not have", async () => {
  backend.stacks.mockResolvedValue(["staging"]);
  const { output, code } = await run("--yes");
  expect(code).toBe(1);
  expect(output).toContain("Pulumi.production.yaml names r.test/acme");
  expect(output).toContain("pulumi login");
  expect(pruneAt).not.toHaveBeenCalled();
  writeFileSync(join(cwd, "Pulumi.production.yaml"), stack("unix:///two.sock", "s.test/acme"));
  expect((await run()).code).toBe(0);
});

/** In the place of what staging says of its registry. */
const rewrite = (registry: string, host = "unix:///one.sock") => {
  const text = stack(host).replace(/( {2}slipway:registry: ).*\n/, `$1${registry}\n`);
  writeFileSync(join(cwd, "Pulumi.staging.yaml"), text);
};

test("without a registry nobody is asked", async () => {
  rewrite("none");
  const { output } = await run("--json");
  expect((JSON.parse(output) as PruneReport).registries).toEqual([]);
  expect(backend.stacks).not.toHaveBeenCalled();
});

test("one on a remote host's loopback is reached by way of that host", async () => {
  rewrite('{ server: "127.0.0.1:5000/acme" }', "ssh://a@b.test");
  const request = jest.fn().mockResolvedValue({ status: 404, headers: {}, body: "" });
  engine.engineAt.mockImplementation((host) => ({ host, request }) as never);
  unneededAt.mockImplementation(async ({ send }) => {
    expect((await send!("http://127.0.0.1:5000/v2/?n=1", { method: "HEAD" })).status).toBe(404);
    return FOUND;
  });
  const { output, code } = await run();
  expect(request).toHaveBeenCalledWith(5000, "/v2/?n=1", expect.any(Number), { method: "HEAD" });
  expect(code).toBe(0);
  expect(output).toContain("Registry 127.0.0.1:5000/acme on ssh://a@b.test: shop");
});

test("the one that stands on the host: what was removed is free when it was collected there", async () => {
  rewrite("host");
  engine.hostRegistryOn.mockResolvedValue({ state: "running", kept: true });
  const { output } = await run();
  expect(output).toContain("Registry 127.0.0.1:24500 on unix:///one.sock: shop");
  expect(output).toContain("docker exec slipway-registry registry garbage-collect");
});

test("as long as it does not run there is nothing to look at", async () => {
  rewrite("host");
  engine.hostRegistryOn.mockResolvedValue({ state: "absent", kept: false });
  const { output, code } = await run("--yes");
  expect(code).toBe(0);
  expect(output).toContain("it does not run");
  expect(unneededAt).not.toHaveBeenCalled();
  engine.hostRegistryOn.mockRejectedValue(new Error("no answer within 10 s"));
  expect((await run("--yes")).output).toContain("no answer within 10 s");
});

test("what the registry did not let go is told, with its cure", async () => {
  const refused = [{ reference: "r.test/acme/shop-web@x", reason: "405", cure: "turn it on" }];
  pruneAt.mockResolvedValue({ removed: [], refused });
  const { output, code, last } = await run("--yes");
  expect(output).toContain("it was not removed: 405");
  expect(output).toContain("turn it on");
  expect({ code, last }).toEqual({
    code: 1,
    last: "removed 0 images, 0 B or more; from registries 0 images, 0 B; not all: see the faults above",
  });
});
