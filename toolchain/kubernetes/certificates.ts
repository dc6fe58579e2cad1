import fs from "node:fs";
import execa from "execa";
import * as settings from "./settings";

const DAYS = "3650";

/** The cluster's authority, what it issues, and the kubeconfigs of those who have a client certificate. */
export async function writeCertificates(): Promise<void> {
  fs.mkdirSync(settings.inCluster("pki"), { mode: 0o700 });
  await issue("ca", "/CN=slipway-cluster", []);
  const names = settings.API_SERVER_NAMES.join(",");
  await sign("kube-apiserver", "/CN=kube-apiserver", `subjectAltName=${names}`);
  // Only its key is used, for the tokens of service accounts.
  await sign("service-accounts", "/CN=service-accounts");
  for (const [name, subject] of Object.entries(settings.CLIENTS)) {
    await sign(name, subject, "extendedKeyUsage=clientAuth");
    fs.writeFileSync(settings.kubeconfigOf(name), kubeconfig(name), { mode: 0o600 });
  }
}

function sign(name: string, subject: string, extension?: string): Promise<void> {
  const authority = ["-CA", settings.certificate("ca"), "-CAkey", settings.keyOf("ca")];
  const kind = ["-addext", "basicConstraints=critical,CA:FALSE"];
  return issue(name, subject, [
    ...authority,
    ...kind,
    ...(extension ? ["-addext", extension] : []),
  ]);
}

async function issue(name: string, subject: string, args: string[]): Promise<void> {
  await execa("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", DAYS, "-subj", subject, ...args],
    ...["-out", settings.certificate(name), "-keyout", settings.keyOf(name)],
  ]);
}

/** With the certificates inside, so that the one file may be copied. */
function kubeconfig(name: string): string {
  const base64 = (file: string) => fs.readFileSync(file).toString("base64");
  const cluster = {
    server: `https://${settings.NODE_ADDRESS}:${settings.API_PORT}`,
    "certificate-authority-data": base64(settings.certificate("ca")),
  };
  const user = {
    "client-certificate-data": base64(settings.certificate(name)),
    "client-key-data": base64(settings.keyOf(name)),
  };
  const context = { cluster: "slipway", user: name };
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "slipway",
      clusters: [{ name: "slipway", cluster }],
      users: [{ name, user }],
      contexts: [{ name: "slipway", context }],
    },
    undefined,
    2,
  );
}
