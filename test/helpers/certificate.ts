import { mkdtempSync, readFileSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import execa from "execa";

export interface Pair {
  cert: string;
  key: string;
}

/** A certificate for these names, signed by itself: who trusts it trusts nothing else. */
export const selfSigned = (...names: string[]): Pair => selfSignedFor(3650, ...names);

/** The same, for so many days. */
export function selfSignedFor(days: number, ...names: string[]): Pair {
  const folder = mkdtempSync(join(tmpdir(), "slipway-certificate-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const alternatives = names.map((name) => `DNS:${name}`).join(",");
  try {
    execa.sync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...[
        "-days",
        String(days),
        "-subj",
        `/CN=${names[0]}`,
        "-addext",
        `subjectAltName=${alternatives}`,
      ],
      ...["-out", cert, "-keyout", key],
    ]);
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
