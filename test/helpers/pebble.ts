import fs from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import execa from "execa";
import { Transport } from "../../provider/docker/transport";
import { PROXY_IMAGE } from "../../spec/defaults";
import { LABEL } from "../../spec/names";
import { goVersion } from "../../toolchain/build";
import { engineHost } from "../../toolchain/engine";
import * as image from "../../toolchain/image-build";
import { ensureBaseImages } from "../../toolchain/images";
import { withLock } from "../../toolchain/lock";
import { cacheRoot } from "../../toolchain/paths";
import { selfSigned } from "./certificate";

/** kamal-proxy knows these two directories, and no other: inside the edge's network they are Pebble. */
const DIRECTORIES = ["acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org"];
const source = path.join(__dirname, "..", "fixtures", "pebble");
/** Of the fixture: where it is told names. */
const MANAGEMENT = "8055/tcp";

interface Made {
  /** With Let's Encrypt's test server and its name server. */
  server: string;
  /** The edge proxy, which trusts that server as it trusts Let's Encrypt. */
  proxy: string;
}

/** Built once from their Go module, and kept in the toolchain's cache. */
export async function ensurePebble(): Promise<Made> {
  if (!(await goVersion())) throw new Error("this scenario builds an ACME server: install Go");
  const docker = new Transport(engineHost()).docker;
  const { Arch } = await docker.version();
  const base = (await ensureBaseImages(() => {}))[PROXY_IMAGE] ?? PROXY_IMAGE;
  const key = image.keyOf(image.entriesOf(source), Arch);
  const tag = (name: string, of: string) => `${image.LOCAL_PREFIX}/${name}:${of}`;
  const made = { server: tag("pebble", key), proxy: tag("pebble-proxy", image.keyOf(key, base)) };
  await withLock(
    "pebble",
    () => {},
    async () => {
      const folder = await built(key, Arch);
      const read = (name: string) => fs.readFileSync(path.join(folder, name));
      if (!(await image.hasImage(docker, made.server))) {
        const files = ["pebble", "acme.crt", "acme.key"];
        const layout = files.map((name) => ({ name, content: read(name), mode: 0o755 }));
        await image.importImage(docker, made.server, image.tarOf(layout), ['CMD ["/pebble"]']);
      }
      if (!(await image.hasImage(docker, made.proxy))) {
        const recipe = `ARG BASE\nFROM $BASE\nCOPY acme.crt /acme.crt\nENV SSL_CERT_FILE=/acme.crt\n`;
        const context = [
          { name: "Dockerfile", content: recipe },
          { name: "acme.crt", content: read("acme.crt") },
        ];
        await image.buildImage(docker, made.proxy, context, { BASE: base });
      }
    },
  );
  return made;
}

async function built(key: string, arch: string): Promise<string> {
  const target = path.join(cacheRoot(), `pebble-${key}`);
  if (fs.existsSync(target)) return target;
  fs.mkdirSync(cacheRoot(), { recursive: true });
  const scratch = fs.mkdtempSync(path.join(cacheRoot(), "pebble-building-"));
  const env = { CGO_ENABLED: "0", GOOS: "linux", GOARCH: arch, GOFLAGS: "", GOWORK: "off" };
  const args = ["build", "-trimpath", "-ldflags", "-s -w", "-o", path.join(scratch, "pebble"), "."];
  try {
    await execa("go", args, { cwd: source, env });
    const pair = selfSigned(...DIRECTORIES);
    fs.writeFileSync(path.join(scratch, "acme.crt"), pair.cert);
    fs.writeFileSync(path.join(scratch, "acme.key"), pair.key);
    fs.renameSync(scratch, target);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
  return target;
}

/** An ACME server in an edge's network. It can resolve no name until it is told one. */
export class Pebble {
  private constructor(
    private readonly container: Docker.Container,
    /** Of the edge. */
    private readonly address: string,
  ) {}

  static async start(application: string, server: string): Promise<Pebble> {
    const { docker } = new Transport(engineHost());
    const label = [`${LABEL.application}=${application}`, `${LABEL.role}=edge`];
    const [edge] = await docker.listContainers({ filters: { label } });
    const [network] = Object.entries(edge!.NetworkSettings.Networks);
    const [name, { IPAddress }] = network!;
    const container = await docker.createContainer({
      Image: server,
      Env: ["PEBBLE_VA_NOSLEEP=1"],
      ExposedPorts: { [MANAGEMENT]: {} },
      HostConfig: {
        NetworkMode: name,
        PortBindings: { [MANAGEMENT]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
      },
      NetworkingConfig: { EndpointsConfig: { [name]: { Aliases: DIRECTORIES } } },
    });
    await container.start();
    return new Pebble(container, IPAddress);
  }

  /** The name leads to the edge from now on. */
  async resolve(host: string): Promise<void> {
    const { NetworkSettings } = await this.container.inspect();
    const port = NetworkSettings.Ports[MANAGEMENT]![0]!.HostPort;
    const answer = await fetch(`http://127.0.0.1:${port}/?host=${host}&address=${this.address}`);
    if (!answer.ok) throw new Error(await answer.text());
  }

  async stop(): Promise<void> {
    await this.container.remove({ force: true }).catch(() => {});
  }
}
