import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import { toolchainEnv } from "./env";
import { cacheRoot, offlineMarker } from "./paths";
import { placeOfficialCli } from "./place";
import type { Report } from "./progress";

const host = "https://get.pulumi.com";
/** Long enough for a slow line, short enough not to be noticed. */
const reachSeconds = 4;
const downloadSeconds = 600;

let reachable: Promise<boolean> | undefined;

/** Whether Pulumi's downloads can be reached; asked once per run, never for long. */
export function officialDownloads(): Promise<boolean> {
  reachable ??= probe().then((online) => {
    remember(online);
    return online;
  });
  return reachable;
}

async function probe(): Promise<boolean> {
  if (process.env.SLIPWAY_OFFLINE) return false;
  // curl follows the proxy settings of the environment; Node's own fetch does not.
  const url = `${host}/releases/sdk/pulumi-latest-version`;
  const curl = await execa("curl", ["-fsSIL", "-m", String(reachSeconds), "-o", "-", url], {
    reject: false,
    timeout: (reachSeconds + 1) * 1000,
  });
  if (curl.exitCode === 0) return true;
  if ((curl as { code?: string }).code !== "ENOENT") return false;
  return fetch(url, { method: "HEAD", signal: AbortSignal.timeout(reachSeconds * 1000) })
    .then((answer) => answer.ok)
    .catch(() => false);
}

/** `toolchainEnv` is synchronous: it looks at this marker instead of at the network. */
function remember(online: boolean): void {
  if (online) {
    fs.rmSync(offlineMarker(), { force: true });
    return;
  }
  fs.mkdirSync(cacheRoot(), { recursive: true });
  fs.writeFileSync(offlineMarker(), "get.pulumi.com was out of reach\n");
}

/** Fetches the official CLI with its language hosts into the cache and links it into the bin folder. */
export async function downloadCli(version: string, report: Report): Promise<void> {
  const folder = path.join(cacheRoot(), `pulumi-official-${version}`);
  if (!fs.existsSync(folder)) {
    report("downloading");
    fs.mkdirSync(cacheRoot(), { recursive: true });
    const scratch = fs.mkdtempSync(path.join(cacheRoot(), "pulumi-download-"));
    try {
      const archive = path.join(scratch, "pulumi.tar.gz");
      await fetchFile(`${host}/releases/sdk/${archiveName(version)}`, archive);
      report("unpacking");
      await execa("tar", ["-xzf", archive, "-C", scratch]);
      fs.renameSync(path.join(scratch, "pulumi"), folder);
    } finally {
      fs.rmSync(scratch, { recursive: true, force: true });
    }
  }
  placeOfficialCli(folder, version);
}

async function fetchFile(url: string, file: string): Promise<void> {
  const curl = await execa("curl", ["-fsSL", "-m", String(downloadSeconds), "-o", file, url], {
    reject: false,
  });
  if (curl.exitCode === 0) return;
  if ((curl as { code?: string }).code !== "ENOENT") throw new Error(curl.stderr.trim());
  const answer = await fetch(url, { signal: AbortSignal.timeout(downloadSeconds * 1000) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  fs.writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
}

function archiveName(version: string): string {
  const system = process.platform === "darwin" ? "darwin" : "linux";
  const machine = process.arch === "arm64" ? "arm64" : "x64";
  return `pulumi-v${version}-${system}-${machine}.tar.gz`;
}

/** Lets the CLI fetch an official plugin into its own cache. */
export async function downloadPlugin(name: string, version: string, report: Report): Promise<void> {
  report("downloading");
  await execa("pulumi", ["plugin", "install", "resource", name, version], {
    env: toolchainEnv(),
    timeout: downloadSeconds * 1000,
  });
}
