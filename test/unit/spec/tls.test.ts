import { z } from "zod";
import { CONFIG } from "../../../spec/configSchema";
import { SEALED } from "../../../spec/names";
import { reachLines, reachOf } from "../../../spec/tls";
import type { Reach } from "../../../spec/types";
import { selfSigned } from "../../helpers/certificate";
import { observation } from "../../helpers/observation";
import { application, compose, faults, load } from "../../helpers/spec";

const NAME = "app.example.com";
const tlsOf = (config: object) => {
  const { domains, tls } = load(compose(), { config: { ...config } }).spec;
  return { domains, tls };
};

test.each<[string, unknown, string[]]>([
  ["one name", NAME, [NAME]],
  ["several, each once", [NAME, "example.com", NAME], [NAME, "example.com"]],
  ["a wildcard", "*.example.com", ["*.example.com"]],
])("domain: %s", (_what, domain, domains) => {
  expect(tlsOf({ domain })).toEqual({ domains, tls: undefined });
});

test.each<[string, unknown, object | undefined]>([
  ["true", "true", { staging: false, redirect: true }],
  ["false", "false", undefined],
  ["a map", { staging: true, redirect: false }, { staging: true, redirect: false }],
])("tls: %s", (_what, tls, expected) => {
  expect(tlsOf({ domain: NAME, tls }).tls).toEqual(expected);
});

test("editors are told that tls is a flag or a map", () => {
  const { properties } = z.toJSONSchema(CONFIG, { io: "input" });
  expect(properties!["tls"]).toMatchObject({ type: ["boolean", "object"] });
});

const NO_NAME = "must be a host name in lower case, without scheme and port";

test.each<[string, object, string]>([
  ["capitals", { domain: "App.example.com" }, `slipway:domain: ${NO_NAME}`],
  ["an address", { domain: "10.0.0.1" }, `slipway:domain: ${NO_NAME}`],
  ["a scheme", { domain: "https://a.b" }, `slipway:domain: ${NO_NAME}`],
  ["a port", { domain: ["a.b:80"] }, `slipway:domain[0]: ${NO_NAME}`],
  ["no dot", { domain: "localhost" }, `slipway:domain: ${NO_NAME}`],
  ["no name at all", { domain: [] }, "slipway:domain: must name at least one host"],
  ["a word for tls", { domain: NAME, tls: "yes" }, "slipway:tls: must be true, false, or a map"],
  [
    "an unknown key",
    { domain: NAME, tls: { redirects: true } },
    "slipway:tls.redirects: unknown key (allowed: certificate, redirect, staging). Did you mean redirect?",
  ],
  [
    "a text for a flag",
    { domain: NAME, tls: { staging: "no" } },
    "slipway:tls.staging: must be true or false (given: no)",
  ],
  ["tls without a name", { tls: "true" }, "slipway:tls: is set, but no name"],
  [
    "a wildcard by ACME",
    { domain: ["example.com", "*.example.com"], tls: "true" },
    "slipway:domain: a wildcard gets no certificate by itself (given: *.example.com). List each name",
  ],
])("refused: %s", (_what, config, fault) => {
  expect(faults(compose(), { config: { ...config } })).toEqual([expect.stringContaining(fault)]);
});

test("refused: a route for a host that the edge does not answer to", () => {
  const api = { "x-slipway": { ingress: { host: "api.example.com" } } };
  const of = (domain: string[]) => faults(compose(api), { config: { domain } });
  expect(of([NAME])).toEqual([
    expect.stringContaining("slipway:domain: does not name api.example.com"),
  ]);
  expect(of(["api.example.com"])).toEqual([]);
  expect(of(["*.example.com"])).toEqual([]);
});

