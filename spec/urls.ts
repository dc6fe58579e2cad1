import type { Reach, ReleaseContent } from "./types";

/** Where clients find a release that is reached so, on a machine that is asked for by this address; each once. */
export function urlsOf(
  machine: string,
  { hosts, tls }: Reach,
  { ingress }: Pick<ReleaseContent, "ingress">,
): string[] {
  // A cluster is reached by the names that lead to its Ingress; what else leads there, only it knows.
  if (machine.startsWith("kubernetes://")) {
    const names = [...new Set(ingress.flatMap((rule) => rule.host ?? hosts))];
    return names.map((name) => `${tls ? "https" : "http"}://${name}/`);
  }
  const address = machine.startsWith("unix://") ? "localhost" : new URL(machine).hostname;
  const urls = ingress.flatMap((rule) => {
    const names = rule.host ? [rule.host] : hosts.length > 0 ? hosts : [address];
    // Port 443 has the routes of the first one.
    const isSecure = tls !== undefined && rule.publishedPort === ingress[0]?.publishedPort;
    const port = isSecure || rule.publishedPort === 80 ? "" : `:${rule.publishedPort}`;
    return names.map((name) => `${isSecure ? "https" : "http"}://${name}${port}${rule.path}`);
  });
  return [...new Set(urls)];
}
