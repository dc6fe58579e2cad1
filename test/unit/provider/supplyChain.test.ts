import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { delimiter, join } from "path";
import { scan, type ScanInputs } from "../../../provider/resources/scan";
import { sign, type SignInputs } from "../../../provider/resources/sign";
import { signatures } from "../../../provider/resources/signatures";
import { table } from "../../../provider/trivy";
import { unknown } from "../../../provider/values";
import { context, errorOf, FakePlatform, PLACE } from "../../helpers/fakePlatform";

const PATH = process.env.PATH!;
const DIGEST = "ghcr.io/acme/shop-api@sha256:1";
let folder: string;
let platform: FakePlatform;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-"));
  platform = new FakePlatform();
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

/** A program of this name, alone on the PATH with what a shell needs. */
function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  process.env.PATH = [folder, PATH].join(delimiter);
}
const written = (name: string) => readFileSync(join(folder, name), "utf8");

describe("sign", () => {
  const inputs: SignInputs = {
    ...PLACE,
    reference: DIGEST,
    publicKey: "PUBLIC",
    key: "marker-key",
    password: "marker-password",
    logins: [{ address: "ghcr.io", username: "bot", password: "marker-login" }],
  };
  const record = () => `echo "$@" >> ${folder}/args; env > ${folder}/env-$1`;

  test("the key, its password and the login come by the environment, never by the command line", async () => {
    program("cosign", `${record()}; [ $1 = sign ] && touch ${folder}/done; [ -e ${folder}/done ]`);
    await sign.create({ ...inputs }, context(platform));
    const commands = written("args").trim().split("\n");
    expect(commands.map((line) => line.split(" ")[0])).toEqual(["verify", "sign", "verify"]);
    expect(commands[1]).toContain(`--tlog-upload=false --key env://SLIPWAY_SIGNING_KEY ${DIGEST}`);
    expect(written("args")).not.toContain("marker");
    expect(written("env-sign")).toContain("SLIPWAY_SIGNING_KEY=marker-key");
    expect(written("env-sign")).toContain("COSIGN_PASSWORD=marker-password");
    expect(written("env-sign")).toContain('"Username":"bot","Secret":"marker-login"');
    expect(written("env-verify")).not.toContain("marker-key");
  });

  test("what is signed already is not signed again", async () => {
    program("cosign", record());
    await sign.create({ ...inputs }, context(platform));
    expect(written("args")).not.toContain("sign ");
  });

  test("its last words are told, secrets masked", async () => {
    program("cosign", `echo "Error: bad marker-password" >&2; exit 1`);
    const error = await errorOf(sign.create({ ...inputs }, context(platform)));
    expect(error).toBe("cosign sign: Error: bad [secret]");
  });

  test("a key that is not the other half of the public one is told", async () => {
    program("cosign", `[ $1 = sign ]`);
    const error = await errorOf(sign.create({ ...inputs }, context(platform)));
    expect(error).toContain("is it the public half of slipway:builds.sign.key?");
  });

  test("without cosign it is a fault as soon as there is something to sign", async () => {
    process.env.PATH = folder;
    const check = (olds: object) => sign.check!(inputs, olds, context(platform));
    expect(await check({})).toContain("slipway:builds.sign needs cosign");
    expect(await check(inputs)).toBeUndefined();
  });
});