describe("a certificate of one's own", () => {
  const pair = selfSigned(NAME, "*.shop.example.com");
  const other = selfSigned("other.example.com");
  const config = (secrets: object, more: object = {}) => ({
    config: {
      domain: [NAME, "*.shop.example.com"],
      tls: { certificate: { cert: "CERT", key: "KEY" } },
      secrets,
      ...more,
    },
  });

  test("is told by the names of its secrets and a fingerprint", () => {
    const { spec } = load(compose(), config({ CERT: pair.cert, KEY: pair.key }));
    expect(spec.tls).toEqual({
      staging: false,
      redirect: true,
      certificate: {
        cert: "CERT",
        key: "KEY",
        fingerprint: expect.stringMatching(/^[\da-f]{16}$/),
      },
    });
    expect(reachOf(spec).tls!.certificate).toBe(spec.tls!.certificate!.fingerprint);
    expect(JSON.stringify(spec)).not.toContain("BEGIN");
  });

  test("is taken for one where nothing can open its secrets", () => {
    expect(faults(compose(), config({ CERT: SEALED, KEY: SEALED }))).toEqual([]);
  });

  test.each<[string, object, string[]]>([
    [
      "no such secrets",
      config({ OTHER: "x" }),
      [
        "slipway:tls.certificate.cert: is no secret of the stack (given: CERT). pulumi config set --secret --path slipway:secrets.CERT < cert.pem",
        "slipway:tls.certificate.key: is no secret of the stack (given: KEY)",
      ],
    ],
    [
      "no PEM",
      config({ CERT: "x", KEY: "y" }),
      [
        "slipway:tls.certificate.cert: holds no certificate in PEM form",
        "slipway:tls.certificate.key: holds no private key in PEM form",
      ],
    ],
    [
      "another's key",
      config({ CERT: pair.cert, KEY: other.key }),
      ["slipway:tls.certificate.key: is not the key of the certificate"],
    ],
    [
      "for other names",
      config({ CERT: other.cert, KEY: other.key }, { domain: NAME }),
      [`slipway:tls.certificate.cert: is not for ${NAME} (given: DNS:other.example.com)`],
    ],
    [
      "for trials",
      config(
        { CERT: pair.cert, KEY: pair.key },
        { tls: { staging: true, certificate: { cert: "CERT", key: "KEY" } } },
      ),
      ["slipway:tls.staging: has no effect on a certificate of your own"],
    ],
    [
      "half of it",
      config({ CERT: pair.cert }, { tls: { certificate: { cert: "CERT" } } }),
      ["slipway:tls.certificate.key: must be the name of a secret"],
    ],
  ])("refused: %s", (_what, described, expected) => {
    const found = faults(compose(), described);
    expect(found).toEqual(expected.map((fault) => expect.stringContaining(fault)));
    expect(found.join()).not.toContain("BEGIN");
  });

  test("that has expired is warned of: a deploy may be what mends it", () => {
    jest.useFakeTimers({ now: new Date("2099-01-01") });
    const { spec } = load(compose(), config({ CERT: pair.cert, KEY: pair.key }));
    jest.useRealTimers();
    expect(spec.warnings).toContainEqual(
      expect.stringMatching(/^slipway:tls.certificate.cert: has expired on /),
    );
  });
});

describe("the plan's words", () => {
  const tls = { staging: false, redirect: true };
  const names = { domains: [NAME] };
  const lines = (config: object, reach?: Reach) =>
    reachLines(application(config), observation(reach ? { reach } : {}));

  test.each<[string, object, Reach | undefined, string[]]>([
    ["nothing changes without names", {}, { hosts: [] }, []],
    ["nor when all is there", { ...names, tls }, { hosts: [NAME], tls }, []],
    ["a name is new", names, { hosts: [] }, [expect.stringContaining(`${NAME} only`)]],
    ["the names go", {}, { hosts: [NAME] }, ["the edge answers to any name"]],
    [
      "https is new",
      { ...names, tls },
      { hosts: [NAME] },
      [`https for ${NAME}`, expect.stringContaining("plain HTTP is served until")],
    ],
    [
      "https did not work so far",
      { ...names, tls },
      { hosts: [NAME], tls: { ...tls, redirect: false } },
      [expect.stringContaining("plain HTTP is served until")],
    ],
    ["https goes", names, { hosts: [NAME], tls }, [expect.stringContaining("no https any more")]],
  ])("%s", (_what, config, reach, expected) => expect(lines(config, reach)).toEqual(expected));
});
