import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { stringify } from "yaml";
import { aptInstall } from "../../toolchain/engine";
import { onPath } from "../../toolchain/paths";
import { freePort } from "./stack";
import { until } from "./until";

export const LOGIN = { username: "deployer", password: "marker-registry-5ecret" };

/** Manifests of images, in both forms. */
const ANY =
  "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";

/** Debian's docker-registry with a login, on this machine's loopback. */
export class Registry {
  private process?: ChildProcess;

  private constructor(
    /** Host and port, as references begin with. */
    readonly address: string,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Registry> {
    if (!onPath("docker-registry")) await aptInstall(["docker-registry"]);
    const folder = mkdtempSync(join(tmpdir(), "slipway-registry-"));
    const address = `127.0.0.1:${await freePort()}`;
    // bcrypt is the one form that the registry reads, and perl has it on every Debian.
    const salt = "$2y$05$abcdefghijklmnopqrstuu";
    const hash = await execa("perl", [
      "-e",
      "print crypt($ARGV[0], $ARGV[1])",
      LOGIN.password,
      salt,
    ]);
    writeFileSync(join(folder, "htpasswd"), `${LOGIN.username}:${hash.stdout}\n`);
    const config = {
      version: 0.1,
      log: { level: "warn", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: true } },
      http: { addr: address },
      auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } },
    };
    writeFileSync(join(folder, "config.yml"), stringify(config));
    const registry = new Registry(address, folder);
    await registry.resume();
    return registry;
  }

  /** Takes requests, again after `stop`. */
  async resume(): Promise<void> {
    const args = ["serve", join(this.folder, "config.yml")];
    this.process = spawn("docker-registry", args, { stdio: "ignore" });
    await until(() => this.get("v2/").then(() => true), 10);
  }

  stop(): void {
    this.process?.kill("SIGKILL");
  }

  dispose(): void {
    this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the registry says with the right login. */
  async get(path: string): Promise<unknown> {
    const answer = await this.ask(path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  async tags(repository: string): Promise<string[]> {
    const { tags } = (await this.get(`v2/${repository}/tags/list`)) as { tags: string[] | null };
    return tags ?? [];
  }

  /** The registry forgets what a tag or digest means. */
  async forget(repository: string, digest: string): Promise<void> {
    const answer = await this.ask(`v2/${repository}/manifests/${digest}`, "DELETE");
    if (!answer.ok) throw new Error(`${repository}@${digest}: ${answer.status}`);
  }

  async digest(repository: string, tag: string): Promise<string> {
    const answer = await this.ask(`v2/${repository}/manifests/${tag}`, "HEAD", { accept: ANY });
    return answer.headers.get("docker-content-digest")!;
  }

  /** What one tag means, under another one too. */
  async retag(repository: string, from: string, to: string): Promise<void> {
    const found = await this.ask(`v2/${repository}/manifests/${from}`, "GET", { accept: ANY });
    const type = { "content-type": found.headers.get("content-type")! };
    const path = `v2/${repository}/manifests/${to}`;
    const answer = await this.ask(path, "PUT", type, await found.text());
    if (!answer.ok) throw new Error(`${repository}:${to}: ${answer.status}`);
  }

  private ask(path: string, method = "GET", more: object = {}, body?: string): Promise<Response> {
    const login = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64");
    const headers = { authorization: `Basic ${login}`, ...more };
    const url = `http://${this.address}/${path}`;
    return fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  }
}
