import { randomUUID } from "crypto";
import { Agent, request } from "http";

/** Where the application is reached, and what people do with it meanwhile. */
export interface Ledger {
  /** Texts whose row was confirmed. */
  confirmed: string[];
  /** Texts of requests that failed: the row may be there, or not. */
  unknown: string[];
  reads: number;
  /** What went wrong, with its time. */
  failures: { at: number; what: string }[];
  /** Versions that have answered. */
  versions: Set<string>;
}

/** Milliseconds between two requests of one client. */
const PAUSE = 50;

/** Writers and readers over keep-alive connections, until `stop`. */
export function startClients(port: number, writers: number, readers: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: writers + readers });
  const ledger: Ledger = {
    confirmed: [],
    unknown: [],
    reads: 0,
    failures: [],
    versions: new Set(),
  };
  let running = true;
  const failed = (error: Error) =>
    ledger.failures.push({ at: Date.now(), what: error.message.slice(0, 120) });
  const write = async () => {
    const text = randomUUID();
    try {
      await ask(agent, port, "POST", "/api/messages", 201, { author: "soak", text });
      ledger.confirmed.push(text);
    } catch (error) {
      ledger.unknown.push(text);
      failed(error as Error);
    }
  };
  const read = async () => {
    try {
      const body = await ask(agent, port, "GET", "/api/info", 200);
      ledger.versions.add((JSON.parse(body) as { version: string }).version);
      ledger.reads++;
    } catch (error) {
      failed(error as Error);
    }
  };
  const client = async (work: () => Promise<void>) => {
    while (running) {
      await work();
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  };
  const all = [
    ...Array.from({ length: writers }, () => client(write)),
    ...Array.from({ length: readers }, () => client(read)),
  ];
  const stop = async () => {
    running = false;
    await Promise.all(all);
    agent.destroy();
    return ledger;
  };
  return { ledger, stop };
}

/** One request; rejects unless it is answered with the wanted status within ten seconds. */
export function ask(
  agent: Agent,
  port: number,
  method: string,
  path: string,
  status: number,
  body?: unknown,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body ? { "content-type": "application/json" } : {};
    const sent = request({ host: "127.0.0.1", port, method, path, agent, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("error", reject);
      response.on("end", () =>
        response.statusCode === status
          ? resolve(text)
          : reject(new Error(`${method} ${path} answered ${response.statusCode}`)),
      );
    });
    sent.setTimeout(10_000, () => sent.destroy(new Error(`${method} ${path}: no answer in 10 s`)));
    sent.on("error", reject);
    sent.end(body ? JSON.stringify(body) : undefined);
  });
}
