import { Agent, get } from "http";
import * as https from "https";

export interface Report {
  requests: number;
  /** What went wrong, a line each. */
  failures: string[];
  /** Answers by version. */
  versions: Record<string, number>;
  /** Milliseconds of the slowest request. */
  slowest: number;
}

export type Load = Parameters<typeof startLoad>[1];

const stops = new Set<() => Promise<unknown>>();

export async function stopAllLoads(): Promise<void> {
  await Promise.all([...stops].map((stop) => stop()));
}

/** Clients that ask `/` all the time; bounded in count and by `stop`. */
export function startLoad(
  port: number,
  {
    clients = 8,
    pause = 20,
    path = "/",
    host = "127.0.0.1",
    /** Ask by this name. */
    name = undefined as string | undefined,
    secure = false,
    /** A connection for many requests, as browsers do. */
    keepAlive = true,
    /** A connection that ends as its next request begins is no failure: that one is sent again, as browsers do. */
    insists = false,
    /** A redirect to this is an answer too. */
    redirect = undefined as string | undefined,
  } = {},
) {
  const protocol = secure ? https : { Agent, get };
  const agent = new protocol.Agent({ keepAlive, maxSockets: clients });
  // Whom to trust is another test's question.
  const asked = name
    ? { headers: { host: name }, servername: name, rejectUnauthorized: false }
    : {};
  const report: Report = { requests: 0, failures: [], versions: {}, slowest: 0 };
  let running = true;
  const limit = Date.now() + 300_000;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const begin = Date.now();
      const end = (failure?: string) => {
        report.requests++;
        report.slowest = Math.max(report.slowest, Date.now() - begin);
        if (failure) report.failures.push(`${new Date().toISOString()} ${failure}`);
        resolve();
      };
      const request = protocol.get({ host, port, path, agent, ...asked }, (response) => {
        let body = "";
        response.on("data", (chunk) => (body += chunk));
        response.on("error", (error) => end(error.message));
        response.on("end", () => {
          if (redirect !== undefined && response.headers.location === redirect) return end();
          if (response.statusCode !== 200)
            return end(`HTTP ${response.statusCode} ${body.slice(0, 80)}`);
          const version = /"version":\s*"([^"]*)"/.exec(body)?.[1] ?? "?";
          report.versions[version] = (report.versions[version] ?? 0) + 1;
          return end();
        });
      });
      request.setTimeout(10_000, () => request.destroy(new Error("no answer in 10 s")));
      request.on("error", (error: NodeJS.ErrnoException) => {
        const isLeftOver = request.reusedSocket && error.code === "ECONNRESET";
        if (insists && isLeftOver) return resolve(one());
        return end(error.message);
      });
    });
  const client = async () => {
    while (running && Date.now() < limit) {
      await one();
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  const stop = async (): Promise<Report> => {
    running = false;
    await all;
    agent.destroy();
    stops.delete(stop);
    return report;
  };
  stops.add(stop);
  return { report, stop };
}
