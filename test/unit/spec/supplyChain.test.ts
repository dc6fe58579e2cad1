import { generateKeyPairSync } from "node:crypto";
import { compose, faults, load } from "../../helpers/spec";

const pem = { type: "spki", format: "pem" } as const;
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PUBLIC = String(publicKey.export(pem));
const FILES = { Dockerfile: "FROM scratch\n", "cosign.pub": PUBLIC };
const SECRETS = { COSIGN_KEY: "k", COSIGN_PASSWORD: "p" };
const registry = { server: "ghcr.io/acme" };
const built = compose({ image: undefined, build: "." });
const specOf = (builds: object, config: object = {}, more: object = {}) =>
  load(built, { config: { secrets: SECRETS, builds, ...config }, files: FILES, ...more }).spec;
const faultsOf = (builds: object, config: object = {}, text = built, more: object = {}) =>
  faults(text, { config: { secrets: SECRETS, builds, ...config }, files: FILES, ...more }).join(
    "\n",
  );

test("nothing is asked of an image unless it is said", () => {
  expect(load(built, { files: FILES }).spec.supply).toEqual({ verified: [] });
});

describe("verify", () => {
  test("all that are built, or those that are named", () => {
    expect(specOf({ verify: true }).supply.verified).toEqual(["api"]);
    expect(specOf({ verify: ["api"] }).supply.verified).toEqual(["api"]);
    expect(specOf({ verify: false }).supply.verified).toEqual([]);
  });

  test("what is not built here is not verified", () => {
    const config = { builds: { verify: true } };
    expect(load(compose({ image: "api:1" }), { config }).spec.supply.verified).toEqual([]);
  });

  test("a name that is no service is a fault", () => {
    expect(faultsOf({ verify: ["web"] })).toContain(
      "slipway:builds.verify: is no service that can be started on trial (given: web; allowed: api)",
    );
  });

  test("another value is a fault", () => {
    expect(faultsOf({ verify: "yes" })).toContain("must be true, false, or a list of services");
  });
});

describe("scan", () => {
  test("HIGH and nothing ignored is the default", () => {
    expect(specOf({ scan: {} }).supply.scan).toEqual({ severity: "HIGH", ignore: [] });
  });

  test("a severity that Trivy does not know is a fault", () => {
    expect(faultsOf({ scan: { severity: "SEVERE" } })).toContain(
      "must be one of LOW, MEDIUM, HIGH, CRITICAL",
    );
  });
});

describe("sign", () => {
  const sign = { key: "COSIGN_KEY", password: "COSIGN_PASSWORD", verifyWith: "cosign.pub" };

  test("the public key is read from its file, or is the text itself", () => {
    const wanted = { key: "COSIGN_KEY", password: "COSIGN_PASSWORD", publicKey: PUBLIC.trim() };
    expect(specOf({ sign }, { registry }).supply.sign).toEqual(wanted);
    const text = { ...sign, verifyWith: PUBLIC };
    expect(specOf({ sign: text }, { registry }).supply.sign).toEqual(wanted);
  });

  test("it wants a registry, a key to sign with, and secrets that there are", () => {
    expect(faultsOf({ sign })).toContain("signatures are kept in a registry");
    expect(faultsOf({ sign: { verifyWith: "cosign.pub" } }, { registry })).toContain(
      "slipway:builds.sign.key: is missing",
    );
    expect(faultsOf({ sign: { ...sign, key: "OTHER" } }, { registry })).toContain(
      "slipway:builds.sign.key: is no secret of the stack (given: OTHER; allowed: COSIGN_KEY, COSIGN_PASSWORD)",
    );
  });

  test.each([
    ["no file", "other.pub"],
    ["a private key", privateKey.export({ type: "pkcs8", format: "pem" })],
    ["no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
  ])("%s to verify with is a fault", (_name, verifyWith) => {
    const told = faultsOf({ sign: { ...sign, verifyWith } }, { registry });
    expect(told).toContain("slipway:builds.sign.verifyWith: is no public key in PEM form");
    expect(told).not.toContain("PRIVATE");
  });

  test("who only promotes needs the public key alone, and digests", () => {
    const promoted = { from: "staging", images: { api: "ghcr.io/acme/shop-api@sha256:1" } };
    const only = { sign: { verifyWith: "cosign.pub" } };
    const images = { from: "staging" };
    const { supply, services } = specOf(only, { images }, { promoted });
    expect(supply.sign).toEqual({ publicKey: PUBLIC.trim() });
    expect(services[0]?.image).toMatchObject({ kind: "reference", built: true });
    expect(faultsOf(only, { images: { api: "ghcr.io/acme/shop-api:1" } })).toContain(
      "slipway:images.api: names a tag, and a signature is for a digest",
    );
  });
});
