import { rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chmodSync } from "node:fs";
import { Backend } from "../../../cli/backend";
import { folder } from "../../helpers/spec";

let cwd: string;
afterEach(() => rmSync(cwd, { recursive: true }));

/** A backend whose CLI answers so; it says on stdout what it was asked where nothing else is wanted. */
function backend(script: string) {
  cwd = folder({ "Pulumi.yaml": "name: slipway\n", "bin/pulumi": `#!/bin/sh\n${script}\n` });
  chmodSync(join(cwd, "bin/pulumi"), 0o755);
  return new Backend(cwd, { PATH: [join(cwd, "bin"), process.env.PATH].join(delimiter) });
}
const answering = (body: unknown) => backend(`cat <<'END'\n${JSON.stringify(body)}\nEND`);
const state = (...resources: object[]) => answering({ deployment: { resources } });
const place = { platform: "docker", host: "ssh://a@b.test", application: "shop" };

test("all stacks of the project", async () => {
  const answer = answering([{ name: "staging", current: true }, { name: "production" }]);
  expect(await answer.stacks()).toEqual(["staging", "production"]);
});

test("a state tells the places of our own resources, and the images that are wanted", async () => {
  const name = (tag: string) => `r.test/acme/shop-web:${tag}`;
  const told = await state(
    { type: "pulumi:pulumi:Stack", outputs: { images: { web: name("output") } } },
    { type: "slipway-platform:index:Claim", inputs: place },
    { type: "slipway-platform:index:Push", id: name("first"), inputs: { reference: name("last") } },
    { type: "slipway-platform:index:Release", inputs: { content: { image: name("record") } } },
    { type: "slipway-platform:index:Images", inputs: { references: [name("old")] } },
    { type: "docker:index/container:Container", inputs: { host: "x", application: "y" } },
    { type: "pulumi:providers:slipway-platform" },
  ).state("staging");
  expect(told.places).toEqual([{ host: place.host, application: "shop" }]);
  const names = [...told.text.matchAll(/shop-web:(\w+)/g)].map(([, tag]) => tag);
  expect(names.sort()).toEqual(["last", "output", "record"]);
});

test("a stack that was never deployed is on no host", async () => {
  expect((await answering({ version: 3, deployment: {} }).state("new")).places).toEqual([]);
});

test("outputs that are encrypted cannot be read", async () => {
  const images = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
  const sealed = state({ type: "pulumi:pulumi:Stack", outputs: { images } });
  await expect(sealed.state("staging")).rejects.toThrow("images is encrypted");
});

test("secrets", async () => {
  const answer = answering({ "slipway:secrets": { value: '{"TOKEN":"t"}', secret: true } });
  expect(await answer.secrets("staging")).toEqual({ TOKEN: "t" });
  expect(await answering({}).secrets("staging")).toEqual({});
});

test("what the CLI says when it cannot", async () => {
  const failing = backend("echo 'warning: old' >&2; echo 'error: no stack named x' >&2; exit 255");
  await expect(failing.state("x")).rejects.toThrow("pulumi stack export: no stack named x");
});

test("without a CLI", async () => {
  cwd = folder({ "Pulumi.yaml": "name: slipway\n" });
  await expect(new Backend(cwd, { PATH: cwd }).stacks()).rejects.toThrow("not on the PATH");
});
