import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { clusterOf } from "../../spec/place";
import { Refusal } from "../platform";

/** Milliseconds that an answer may take. */
const TIMEOUT = 10_000;

/** An object of the API, as far as everybody needs it. */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    uid?: string;
    generation?: number;
    creationTimestamp?: string | Date;
    deletionTimestamp?: string | Date;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

/** What the API server answered instead of doing it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export const isNotFound = (error: unknown) => error instanceof ApiError && error.status === 404;
export const isConflict = (error: unknown) => error instanceof ApiError && error.status === 409;

/** All at a path; undefined where it may not be asked, or the cluster knows no such thing. */
export async function readable<T>(client: Client, path: string): Promise<T[] | undefined> {
  try {
    return (await client.get<{ items: T[] }>(path)).items;
  } catch (error) {
    if (error instanceof ApiError && [403, 404].includes(error.status)) return undefined;
    throw error;
  }
}

export interface RawAnswer {
  status: number;
  body: string;
}

/**
 * The API server, as kubectl finds it: KUBECONFIG or ~/.kube/config, its contexts, certificates, tokens and exec plugins.
 * Plain paths and JSON, for each question of ours is one request.
 */
export class Client {
  readonly namespace: string;
  private readonly context: string | undefined;
  private config?: Promise<KubeConfig>;
  /** One for all requests: each connection begins with a handshake. */
  private agent?: https.Agent;

  constructor(host: string) {
    const { context, namespace } = clusterOf(host);
    this.namespace = namespace;
    this.context = context;
  }

  /** `/api/v1/namespaces/<namespace>/<path>`; with a group `/apis/<group>/…`. */
  path(path: string, group?: string): string {
    const base = group === undefined ? "/api/v1" : `/apis/${group}`;
    return `${base}/namespaces/${this.namespace}/${path}`;
  }

  get = <T>(path: string): Promise<T> => this.json<T>("GET", path);

  /** Undefined where there is none. */
  find<T>(path: string): Promise<T | undefined> {
    return this.get<T>(path).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  async list<T>(path: string, selector: string): Promise<T[]> {
    const query = `labelSelector=${encodeURIComponent(selector)}`;
    return (await this.get<{ items: T[] }>(`${path}?${query}`)).items;
  }

  create = <T>(path: string, body: object): Promise<T> => this.json<T>("POST", path, body);

  /** Merges: a key that is null goes. */
  patch = <T>(path: string, body: object): Promise<T> =>
    this.json<T>("PATCH", path, body, "application/merge-patch+json");

  /** Whether it was there. */
  remove(path: string): Promise<boolean> {
    const body = { propagationPolicy: "Background" };
    return this.json("DELETE", path, body).then(
      () => true,
      (error: unknown) => {
        if (isNotFound(error)) return false;
        throw error;
      },
    );
  }

  /** Whatever it answers, as it is. */
  async raw(path: string, timeout = TIMEOUT): Promise<RawAnswer> {
    return this.send("GET", path, undefined, undefined, timeout);
  }

  /** Of the kubeconfig, for what speaks more than HTTP: exec, port-forward. */
  async kubeConfig(): Promise<KubeConfig> {
    this.config ??= load(this.context);
    return this.config;
  }

  private async json<T>(method: string, path: string, body?: object, type?: string): Promise<T> {
    const { status, body: text } = await this.send(method, path, body, type, TIMEOUT);
    if (status < 300) return JSON.parse(text) as T;
    if (status === 401) throw await this.unknown();
    throw refusal(status, text, `${method} ${path.replace(/\?.*/, "")}`);
  }

  private async unknown(): Promise<Refusal> {
    const config = await this.kubeConfig();
    const user = config.getCurrentUser()?.name;
    return new Refusal([
      {
        path: "KUBECONFIG",
        what: `the cluster at ${config.getCurrentCluster()!.server} does not know who asks`,
        given: `context ${config.getCurrentContext()}${user === undefined ? "" : `, user ${user}`}`,
        cure: "Its credentials are wrong, or have expired: kubectl auth whoami tells the same",
      },
    ]);
  }

  private async send(
    method: string,
    path: string,
    body: object | undefined,
    type = "application/json",
    timeout: number,
  ): Promise<RawAnswer> {
    const config = await this.kubeConfig();
    const server = config.getCurrentCluster()!.server;
    const options: https.RequestOptions = { method, timeout };
    await config.applyToHTTPSOptions(options);
    this.agent ??= keepingAlive(options.agent as https.Agent);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(options.headers as Record<string, string>),
      accept: "application/json",
      // Its length too: Node tells none for a DELETE, and what follows would be taken for the next request.
      ...(text === undefined
        ? {}
        : { "content-type": type, "content-length": Buffer.byteLength(text) }),
    };
    return new Promise((resolve, reject) => {
      const url = new URL(server.replace(/\/$/, "") + path);
      const fail = (error: Error) =>
        reject(new Error(`the API server at ${server} does not answer: ${reasonOf(error)}`));
      const request = https.request(url, { ...options, headers, agent: this.agent }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
        );
        answer.on("error", fail);
      });
      request.on("timeout", () =>
        request.destroy(new Error(`no answer within ${timeout / 1000} s`)),
      );
      request.on("error", fail);
      request.end(text);
    });
  }
}

/** Loaded when the first question is asked: it is a large library. */
async function load(context: string | undefined): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromDefault();
  const contexts = config.getContexts().map(({ name }) => name);
  if (context !== undefined) {
    if (!contexts.includes(context)) {
      const path = "slipway:kubernetes.context";
      throw new Refusal([
        {
          path,
          what: "is no context of the kubeconfig (KUBECONFIG, else ~/.kube/config)",
          given: context,
          allowed: contexts.join(", ") || "it has none",
          cure: `pulumi config set --path ${path} NAME; or point KUBECONFIG at the file that has it`,
        },
      ]);
    }
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) {
    throw new Refusal([
      {
        path: "KUBECONFIG",
        what: "no cluster is known here: neither it nor ~/.kube/config has a context in use",
        given: process.env.KUBECONFIG ?? "not set",
        allowed: contexts.join(", ") || "no contexts are there",
        cure: "kubectl config use-context NAME; or pulumi config set --path slipway:kubernetes.context NAME; or point KUBECONFIG at another file",
      },
    ]);
  }
  return config;
}

/** Where several addresses were tried, only the code says something. */
const reasonOf = (error: NodeJS.ErrnoException) => error.message || error.code || "no reason";

function keepingAlive(agent: https.Agent): https.Agent {
  Object.assign(agent.options, { keepAlive: true });
  return Object.assign(agent, { keepAlive: true });
}

function refusal(status: number, text: string, what: string): ApiError {
  try {
    const { message, reason } = JSON.parse(text) as { message?: string; reason?: string };
    return new ApiError(status, reason ?? "", message ?? `${what} answered ${status}`);
  } catch {
    return new ApiError(status, "", `${what} answered ${status}: ${text.slice(0, 200)}`);
  }
}
