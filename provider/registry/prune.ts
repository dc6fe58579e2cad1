import { RegistryClient, type Credentials, RegistryRefusal, type Send } from "./client";
import { contentsOf, type Contents } from "./contents";
import { cureOf } from "./kinds";
import { namedIn, type Server } from "./named";
import { unneededOf, type Prunable, type Rules, type Unneeded } from "./unneeded";

export { isLoopback, type Credentials } from "./client";
export { spaceOf } from "./kinds";
export { sendBy } from "./send";
export { namedIn, serverOf, type Server } from "./named";
export type { Prunable, Unneeded } from "./unneeded";

export interface Question {
  server: Server;
  login?: Credentials;
  /** Absent: from here, straight. */
  send?: Send;
  /** Whose images may go, each with the services that anybody knows of. */
  applications: Record<string, readonly string[]>;
  /** Records, states and descriptions, as they are: what they name stays. */
  texts: readonly string[];
  before: number;
  caches: boolean;
}

/** What may go from a registry. @throws when one answer is missing: then nothing may */
export async function unneededAt(question: Question): Promise<Unneeded> {
  const { server, texts, before, caches } = question;
  const client = clientOf(question);
  const named = namedIn(texts, server);
  const rules: Rules = {
    applications: Object.keys(question.applications),
    named,
    before,
    caches,
  };
  const contents: Contents[] = [];
  const refusals: RegistryRefusal[] = [];
  for (const repository of await repositoriesOf(client, question, [...named.keys()])) {
    const digests = [...(named.get(repository)?.digests ?? [])];
    try {
      const found = await contentsOf(client, repository, digests);
      if (found !== undefined) contents.push(found);
    } catch (error) {
      // Hosted ones say so of a repository that nothing was pushed to yet.
      if (named.has(repository) || !isDenied(error)) throw error;
      refusals.push(error);
    }
  }
  const [refusal] = refusals;
  if (contents.length === 0 && refusal !== undefined) throw refusal;
  return unneededOf(contents, rules);
}

const isDenied = (error: unknown): error is RegistryRefusal =>
  error instanceof RegistryRefusal && [401, 403].includes(error.status);

const clientOf = ({ server, login, send }: Question) =>
  new RegistryClient(server.address, login, send);

/** Those that can be of these applications. A service that nobody knows any more is found where the registry tells its list. */
async function repositoriesOf(
  client: RegistryClient,
  { server, applications }: Question,
  named: readonly string[],
): Promise<string[]> {
  const described = Object.entries(applications).flatMap(([application, services]) =>
    services.map((service) => `${server.prefix}${application}-${service}`),
  );
  const listed = (await client.repositories()) ?? [];
  const begins = Object.keys(applications).map((one) => `${server.prefix}${one}-`);
  const mayBe = (name: string) =>
    begins.some((begin) => name.startsWith(begin) && !name.slice(begin.length).includes("/"));
  return [...new Set([...described, ...named, ...listed])].filter(mayBe).sort();
}

export interface Removed {
  removed: Prunable[];
  /** What the registry did not let go, in its words, and what helps. */
  refused: { reference: string; reason: string; cure?: string }[];
}

/** Removes what was found, as far as a second look still finds it. */
export async function pruneAt(question: Question, agreed: Unneeded): Promise<Removed> {
  const client = clientOf(question);
  const key = ({ repository, digest }: Prunable) => `${repository}@${digest}`;
  const before = new Set(agreed.images.map(key));
  const now = await unneededAt(question);
  const result: Removed = { removed: [], refused: [] };
  for (const image of now.images.filter((one) => before.has(key(one)))) {
    try {
      for (const part of image.parts) await client.remove(image.repository, part);
      result.removed.push(image);
    } catch (error) {
      const reference = `${question.server.address}/${key(image)}`;
      const reason = (error as Error).message;
      const cure = error instanceof RegistryRefusal ? cureOf(question.server, error) : undefined;
      result.refused.push({ reference, reason, ...(cure === undefined ? {} : { cure }) });
      // It will not let go of the next one either.
      if (cure !== undefined) break;
    }
  }
  return result;
}
