import { execFileSync } from "child_process";
import { join } from "path";

/** As in the language host: its own translation of stack traces is there first, and the SDK. */
const PROGRAM = `
  require("source-map-support/register");
  const translate = Error.prepareStackTrace;
  let translated = 0;
  Error.prepareStackTrace = (error, frames) => { translated += frames.length; return translate(error, frames); };
  require("@pulumi/pulumi/runtime/invoke");
  require("./loader.js");
  const pulumi = require("@pulumi/pulumi");
  pulumi.runtime.setMocks({ newResource: () => ({ id: "x", state: {} }), call: () => ({}) });
  translated = 0;
  new pulumi.CustomResource("test:index:Thing", "thing", { one: undefined, two: undefined });
  const ofResource = translated;
  const own = new Error("ours").stack;
  const compiler = Object.keys(require.cache).some((file) => file.endsWith("/typescript.js"));
  console.log(JSON.stringify({ ofResource, own, compiler }));
`;

test("the SDK's notes of where a resource was made cost nothing; an error of ours says where", () => {
  const folder = join(__dirname, "../..");
  const out = execFileSync(process.execPath, ["-e", PROGRAM], { cwd: folder, encoding: "utf8" });
  const { ofResource, own, compiler } = JSON.parse(out);
  expect(ofResource).toBe(0);
  expect(own).toMatch(/^Error: ours\n {4}at /);
  expect(compiler).toBe(false);
});
