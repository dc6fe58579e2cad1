import { createHash } from "crypto";
import { type Challenge, challengeOf } from "./challenge";

/** Seconds that one answer of a registry may take. */
const TIMEOUT = 30;
/** To where its blobs lie, and from there on. */
const REDIRECTS = 5;
/** Lists come in pages; one that never ends is no list. */
const PAGES = 1000;

/** How requests travel. Another one reaches a registry that only the Docker host can. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

export interface Credentials {
  username: string;
  password: string;
}

/** What the registry said instead of yes. */
export class RegistryRefusal extends Error {
  constructor(
    readonly status: number,
    /** As the distribution spec has them, for example UNSUPPORTED; absent when it is none of its answers. */
    readonly code: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** The HTTP API of a registry (OCI distribution 1.1, Docker v2), as far as a prune needs it. */
export class RegistryClient {
  private readonly base: string;
  /** What a request of this kind was let in with. */
  private readonly tickets = new Map<string, string>();

  /** `address`: host, with port where there is one. */
  constructor(
    readonly address: string,
    private readonly login?: Credentials,
    private readonly send: Send = fetch,
  ) {
    // Docker's own name for it is not where it answers.
    const host = /^(index\.)?docker\.io$/.test(address) ? "registry-1.docker.io" : address;
    this.base = `${isLoopback(address) ? "http" : "https"}://${host}`;
  }

  /** Undefined where there is no such repository. */
  tags(repository: string): Promise<string[] | undefined> {
    return this.list(`/v2/${repository}/tags/list`, "tags");
  }

  /** All of the registry; undefined where it does not tell. */
  async repositories(): Promise<string[] | undefined> {
    return this.list("/v2/_catalog", "repositories").catch((error: unknown) => {
      if (error instanceof RegistryRefusal) return undefined;
      throw error;
    });
  }

  /** What a tag means; undefined when there is no such tag. */
  async digest(repository: string, tag: string): Promise<string | undefined> {
    const path = `/v2/${repository}/manifests/${tag}`;
    const answer = await this.found("HEAD", path);
    const told = answer?.headers.get("docker-content-digest") ?? undefined;
    if (answer === undefined || told !== undefined) return told;
    const whole = await this.found("GET", path);
    return whole && digestOf(Buffer.from(await whole.arrayBuffer()));
  }

  /** A manifest or blob as JSON, checked against its digest; undefined where there is none. */
  async json(
    repository: string,
    kind: "manifests" | "blobs",
    digest: string,
  ): Promise<unknown | undefined> {
    const path = `/v2/${repository}/${kind}/${digest}`;
    const answer = await this.found("GET", path);
    if (answer === undefined) return undefined;
    const body = Buffer.from(await answer.arrayBuffer());
    if (digestOf(body) !== digest) throw new Error(`${path}: what came is something else`);
    return JSON.parse(body.toString("utf8"));
  }

  /** false: it was not there. @throws RegistryRefusal */
  async remove(repository: string, digest: string): Promise<boolean> {
    const path = `/v2/${repository}/manifests/${digest}`;
    return (await this.found("DELETE", path)) !== undefined;
  }

  private async list(path: string, key: string): Promise<string[] | undefined> {
    const found: string[] = [];
    let next: string | undefined = `${path}?n=1000`;
    for (let page = 0; next !== undefined; page += 1) {
      if (page === PAGES) throw new Error(`${path}: the list does not end`);
      const answer = await this.found("GET", next);
      if (answer === undefined) return undefined;
      const body = (await answer.json()) as Record<string, string[] | null | undefined>;
      found.push(...(body[key] ?? []));
      next = nextOf(answer, `${this.base}${next}`);
    }
    return found;
  }

  /** Undefined for 404; any other answer than yes is an error. */
  private async found(method: string, path: string): Promise<Response | undefined> {
    const answer = await this.admitted(method, path);
    if (answer.ok) return answer;
    const refusal = await this.refusal(answer, `${method} ${path.replace(/\?.*/, "")}`);
    if (answer.status !== 404) throw refusal;
    return undefined;
  }

  /** With what let the last such request in; when that does not do, with what the registry asks for. */
  private async admitted(method: string, path: string): Promise<Response> {
    const repository = /^\/v2\/(.+)\/(tags|manifests|blobs)\//.exec(path)?.[1] ?? "";
    const kind = `${method === "DELETE" ? "DELETE" : "GET"} ${repository}`;
    const answer = await this.followed(method, path, this.tickets.get(kind));
    if (answer.status !== 401) return answer;
    const ticket = await this.ticket(challengeOf(answer.headers.get("www-authenticate") ?? ""));
    if (ticket === undefined) return answer;
    this.tickets.set(kind, ticket);
    return this.followed(method, path, ticket);
  }

  private async ticket(challenge: Challenge | undefined): Promise<string | undefined> {
    const basic = this.login && `Basic ${base64(`${this.login.username}:${this.login.password}`)}`;
    if (challenge?.scheme === "basic") return basic;
    if (challenge?.scheme !== "bearer") return undefined;
    const { realm, service, scope } = challenge.parameters;
    const url = new URL(realm ?? "");
    assertSafe(url);
    if (service !== undefined) url.searchParams.set("service", service);
    for (const one of scope?.split(" ") ?? []) url.searchParams.append("scope", one);
    const answer = await this.one("GET", url, basic);
    if (!answer.ok) throw await this.refusal(answer, `GET ${url.origin}${url.pathname}`);
    const body = (await answer.json()) as { token?: string; access_token?: string };
    const token = body.token ?? body.access_token;
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  /** A login is for the registry alone: where a blob lies elsewhere, it is fetched without. */
  private async followed(method: string, path: string, ticket?: string): Promise<Response> {
    let url = new URL(path, this.base);
    for (let hop = 0; hop <= REDIRECTS; hop += 1) {
      const isRegistry = url.origin === this.base;
      const answer = await this.one(method, url, isRegistry ? ticket : undefined);
      const location = answer.headers.get("location");
      const moves = answer.status >= 300 && answer.status < 400 && location !== null;
      if (!moves || method === "DELETE") return answer;
      url = new URL(location, url);
      assertSafe(url);
    }
    throw new Error(`${method} ${path}: redirected without an end`);
  }

  private async one(method: string, url: URL, authorization?: string): Promise<Response> {
    try {
      return await this.send(url.href, {
        method,
        redirect: "manual",
        headers: { accept: `${MANIFESTS}, */*`, ...(authorization ? { authorization } : {}) },
        signal: AbortSignal.timeout(TIMEOUT * 1000),
      });
    } catch (error) {
      const { message, cause } = error as Error & { cause?: Error };
      throw new Error(`${url.host}: ${this.masked(cause?.message ?? message)}`);
    }
  }

  private async refusal(answer: Response, asked: string): Promise<RegistryRefusal> {
    const text = this.masked(await answer.text());
    const { errors } = jsonOf(text) as { errors?: { code?: string; message?: string }[] };
    const [first] = Array.isArray(errors) ? errors : [];
    const words = [first?.code, first?.message].filter(Boolean).join(": ");
    const told = words || answer.statusText || "refused";
    return new RegistryRefusal(
      answer.status,
      first?.code,
      this.masked(`${asked}: ${answer.status} ${told}`),
    );
  }

  /** Some servers quote what they were sent. */
  private masked(text: string): string {
    if (this.login === undefined) return text;
    const { username, password } = this.login;
    const secrets = [base64(`${username}:${password}`), password].filter((one) => one !== "");
    return secrets.reduce((so, secret) => so.split(secret).join("[secret]"), text);
  }
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

const digestOf = (body: Buffer) => `sha256:${createHash("sha256").update(body).digest("hex")}`;

/** As Docker has it: a registry there may do without https. */
export const isLoopback = (address: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(address);

function assertSafe(url: URL): void {
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.host));
  if (!isSafe) throw new Error(`${url.origin}: the registry sends there, and it is not https`);
}

/** Path and query of `Link: <...>; rel="next"`, which stays with the registry. */
function nextOf(answer: Response, from: string): string | undefined {
  const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.headers.get("link") ?? "")?.[1];
  if (link === undefined) return undefined;
  const url = new URL(link, from);
  if (url.origin !== new URL(from).origin) throw new Error(`${from}: its next page is elsewhere`);
  return `${url.pathname}${url.search}`;
}

function jsonOf(text: string): object {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
