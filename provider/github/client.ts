import { Refusal } from "../platform";

/** What little of GitHub the plugin for it does not do: who somebody is, whether a repository is there. */

const OWN = "https://api.github.com";
/** Milliseconds for one answer. */
const TIMEOUT = 15_000;

/** Where the API of a server is; undefined: of GitHub itself. Data residency has it on a host of its own. */
export function apiOf(server: string | undefined): string {
  if (server === undefined) return OWN;
  const { protocol, host } = new URL(server);
  return host.endsWith(".ghe.com") ? `${protocol}//api.${host}` : `${protocol}//${host}/api/v3`;
}

/** What only another token could do. */
export class TokenRefusal extends Refusal {}
/** What is well again by itself. */
export class Unavailable extends Refusal {}

const PATH = "slipway:github";
const TOKEN_FAULTS: Record<number, string> = {
  401: "GitHub does not know the token",
  403: "the token may not do this",
};

export interface Answer {
  status: number;
  /** What GitHub says of it; undefined for an empty answer. */
  body: Record<string, unknown> | undefined;
}

/** GitHub's REST API, as far as it is asked here. */
export class GithubClient {
  private readonly api: string;

  constructor(
    server: string | undefined,
    private readonly token: string | undefined,
  ) {
    this.api = apiOf(server);
  }

  /** The answer, where its status is one of those expected. @throws Refusal in words for people */
  async ask(
    path: string,
    expected: readonly number[] = [200],
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" = "GET",
    body?: object,
  ): Promise<Answer> {
    const answer = await this.answer(path, method, body);
    if (expected.includes(answer.status)) return answer;
    const { status, body: said } = answer;
    const given = `${method} ${path}: ${String(said?.message ?? "no reason is given")}`;
    // It is told as forbidden, and its end in a header.
    const isLimited = status === 429 || (status === 403 && /rate limit/i.test(given));
    if (isLimited || status >= 500) {
      const what = isLimited ? "GitHub has been asked too often" : `GitHub answers ${status}`;
      throw new Unavailable([{ path: PATH, what, given, cure: "Try again later" }]);
    }
    if (status === 403 && /upgrade to/i.test(given)) {
      const what = "GitHub's plan for this repository does not have it";
      throw new Refusal([{ path: PATH, what, given, cure: "Take it out of slipway:github" }]);
    }
    const what = TOKEN_FAULTS[status];
    if (what !== undefined) throw new TokenRefusal([{ path: PATH, what, given, cure: TOKEN }]);
    throw new Refusal([{ path: PATH, what: `GitHub answers ${status}`, given }]);
  }

  private async answer(path: string, method: string, body?: object): Promise<Answer> {
    return fetch(`${this.api}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        "user-agent": "slipway",
        "x-github-api-version": "2022-11-28",
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT),
    })
      .then(async (response) => ({ status: response.status, body: parsed(await response.text()) }))
      .catch((error: Error) => {
        const why = (error.cause as Error | undefined)?.message ?? error.message;
        throw new Unavailable([
          {
            path: PATH,
            what: "GitHub does not answer",
            given: `${this.api} (${why})`,
            cure: "Try again, or leave slipway:github as it was: GitHub is asked only when that is to change",
          },
        ]);
      });
  }
}

export const TOKEN =
  "Give one that may administer the repository: GITHUB_TOKEN, or pulumi config set --path slipway:github.token NAME_OF_A_SECRET. A workflow's own token may not";

function parsed(text: string): Answer["body"] {
  try {
    return JSON.parse(text) as Answer["body"];
  } catch {
    return undefined;
  }
}
