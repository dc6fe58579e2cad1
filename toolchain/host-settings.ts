import { createHash, X509Certificate } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import { ToolchainError } from "./fault";

/**
 * What this machine was told about how to reach its registries: mirrors, proxies, a company's own
 * certificates. Builds in a container need the same; nothing of it belongs into the repository.
 */
export interface HostSettings {
  /** Lines for sources.list. */
  aptSources: string[];
  /** Lines for apt.conf. */
  aptOptions: string[];
  /** Content of /etc/pip.conf. */
  pipConf: string;
  /** PEM certificates that Debian does not have, by a name that follows from the content. */
  certificates: Map<string, string>;
}

/** Where Debian and its relatives keep what they trust. */
export const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
/** The package ca-certificates, which the images have as well. */
const DEBIAN_CERTIFICATES = "/usr/share/ca-certificates";
export async function readHostSettings(suite: string): Promise<HostSettings> {
  return {
    aptSources: await aptSources(suite),
    aptOptions: await aptOptions(),
    pipConf: pipConf(await pipSettings()),
    certificates: certificates(),
  };
}

/** The mirrors that a Debian machine uses itself; any other machine names one. */
async function aptSources(suite: string): Promise<string[]> {
  const format = "$(ORIGIN) $(CODENAME) $(SITE)";
  const targets = (await linesOf("apt-get", ["indextargets", "--format", format]))
    .map((line) => line.split(" "))
    .filter(([origin]) => origin === "Debian");
  const isSecurity = ([, codename]: string[]) => codename?.includes("-security") ?? false;
  const named = process.env.SLIPWAY_DEBIAN_MIRROR;
  const main = targets.find((target) => !isSecurity(target))?.[2] ?? named;
  if (!main) {
    throw new ToolchainError(
      "base images are made from Debian's packages, and this machine's apt knows no mirror of Debian",
      "Set SLIPWAY_DEBIAN_MIRROR to the address of one.",
    );
  }
  const security = targets.find(isSecurity)?.[2] ?? `${main.replace(/\/$/, "")}-security`;
  return [
    `deb ${main} ${suite} main`,
    `deb ${main} ${suite}-updates main`,
    `deb ${security} ${suite}-security main`,
  ];
}

/** apt's own proxy settings, else the environment's. */
async function aptOptions(): Promise<string[]> {
  const dump = await linesOf("apt-config", ["dump"]);
  const own = dump.filter((line) => /^Acquire::https?::Proxy\b/i.test(line));
  const option = (scheme: string, proxy: string | undefined) =>
    proxy ? [`Acquire::${scheme}::Proxy "${proxy}";`] : [];
  const ofEnvironment = [
    ...option("http", environment("http_proxy")),
    ...option("https", environment("https_proxy")),
  ];
  return [...(own.length > 0 ? own : ofEnvironment), 'Acquire::Languages "none";'];
}

/** Settings that say where packages are; paths and switches of this machine mean nothing elsewhere. */
const PIP_KEYS = ["index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries"];

/** As pip sees them, of its files and of PIP_* variables; the variables win, as in pip. */
async function pipSettings(): Promise<Map<string, string>> {
  const settings = new Map<string, string>();
  const proxy = environment("https_proxy") ?? environment("http_proxy");
  if (proxy) settings.set("proxy", proxy);
  for (const line of await linesOf("python3", ["-m", "pip", "config", "list"])) {
    // For example: global.index-url='https://example.com/simple'
    const match = /^(?:global|install|:env:)\.([\w-]+)=(['"])(.*)\2$/.exec(line);
    const [, key, , value] = match ?? [];
    if (!key || !value || !PIP_KEYS.includes(key)) continue;
    settings.set(key, value.replace(/\\n/g, " ").trim());
  }
  for (const key of PIP_KEYS) {
    const value = process.env[`PIP_${key.toUpperCase().replace(/-/g, "_")}`];
    if (value) settings.set(key, value);
  }
  const timeout = process.env.PIP_DEFAULT_TIMEOUT;
  if (timeout) settings.set("timeout", timeout);
  return settings;
}

function pipConf(settings: Map<string, string>): string {
  const lines = [...settings].sort().map(([key, value]) => `${key} = ${value}`);
  return [
    "[global]",
    `cert = ${SYSTEM_BUNDLE}`,
    "disable-pip-version-check = true",
    "root-user-action = ignore",
    ...lines,
    "",
  ].join("\n");
}

/** What this machine trusts beyond Debian's own list: a company's certificates. */
function certificates(): Map<string, string> {
  const files = [SYSTEM_BUNDLE, process.env.SSL_CERT_FILE, process.env.NODE_EXTRA_CA_CERTS];
  const found = new Map<string, string>();
  for (const file of new Set(files)) {
    for (const pem of file ? certificatesIn(file) : []) found.set(fingerprint(pem), pem);
  }
  for (const file of filesBelow(DEBIAN_CERTIFICATES)) {
    for (const pem of certificatesIn(file)) found.delete(fingerprint(pem));
  }
  return new Map([...found].sort());
}

function certificatesIn(file: string): string[] {
  return fs.existsSync(file) ? splitBundle(fs.readFileSync(file, "utf8")) : [];
}

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const names = fs.readdirSync(folder, { recursive: true }) as string[];
  return names.filter((name) => name.endsWith(".crt")).map((name) => path.join(folder, name));
}

function splitBundle(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Of the certificate itself, so that line ends and comments do not matter. */
function fingerprint(pem: string): string {
  try {
    return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex").slice(0, 16);
  } catch {
    return createHash("sha256").update(pem.replace(/\s/g, "")).digest("hex").slice(0, 16);
  }
}

/** Proxy variables come in both cases; the lower one is the older habit and wins, as in curl. */
function environment(name: string): string | undefined {
  return process.env[name] || process.env[name.toUpperCase()] || undefined;
}

/** What a command prints; nothing when this machine does not have it. */
async function linesOf(command: string, args: string[]): Promise<string[]> {
  const { stdout, failed } = await execa(command, args, { reject: false });
  return failed ? [] : stdout.split("\n").filter(Boolean);
}
