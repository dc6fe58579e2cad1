import type { Transport } from "../docker/transport";
import type { Send } from "./client";

/** Seconds that one answer may take. */
const TIMEOUT = 30;

/** By way of a Docker host: to what listens on its loopback only. */
export const sendBy =
  (transport: Transport): Send =>
  async (url, { method = "GET", headers }) => {
    const { port, pathname, search } = new URL(url);
    const answer = await transport.request(Number(port || 80), `${pathname}${search}`, TIMEOUT, {
      method,
      headers: headers as Record<string, string>,
    });
    const init = { status: answer.status, headers: answer.headers as Record<string, string> };
    return new Response(answer.body === "" ? null : answer.body, init);
  };
