import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import type { ServiceSpec, SupplyChain } from "../../../spec/types";
import { environment } from "../../helpers/mocks";
import { observation } from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const reference = "ghcr.io/acme/shop-api:0123456789abcdef";
let context: string;
beforeAll(() => {
  context = mkdtempSync(join(tmpdir(), "slipway-"));
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
});
afterAll(() => rmSync(context, { recursive: true }));

const built = (more: Partial<ServiceSpec> = {}) => {
  const build = { kind: "build" as const, context, dockerfile: "Dockerfile", args: {} };
  return service({ image: { ...build, hash: "0123456789abcdef", reference }, ...more });
};
const made = (supply: SupplyChain, more: Partial<ServiceSpec> = {}, config: object = {}) => {
  const spec = application({
    services: [built(more)],
    registry: { server: "ghcr.io/acme", latest: false },
    supply,
    ...config,
  });
  return environment(spec, observation(), { TOKEN: "t0ken", COSIGN_KEY: "the-key" });
};

describe("verify", () => {
  test("an image is pushed only when it was tried, with its service's own settings", async () => {
    const environment = { MODE: "web", TOKEN: { parts: [{ secret: "TOKEN" }] } };
    const { get } = await made({ verified: ["api"] }, { environment, user: "1000" });
    const { inputs, waitsFor, secretInputs } = get("verify-api");
    expect(inputs).toMatchObject({
      reference,
      built: expect.any(String),
      service: { name: "api", user: "1000", environment: { MODE: "web", TOKEN: "t0ken" } },
    });
    expect(secretInputs).toEqual(expect.arrayContaining(["service", "secrets"]));
    expect(waitsFor).toContain("build-api");
    expect(get("push-api").waitsFor).toEqual(expect.arrayContaining(["build-api", "verify-api"]));
  });

  test("names of other services lead nowhere", async () => {
    const services = [built(), service({ name: "web", ports: [] })];
    const { inputs } = (await made({ verified: ["api"] }, {}, { services })).get("verify-api");
    expect(inputs["service"].extraHosts).toEqual([{ host: "web", ip: "127.0.0.1" }]);
  });

  test("without a registry the slot waits for it all the same", async () => {
    const { get } = await made({ verified: ["api"] }, {}, { registry: undefined });
    expect(get("sweep").waitsFor).toContain("verify-api");
  });
});
