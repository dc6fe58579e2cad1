import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";
import { stringify } from "yaml";
import { aptInstall } from "../../toolchain/engine";
import { onPath } from "../../toolchain/paths";
import { freePort, type TestStack } from "./stack";
import { until } from "./until";

export const LOGIN = {
  username: "deployer",
  password: "marker-registry-5ecret",
};

interface Stored {
  mediaType: string;
  digest: string;
  size: number;
  config: { mediaType: string; digest: string; size: number };
  layers: { digest: string; size: number }[];
}

const MANIFESTS = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "*/*",
];

/** Debian's docker-registry with a login, on this machine's loopback. */
export class Registry {
  private process?: ChildProcess;
  private config: Record<string, object | number> = {};

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
    const registry = new Registry(address, folder);
    await registry.restart({
      version: 0.1,
      log: { level: "warn", accesslog: { disabled: true } },
      storage: registry.storage(true),
      http: { addr: address },
      auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } },
    });
    return registry;
  }

  /** What the stack builds goes here, with the login. */
  async serve(stack: TestStack): Promise<void> {
    const login = { username: LOGIN.username, password: "REGISTRY_TOKEN" };
    stack.set("registry", { server: `${this.address}/acme`, ...login });
    await stack.secret("secrets.REGISTRY_TOKEN", LOGIN.password);
  }

  storage(deletes: boolean): object {
    return {
      filesystem: { rootdirectory: join(this.folder, "data") },
      delete: { enabled: deletes },
    };
  }

  /** Goes on with other settings, and what it holds. */
  async restart(changes: Record<string, object | number>): Promise<void> {
    this.stop();
    this.config = { ...this.config, ...changes };
    writeFileSync(join(this.folder, "config.yml"), stringify(this.config));
    await this.resume();
  }

  /** What a setting names. */
  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Takes requests, again after `stop`. */
  async resume(): Promise<void> {
    const args = ["serve", join(this.folder, "config.yml")];
    this.process = spawn("docker-registry", args, { stdio: "ignore" });
    await until(() => this.ask("v2/").then(() => true), 10);
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
    const { tags } = (await this.get(`v2/${repository}/tags/list`)) as {
      tags: string[] | null;
    };
    return tags ?? [];
  }

  /** A manifest, or the index of several, as it was pushed. */
  async manifest(repository: string, reference: string): Promise<Stored & Record<string, any>> {
    const answer = await this.ask(`v2/${repository}/manifests/${reference}`);
    if (!answer.ok) throw new Error(`${repository}:${reference}: ${answer.status}`);
    const text = await answer.text();
    const digest = answer.headers.get("docker-content-digest")!;
    return { ...JSON.parse(text), digest, size: Buffer.byteLength(text) };
  }

  async blob(repository: string, digest: string): Promise<string> {
    const answer = await this.ask(`v2/${repository}/blobs/${digest}`);
    if (!answer.ok) throw new Error(`${repository}@${digest}: ${answer.status}`);
    return answer.text();
  }

  /** Puts a manifest under a tag, as a tool would that is none of ours; its parts are there. */
  async put(repository: string, tag: string, manifest: { mediaType: string }): Promise<string> {
    const body = JSON.stringify({ schemaVersion: 2, ...manifest });
    const headers = { "content-type": manifest.mediaType };
    const answer = await this.ask(`v2/${repository}/manifests/${tag}`, headers, "PUT", body);
    if (!answer.ok) throw new Error(`${repository}:${tag}: ${answer.status}`);
    return answer.headers.get("docker-content-digest")!;
  }

  /** Returns its digest. */
  async upload(repository: string, content: string): Promise<string> {
    const begun = await this.ask(`v2/${repository}/blobs/uploads/`, {}, "POST");
    const url = new URL(begun.headers.get("location")!, `http://${this.address}`);
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    url.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const answer = await this.ask(`${url.pathname}${url.search}`.slice(1), headers, "PUT", content);
    if (!answer.ok) throw new Error(`${repository}: ${answer.status}`);
    return digest;
  }

  /** Frees what no manifest uses, as its keeper does from time to time: it stands still meanwhile. */
  async collectGarbage(): Promise<void> {
    this.stop();
    await execa("docker-registry", ["garbage-collect", join(this.folder, "config.yml")]);
    await this.resume();
  }

  /** Whether the content still takes space. */
  stores(digest: string): boolean {
    const hex = digest.replace("sha256:", "");
    const blobs = join(this.folder, "data/docker/registry/v2/blobs/sha256");
    return existsSync(join(blobs, hex.slice(0, 2), hex));
  }

  /** The registry forgets what a tag or digest means. */
  async forget(repository: string, digest: string): Promise<void> {
    const answer = await this.ask(`v2/${repository}/manifests/${digest}`, {}, "DELETE");
    if (!answer.ok) throw new Error(`${repository}@${digest}: ${answer.status}`);
  }

  async digest(repository: string, tag: string): Promise<string> {
    const answer = await this.ask(`v2/${repository}/manifests/${tag}`, {}, "HEAD");
    return answer.headers.get("docker-content-digest")!;
  }

  /** What one tag means, under another one too. */
  async retag(repository: string, from: string, to: string): Promise<void> {
    const found = await this.ask(`v2/${repository}/manifests/${from}`);
    const type = { "content-type": found.headers.get("content-type")! };
    const path = `v2/${repository}/manifests/${to}`;
    const answer = await this.ask(path, type, "PUT", await found.text());
    if (!answer.ok) throw new Error(`${repository}:${to}: ${answer.status}`);
  }

  private ask(path: string, more: object = {}, method = "GET", body?: string): Promise<Response> {
    const login = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString("base64");
    const headers = {
      authorization: `Basic ${login}`,
      accept: MANIFESTS.join(", "),
      ...more,
    };
    return fetch(`http://${this.address}/${path}`, { method, headers, ...(body ? { body } : {}) });
  }
}
