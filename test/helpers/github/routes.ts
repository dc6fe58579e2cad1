import { type Repository, ROLES, type State } from "./state";

/** admin: a person's token. job: the token that a workflow's job is given. nobody: no token. */
export type Caller = "admin" | "job" | "nobody";

/** A request that the description knows. */
export interface Asked {
  state: State;
  caller: Caller;
  path: string;
  /** Of the path, decoded. */
  parameters: Record<string, string>;
  query: URLSearchParams;
  body: any;
  /** Where the stand-in is, without a slash at the end. */
  base: string;
  /** That the path names; what names none does not look at it. */
  repository: Repository;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Who is let in; what is private is seen by its own only. */
type Who = "anyone" | "push" | "manage" | "person";

export interface Route {
  who: Who;
  answer: (asked: Asked) => Answer;
}

/** Operation, as the description names it -> what becomes of it. */
export type Routes = Record<string, Route>;

const route = (who: Who) => (answer: Route["answer"]) => ({ who, answer });

export const anyone = route("anyone");
/** Who may write to the repository. */
export const push = route("push");
/** Its administrators: no permission that a job can be given reaches so far. */
export const manage = route("manage");
export const person = route("person");

/** Throws if the one who asks may not. */
export function admit({ who }: Route, { caller, repository }: Asked, isChange: boolean): void {
  if (who !== "anyone") {
    if (caller === "nobody") throw new Refusal(401, "Requires authentication");
    if (caller === "job") throw new Refusal(403, "Resource not accessible by integration");
    const isAllowed = (role: Repository["role"]) =>
      ROLES.indexOf(repository.role) <= ROLES.indexOf(role);
    if (who === "manage" && !isAllowed("admin"))
      throw new Refusal(403, "Must have admin rights to Repository.");
    if (who === "push" && !isAllowed("push")) throw notFound();
  }
  if (isChange && repository?.archived)
    throw new Refusal(403, "Repository was archived so is read-only.");
}

const DOCS = "https://docs.github.com/rest";

/** Thrown by what answers: GitHub says no. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(status: number, message: string, errors?: object[] | string[]) {
    super(message);
    const body = { message, ...(errors ? { errors } : {}), documentation_url: DOCS };
    this.answer = { status, body: { ...body, status: `${status}` } };
  }
}

export const notFound = () => new Refusal(404, "Not Found");

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
}

/** In the form that forms have. */
export const invalid = (resource: string, field: string, code: string, message?: string) =>
  new Refusal(422, "Validation Failed", [
    { resource, code, field, ...(message ? { message } : {}) },
  ]);

/** 204, as after each change that answers nothing. */
export const done: Answer = { status: 204 };

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });

export function known<T>(value: T | undefined): T {
  if (value === undefined) throw notFound();
  return value;
}

/** The page that is asked for, with links to the others. */
export function page<T, U>(
  asked: Asked,
  items: Iterable<T>,
  body: (items: T[], total: number) => U,
  size = 30,
): Answer {
  const all = [...items];
  const per = Math.min(Number(asked.query.get("per_page") ?? size), 100);
  const at = Number(asked.query.get("page") ?? 1);
  const last = Math.max(Math.ceil(all.length / per), 1);
  const link = (rel: string, to: number) => {
    const query = new URLSearchParams(asked.query);
    query.set("page", `${to}`);
    return `<${asked.base}${asked.path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(at > 1 ? [link("prev", at - 1), link("first", 1)] : []),
    ...(at < last ? [link("next", at + 1), link("last", last)] : []),
  ];
  return {
    ...ok(body(all.slice((at - 1) * per, at * per), all.length)),
    ...(links.length > 0 ? { headers: { link: links.join(", ") } } : {}),
  };
}
