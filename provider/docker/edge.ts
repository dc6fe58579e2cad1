import { HTTP_PORT, HTTPS_PORT } from "../../spec/defaults";
import { sampleHost } from "../../spec/names";
import type { Answer } from "../platform";
import type { Transport } from "./transport";

/** GET of an address at the edge's own port on the host, whatever the name leads to. */
export async function visitEdge(
  transport: Transport,
  edge: string,
  url: string,
  timeout: number,
): Promise<Answer> {
  const { protocol, hostname, host, port, pathname, search } = new URL(url);
  const isSecure = protocol === "https:";
  const wanted = port || String(isSecure ? HTTPS_PORT : HTTP_PORT);
  const { NetworkSettings } = await transport.docker.getContainer(edge).inspect();
  const bindings = Object.values(NetworkSettings.Ports).flatMap((some) => some ?? []);
  const published = bindings.find(({ HostPort }) => HostPort === wanted);
  if (!published) throw new Error(`the edge does not publish port ${wanted}`);
  return transport.request(Number(wanted), pathname + search, timeout, {
    headers: { host: host.replace(hostname, sampleHost(hostname)) },
    address: published.HostIp,
    ...(isSecure ? { servername: sampleHost(hostname) } : {}),
  });
}
