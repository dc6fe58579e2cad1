import { request as ask } from "node:http";
import { Duplex, PassThrough } from "node:stream";
import type { Answer } from "../platform";
import type { Client, RawAnswer } from "./client";

/**
 * GET on a port of a pod. By the API server's proxy, which is one request; where that is kept out, by a NetworkPolicy or for
 * want of the right, by way of the pod's node, which arrives inside the pod. Both lead there from anywhere.
 *
 * @param timeout milliseconds
 */
export async function asked(
  client: Client,
  pod: string,
  port: number,
  path: string,
  timeout: number,
): Promise<Answer> {
  // What it takes to find the cluster is no time of the pod's.
  await client.kubeConfig();
  if (!isKeptOut) {
    const begin = Date.now();
    const proxied = client.path(`pods/${pod}:${port}/proxy${path}`);
    const answer = await client.raw(proxied, timeout).catch(() => undefined);
    if (answer && !KEPT_OUT.test(answer.body)) return { ...answer, took: Date.now() - begin };
  }
  const begin = Date.now();
  const answer = await forwarded(client, pod, port, path, timeout);
  // It answers, and the proxy did not come through: it need not be tried again.
  isKeptOut = true;
  return { ...answer, took: Date.now() - begin };
}

let isKeptOut = false;

/** The API server's own words, not the pod's. */
const KEPT_OUT = /"kind":\s?"Status"[\s\S]*(error trying to reach service|is forbidden)/;

/** By way of the node, over a connection of its own. */
export async function forwarded(
  client: Client,
  pod: string,
  port: number,
  path: string,
  timeout: number,
): Promise<RawAnswer> {
  const [{ PortForward }, config] = await Promise.all([
    import("@kubernetes/client-node"),
    client.kubeConfig(),
  ]);
  const [toPod, fromPod] = [new PassThrough(), new PassThrough()];
  const refused = new PassThrough();
  const way = await new PortForward(config).portForward(
    client.namespace,
    pod,
    [port],
    fromPod,
    refused,
    toPod,
  );
  const socket = Object.assign(Duplex.from({ readable: fromPod, writable: toPod }), SOCKET);
  try {
    return await new Promise<RawAnswer>((resolve, reject) => {
      refused.on("data", (why: Buffer) => reject(new Error(why.toString("utf8").trim())));
      socket.on("error", reject);
      const asked = ask(
        {
          path,
          timeout,
          headers: { host: `${pod}:${port}`, connection: "close" },
          createConnection: () => socket as never,
        },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("end", () =>
            resolve({
              status: answer.statusCode ?? 0,
              body: Buffer.concat(parts).toString("utf8"),
            }),
          );
        },
      );
      asked.on("error", reject);
      setTimeout(() => reject(new Error(`no answer within ${timeout / 1000} s`)), timeout).unref();
      asked.end();
    });
  } finally {
    socket.destroy();
    (typeof way === "function" ? way() : way)?.close();
  }
}

/** What an HTTP client asks of a socket besides. */
const SOCKET = {
  setKeepAlive: () => {},
  setNoDelay: () => {},
  setTimeout: () => {},
  ref: () => {},
  unref: () => {},
};