describe("signatures", () => {
  const inputs = { ...PLACE, images: { api: DIGEST }, publicKey: "PUBLIC", logins: [] };
  const differs = async (images: Record<string, unknown>, publicKey = "PUBLIC") => {
    const news = { ...inputs, images: images as Record<string, string>, publicKey };
    return (await signatures.diff(inputs, news, context(platform))).changes;
  };

  test("asked about is what was not verified with this key before", async () => {
    expect(await differs({ api: DIGEST })).toBe(false);
    expect(await differs({})).toBe(false);
    expect(await differs({ api: unknown })).toBe(true);
    expect(await differs({ api: `${DIGEST}2` })).toBe(true);
    expect(await differs({ api: DIGEST }, "OTHER")).toBe(true);
  });

  test("all that have none are told, in cosign's words", async () => {
    program("cosign", `echo "Error: no signatures found" >&2; exit 1`);
    const images = { api: DIGEST, web: "shop-web:0123" };
    const error = await errorOf(signatures.create({ ...inputs, images }, context(platform)));
    expect(error).toContain(`service "api": ${DIGEST} has no signature by this key`);
    expect(error).toContain("Error: no signatures found");
    expect(error).toContain('service "web": shop-web:0123 was never pushed');
  });
});

describe("scan", () => {
  const inputs: ScanInputs = {
    ...PLACE,
    reference: "shop-api:0123",
    severity: "HIGH",
    ignore: ["CVE-3"],
    logins: [],
  };
  const finding = (VulnerabilityID: string, Severity: string, FixedVersion?: string) => ({
    VulnerabilityID,
    PkgName: "openssl",
    InstalledVersion: "3.0.1",
    FixedVersion,
    Severity,
  });
  const report = (...found: object[]) => {
    const text = JSON.stringify({ SchemaVersion: 2, Results: [{ Vulnerabilities: found }, {}] });
    program("trivy", `echo "$@" > ${folder}/args; cat <<'END'\n${text}\nEND`);
  };

  test("what is found, and not ignored, is refused with a table and a cure", async () => {
    report(
      finding("CVE-1", "HIGH", "3.0.2"),
      finding("CVE-2", "CRITICAL"),
      finding("CVE-3", "HIGH"),
    );
    const error = await errorOf(scan.create({ ...inputs }, context(platform)));
    expect(error.split("\n").slice(1, 4)).toEqual([
      "  id     package  installed  fixed  severity",
      "  CVE-2  openssl  3.0.1      -      CRITICAL",
      "  CVE-1  openssl  3.0.1      3.0.2  HIGH",
    ]);
    expect(error).toContain("pulumi config set --path 'slipway:builds.scan.ignore[1]' CVE-2");
    expect(written("args")).toMatch(/^image --input \S+image.tar --format json .*HIGH,CRITICAL/);
  });

  test("an image without any passes, and is not looked at again", async () => {
    report(finding("CVE-3", "HIGH"));
    const passed = { ...inputs };
    await scan.create(passed, context(platform));
    expect(platform.writes).toEqual(["saveImage shop-api:0123"]);
    const differs = async (more: Partial<ScanInputs>) =>
      (await scan.diff(passed, { ...inputs, ...more }, context(platform))).changes;
    expect(await differs({})).toBe(false);
    expect(await differs({ severity: "LOW" })).toBe(true);
    expect(await differs({ reference: "shop-api:4567" })).toBe(true);
  });

  test("without trivy one line says so, and the first run that has it looks", async () => {
    process.env.PATH = folder;
    const [passed, made] = [{ ...inputs }, context(platform)];
    await scan.create(passed, made);
    expect(made.said).toEqual([
      "warning: shop-api:0123 is not scanned: trivy is not on the PATH of this machine",
    ]);
    expect((await scan.diff(passed, inputs, made)).changes).toBe(false);
    report();
    expect((await scan.diff(passed, inputs, made)).changes).toBe(true);
  });

  test("a scan that fails is no pass", async () => {
    program("trivy", `echo "FATAL DB error" >&2; exit 1`);
    expect(await errorOf(scan.create({ ...inputs }, context(platform)))).toContain(
      "FATAL DB error",
    );
  });

  test("a long table is cut, and counted", () => {
    const one = { package: "a", installed: "1", severity: "LOW" as const };
    const all = Array.from({ length: 40 }, (_, index) => ({ id: `CVE-${index}`, ...one }));
    expect(table(all).split("\n").pop()).toBe("  and 10 more");
  });
});
