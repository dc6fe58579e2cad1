import { rmSync } from "node:fs";
import { prune, type PruneReport } from "../../../cli/prune";
import * as docker from "../../../provider/docker/prune";
import { surroundings } from "../../helpers/command";
import { folder } from "../../helpers/spec";

jest.mock("../../../provider/docker/prune");
const engine = jest.mocked(docker);

const stack = (host: string, name = "shop") =>
  `config:\n  slipway:name: ${name}\n  slipway:docker: { host: "${host}" }\n`;
const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml":
    'services: { web: { image: "web:1", ports: ["80:80"], environment: { A: "${A:?not set}" } } }\n',
  "Pulumi.staging.yaml": stack("unix:///one.sock"),
  "Pulumi.second.yaml": stack("unix:///one.sock", "blog"),
  "Pulumi.production.yaml": stack("unix:///two.sock"),
};

let cwd: string;
beforeEach(() => {
  jest.resetAllMocks();
  cwd = folder(FILES);
  engine.engineAt.mockImplementation((host) => ({ host }) as never);
  engine.unneeded.mockImplementation(async (_transport, [application]) => found(application!));
  engine.prune.mockImplementation(async (_transport, { images, frees }) => ({
    removed: images,
    freed: frees,
    refused: [],
  }));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const image = (application: string) => ({
  reference: `${application}-web:0123456789abcdef`,
  id: application,
  application,
  created: new Date(Date.now() - 3 * 86_400_000).toISOString(),
  bytes: 104_000_000,
  own: 4_000_000,
  why: "no release that is kept names it",
});
const found = (application: string) => ({ images: [image(application)], frees: 4e6, kept: 2 });

const run = async (...argv: string[]) => {
  const { output, code } = await prune(argv, surroundings(cwd));
  return { output, code, last: output.split("\n").pop() };
};

test("only looks, and says so; a variable of a service that is not set is nothing to it", async () => {
  const { output, code } = await run("--stack", "staging");
  expect(code).toBe(0);
  expect(output).toMatchInlineSnapshot(`
   "Host unix:///one.sock: shop
     image                      size    its own  age  why it may go
     shop-web:0123456789abcdef  104 MB  4.0 MB   3 d  no release that is kept names it
     2 built images are needed and stay

   Whether a deploy is under way cannot be known from here. What its record names is kept.

   nothing was removed. With --yes 1 image would go, which frees 4.0 MB or more"
  `);
  expect(engine.prune).not.toHaveBeenCalled();
});

test("stacks of one host are looked at together, each host by itself", async () => {
  await run("--stack", "staging", "--stack", "second", "--stack", "production");
  expect(engine.unneeded.mock.calls).toEqual([
    [{ host: "unix:///one.sock" }, ["shop", "blog"]],
    [{ host: "unix:///two.sock" }, ["shop"]],
  ]);
});

test("with --yes it removes, and says what that freed", async () => {
  const { code, last } = await run("--stack", "staging", "--stack", "production", "--yes");
  expect({ code, last }).toEqual({ code: 0, last: "removed 2 images, which freed 8.0 MB or more" });
});

test("nothing to do", async () => {
  engine.unneeded.mockResolvedValue({ images: [], frees: 0, kept: 1 });
  const { output, code, last } = await run("--stack", "staging", "--yes");
  expect({ code, last }).toEqual({ code: 0, last: "nothing to remove" });
  expect(output).toContain("1 built image is needed and stays");
  expect(engine.prune).not.toHaveBeenCalled();
});

test("one host that cannot be read: nothing is removed on any", async () => {
  engine.unneeded.mockRejectedValueOnce(new Error("the record file x is damaged"));
  const both = ["--stack", "staging", "--stack", "production", "--yes"];
  const { output, code, last } = await run(...both);
  expect({ code, last }).toEqual({ code: 1, last: "refused: nothing was removed" });
  expect(output).toContain("the record file x is damaged");
  expect(engine.prune).not.toHaveBeenCalled();
  engine.unneeded.mockRejectedValueOnce(new Error("the record file x is damaged"));
  const report = JSON.parse((await run(...both, "--json")).output) as PruneReport;
  expect(report).toMatchObject({
    format: 1,
    ok: false,
    removes: false,
    hosts: [{ host: "unix:///two.sock", images: [{ removed: false }] }],
    faults: [{ path: "unix:///one.sock" }],
  });
});

test("an unknown stack: nothing is even looked at, and the nearest name is told", async () => {
  const { output, code, last } = await run("--stack", "staging", "--stack", "prodution", "--yes");
  expect({ code, last }).toEqual({ code: 1, last: "refused: nothing was removed" });
  expect(output).toContain("Did you mean production?");
  expect(engine.unneeded).not.toHaveBeenCalled();
});

test("what the engine did not let go is told", async () => {
  const reference = "shop-web:0123456789abcdef";
  const refused = [{ reference, reason: "conflict" }];
  engine.prune.mockResolvedValue({ removed: [], freed: 0, refused });
  const { output, code, last } = await run("--stack", "staging", "--yes");
  expect(output).toContain("it was not removed: conflict");
  expect({ code, last }).toEqual({
    code: 1,
    last: "removed 0 images, 0 B or more; not all: see the faults above",
  });
});
