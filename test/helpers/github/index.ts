import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answerFaults, operation, requestFaults } from "./description";
import { environments } from "./environments";
import { labels } from "./labels";
import { people } from "./people";
import { repositories } from "./repository";
import {
  admit,
  type Answer,
  type Asked,
  type Caller,
  notFound,
  parse,
  Refusal,
  type Routes,
} from "./routes";
import { rulesets } from "./rulesets";
import { secrets } from "./secrets";
import { find, newState, type Options, type State } from "./state";
import { variables } from "./variables";

export type { Environment, Options, Repository, State } from "./state";

const ROUTES: Routes = {
  ...people,
  ...repositories,
  ...environments,
  ...secrets,
  ...variables,
  ...labels,
  ...rulesets,
};

export interface Request {
  method: string;
  /** Without `/api/v3`; as it was sent, so still encoded. */
  path: string;
  query: string;
  body: unknown;
  status: number;
  token?: string;
}

export interface GitHub {
  /** With a slash at the end: what GITHUB_BASE_URL says. */
  readonly url: string;
  /** Of the first user, who administers all repositories. */
  readonly token: string;
  /** What a workflow's job is given, and may only read. */
  readonly readToken: string;
  /** All that were asked, in their order. */
  readonly requests: Request[];
  /** Where a request, or an answer of this stand-in, is not by GitHub's description: each was answered with a 500. */
  readonly violations: string[];
  readonly state: State;
  /** The clear value of a secret of owner/name, or of an environment there. */
  secret(repository: string, name: string, environment?: string): string | undefined;
  /** The next requests that match are answered so: a fault of GitHub's. */
  fail(method: string, path: RegExp, status: number, body?: object, times?: number): void;
  /** No faults any more. */
  heal(): void;
  stop(): Promise<void>;
}

interface Fault {
  method: string;
  path: RegExp;
  answer: Answer;
  times: number;
}

/** A request or an answer that is not by the description. */
class Violation extends Error {}

class StandIn implements GitHub {
  readonly token = "ghp_theTokenOfAPerson";
  readonly readToken = "ghs_theTokenOfAJob";
  readonly requests: Request[] = [];
  readonly violations: string[] = [];
  private readonly faults: Fault[] = [];

