import type { Life } from "../life";
import { same } from "../values";
import type { GithubClient } from "./client";

/** Things that a repository has by name, and that GitHub makes only once. */
export interface Named<T extends object> {
  /** Of all of them, or of one. */
  path(...name: string[]): string;
  /** One as GitHub tells it, with what can be wanted of it. */
  told(body: Record<string, unknown>): T;
  /** GitHub's answer to a change. */
  changed: 200 | 204;
}

/** Those of these names that are there, as they are there. */
export async function thereOf<T extends object>(
  client: GithubClient,
  { path, told }: Named<T>,
  names: readonly string[],
): Promise<Record<string, T>> {
  const found = await Promise.all(
    names.map(async (name) => {
      const { status, body } = await client.ask(path(name), [200, 404]);
      return status === 404 ? [] : [[name, told(body ?? {})] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** Set, whether they are there or not; what is as it is wanted is left alone. */
export async function setAll<T extends object>(
  client: GithubClient,
  named: Named<T>,
  wanted: Record<string, T>,
  life: Life,
): Promise<void> {
  const there = await thereOf(client, named, Object.keys(wanted));
  for (const [name, one] of Object.entries(wanted)) {
    const found = there[name];
    await life.assertAlive();
    if (found === undefined) await client.ask(named.path(), [201], "POST", { name, ...one });
    else if (!same(found, one)) {
      await client.ask(named.path(name), [named.changed], "PATCH", one);
    }
  }
}
