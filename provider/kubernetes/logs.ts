import { PassThrough } from "node:stream";
import { createInterface } from "node:readline";
import type { LogAsked, LogLine } from "../platform";
import type { Client } from "./client";
import { pathOf, type Pod } from "./workload";

/** A pod's log, line by line; its one container has the name of the service. */
export async function follow(
  client: Client,
  id: string,
  { lines, since, follow: goesOn }: LogAsked,
  signal: AbortSignal,
): Promise<AsyncIterable<LogLine>> {
  const pod = await client.get<Pod>(pathOf(client, id));
  const [{ Log }, config] = await Promise.all([
    import("@kubernetes/client-node"),
    client.kubeConfig(),
  ]);
  const stream = new PassThrough();
  const container = pod.status?.containerStatuses?.[0]?.name ?? "";
  const controller = await new Log(config).log(
    client.namespace,
    pod.metadata!.name!,
    container,
    stream,
    {
      follow: goesOn,
      timestamps: true,
      ...(lines === undefined ? {} : { tailLines: lines }),
      ...(since === undefined ? {} : { sinceTime: since }),
    },
  );
  signal.addEventListener("abort", () => {
    controller.abort();
    stream.end();
  });
  stream.on("error", () => {});
  return parsed(stream);
}

async function* parsed(stream: PassThrough): AsyncIterable<LogLine> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const space = line.indexOf(" ");
    // Kubernetes keeps both streams in one.
    if (space > 0)
      yield { at: line.slice(0, space), source: "stdout", text: line.slice(space + 1) };
  }
}