  constructor(
    readonly state: State,
    private readonly server: Server,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  secret(repository: string, name: string, environment?: string): string | undefined {
    const of = this.state.repositories.get(repository);
    const holder = environment === undefined ? of : of?.environments.get(environment);
    return holder?.secrets.get(name)?.value;
  }

  fail(method: string, path: RegExp, status: number, body?: object, times = 1): void {
    const { answer } = new Refusal(status, "The stand-in was told to fail");
    this.faults.push({ method, path, times, answer: body ? { status, body } : answer });
  }

  heal(): void {
    this.faults.splice(0);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What becomes of a request, in the order in which GitHub looks. */
  answer(message: IncomingMessage, text: string): Answer {
    const method = message.method ?? "GET";
    const url = new URL(message.url ?? "/", this.url);
    // An Enterprise Server has the API under its own host; the plugin takes each other host for one.
    const path = url.pathname.replace(/^\/api\/v3(?=\/)/, "");
    const token = message.headers.authorization?.replace(/^(bearer|token) /i, "");
    const request: Request = { method, path, query: url.search, body: text, status: 0, token };
    this.requests.push(request);
    const agent = message.headers["user-agent"];
    const answer = this.respond(request, url.searchParams, text, agent);
    const fresh = this.conditional(message, answer);
    request.status = fresh.status;
    return fresh;
  }

  private respond(request: Request, query: URLSearchParams, text: string, agent?: string): Answer {
    try {
      request.body = text === "" ? undefined : parse(text);
      if (!agent) throw new Refusal(403, "Please make sure your request has a User-Agent header");
      const fault = this.faults.find(
        (one) => one.times > 0 && one.method === request.method && one.path.test(request.path),
      );
      if (fault) {
        fault.times -= 1;
        return fault.answer;
      }
      return this.byDescription(request, query);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      const message = error instanceof Violation ? error.message : `${(error as Error).stack}`;
      const line = `${request.method} ${request.path}: ${message}`;
      // The plugin tries again what was answered with a 500.
      if (!this.violations.includes(line)) this.violations.push(line);
      return new Refusal(500, line).answer;
    }
  }

  private byDescription(request: Request, query: URLSearchParams): Answer {
    const asked = operation(request.method, this.byName(request.path));
    if (!asked) throw new Violation("no such operation in GitHub's description");
    const { body } = request;
    const wrong = requestFaults(asked, query, body);
    if (wrong.length > 0) throw new Violation(`request: ${wrong.join("; ")}`);
    const answer = this.play(asked.name, asked.parameters, request, query);
    const strange = answerFaults(asked, answer.status, answer.body);
    if (strange.length > 0) throw new Violation(`answer of the stand-in: ${strange.join("; ")}`);
    return answer;
  }

  /** Each path under a repository is there under its id too; the description does not say so, and the plugin asks so. */
  private byName(path: string): string {
    const [, id, rest = ""] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
    if (!id) return path;
    const found = [...this.state.repositories.values()].find((one) => one.id === Number(id));
    if (!found) throw notFound();
    return `/repos/${found.owner}/${found.name}${rest}`;
  }

  private play(
    name: string,
    parameters: Record<string, string>,
    { method, path, body, token }: Request,
    query: URLSearchParams,
  ): Answer {
    const route = ROUTES[name];
    if (!route) throw new Violation(`the stand-in does not know ${name}`);
    const { state } = this;
    const callers = new Map<string | undefined, Caller>([
      [undefined, "nobody"],
      [this.token, "admin"],
      [this.readToken, "job"],
    ]);
    const caller = callers.get(token);
    const base = this.url.slice(0, -1);
    try {
      if (!caller) throw new Refusal(401, "Bad credentials");
      const asked = { state, caller, path, parameters, query, body, base } as Asked;
      if (parameters.repo !== undefined) asked.repository = this.visible(asked);
      admit(route, asked, method !== "GET");
      return route.answer(asked);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }

  private visible({ state, caller, parameters }: Asked) {
    const found = find(state.repositories, `${parameters.owner}/${parameters.repo}`);
    const full = `${found?.owner}/${found?.name}`;
    const sees = caller === "admin" || (caller === "job" && full === state.job);
    if (!found || (found.private && !sees)) throw notFound();
    return found;
  }

  /** What has not changed since is not sent again. */
  private conditional({ method, headers }: IncomingMessage, answer: Answer): Answer {
    if (answer.body === undefined || answer.status >= 300) return answer;
    const hash = createHash("sha256").update(JSON.stringify(answer.body)).digest("hex");
    const etag = `W/"${hash}"`;
    const isSame = method === "GET" && headers["if-none-match"] === etag;
    return {
      ...(isSame ? { status: 304 } : answer),
      headers: { ...answer.headers, etag },
    };
  }
}

/** Never near its end: a plugin that waits for the next hour would be a test that hangs. */
const limits = () => ({
  "x-ratelimit-limit": "5000",
  "x-ratelimit-remaining": "4999",
  "x-ratelimit-used": "1",
  "x-ratelimit-reset": `${Math.floor(Date.now() / 1000) + 3600}`,
  "x-ratelimit-resource": "core",
});

/**
 * GitHub's REST API on this machine's loopback, with a state. Each request and each answer is held against GitHub's own
 * OpenAPI description, so a client that works with it says what GitHub takes, and understands what GitHub answers.
 * Without options: users ada (whose token it is) and grace, the organisation acme with its team operations, and the
 * public repository acme/shop.
 */
export async function startGitHub(options: Options = {}): Promise<GitHub> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { status, body, headers } = github.answer(request, Buffer.concat(parts).toString());
      const type = body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
      response.writeHead(status, { ...limits(), ...type, ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  const github = new StandIn(newState(options), server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return github;
}
