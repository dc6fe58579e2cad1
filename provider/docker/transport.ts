import * as fs from "fs";
import * as http from "http";
import * as net from "net";
import * as path from "path";
import type { Duplex } from "stream";
import { PassThrough } from "stream";
import * as tls from "tls";
import Docker from "dockerode";
import * as tar from "tar-stream";
import { withTimeout } from "../timeout";
import { isSsh } from "../../spec/ssh";
import type { Answer } from "../platform";
import { ssh } from "./ssh";

/** At once over one ssh connection: sshd allows ten (its MaxSessions), and the docker plugin has its own. */
const SSH_CONVERSATIONS = 6;

/** Seconds in which a port that is closed says so. */
const LISTENS_TIMEOUT = 5;

const LOOPBACK = "127.0.0.1";
/** Docker's words for "each address". */
const ANY_ADDRESS = /^(0\.0\.0\.0|::|)$/;

/** One way to a Docker engine, whatever the host: unix socket, TCP or ssh. */
export class Transport {
  readonly docker: Docker;
  /** The same engine, for conversations that last: each is apart from all others, however many there are. */
  readonly lasting: Docker;

  constructor(readonly host: string) {
    this.docker = connect(host);
    this.lasting = isSsh(host) ? overSsh(host, true) : this.docker;
  }

  /** A stream to a port of the host, on its loopback unless one address of it is named. */
  dial(port: number, named = LOOPBACK): Duplex {
    const address = ANY_ADDRESS.test(named) ? LOOPBACK : named;
    const bracketed = address.includes(":") ? `[${address}]` : address;
    if (isSsh(this.host)) return ssh(this.host, ["-W", `${bracketed}:${port}`]);
    return net.connect(
      port,
      this.host.startsWith("tcp://") ? new URL(this.host).hostname : address,
    );
  }

  /** Whether a port takes connections. ssh says only that one does not: what is silent for a while does. */
  async listens(port: number, address: string): Promise<boolean> {
    const stream = this.dial(port, address);
    try {
      return await new Promise<boolean>((resolve) => {
        stream.on("connect", () => resolve(true));
        stream.on("error", () => resolve(false));
        stream.on("close", () => resolve(false));
        setTimeout(() => resolve(isSsh(this.host)), LISTENS_TIMEOUT * 1000).unref();
      });
    } finally {
      stream.destroy();
    }
  }

  /** GET by way of `dial`. Throws when nothing answers within `timeout` seconds. */
  get(port: number, url: string, timeout: number, hostHeader?: string): Promise<Answer> {
    return this.request(port, url, timeout, { headers: hostHeader ? { host: hostHeader } : {} });
  }

  /**
   * As `get`, with any method and headers, at any address of the host; with a server's name by https, whoever has
   * signed its certificate.
   */
  async request(
    port: number,
    url: string,
    timeout: number,
    {
      method = "GET",
      headers = {},
      address,
      servername,
    }: {
      method?: string;
      headers?: Record<string, string>;
      address?: string;
      servername?: string;
    },
  ): Promise<Answer & { headers: http.IncomingHttpHeaders }> {
    const begin = Date.now();
    const agent = streamAgent(() => {
      const stream = this.dial(port, address);
      return servername === undefined ? stream : secured(stream, servername);
    });
    try {
      return await new Promise((resolve, reject) => {
        const request = http.request(
          { method, path: url, host: LOOPBACK, port, agent, headers },
          (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", reject);
            response.on("end", () =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: Buffer.concat(chunks).toString("utf8"),
                took: Date.now() - begin,
              }),
            );
          },
        );
        request.on("error", reject);
        request.end();
        request.setTimeout(timeout * 1000);
        setTimeout(
          () => request.destroy(new Error(`no answer within ${timeout} s`)),
          timeout * 1000,
        ).unref();
      });
    } finally {
      agent.destroy();
    }
  }

  /** Runs a command in a container and collects what it writes. */
  async exec(container: string, command: string[]): Promise<{ exitCode: number; output: string }> {
    const exec = await this.docker
      .getContainer(container)
      .exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({});
    const both = new PassThrough();
    const chunks: Buffer[] = [];
    both.on("data", (chunk: Buffer) => chunks.push(chunk));
    this.docker.modem.demuxStream(stream, both, both);
    await new Promise<void>((resolve, reject) => {
      stream.on("end", resolve);
      stream.on("close", resolve);
      stream.on("error", reject);
    });
    const { ExitCode } = await exec.inspect();
    return { exitCode: ExitCode ?? -1, output: Buffer.concat(chunks).toString("utf8").trim() };
  }

  /** The files below a path of a container, running or not: name relative to that path's parent -> content. */
  async readArchive(container: string, from: string): Promise<Map<string, string>> {
    let stream: NodeJS.ReadableStream;
    try {
      stream = await this.docker.getContainer(container).getArchive({ path: from });
    } catch (error) {
      if (isNotFound(error)) return new Map();
      throw error;
    }
    const files = new Map<string, string>();
    const extract = stream.pipe(tar.extract());
    for await (const entry of extract) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      if (entry.header.type === "file") {
        files.set(entry.header.name, Buffer.concat(chunks).toString("utf8"));
      }
    }
    return files;
  }

  /** Puts files into a container, running or not; folders are made as needed. */
  async writeArchive(
    container: string,
    into: string,
    files: Record<string, string>,
  ): Promise<void> {
    const pack = tar.pack();
    const folders = new Set<string>();
    for (const name of Object.keys(files)) {
      const parts = path.posix
        .dirname(name)
        .split("/")
        .filter((part) => part !== ".");
      parts.forEach((_part, index) => folders.add(parts.slice(0, index + 1).join("/")));
    }
    for (const name of [...folders].sort()) pack.entry({ name, type: "directory", mode: 0o755 });
    for (const [name, content] of Object.entries(files)) pack.entry({ name, mode: 0o644 }, content);
    pack.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of pack) chunks.push(chunk as Buffer);
    await this.docker.getContainer(container).putArchive(Buffer.concat(chunks), { path: into });
  }
}

export function isNotFound(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}

/** The engine of the machine that this runs on; `undefined` when none answers. */
export async function localEngine(): Promise<Docker | undefined> {
  const named = process.env.DOCKER_HOST ?? "";
  const host = named.startsWith("unix://") ? named : "unix:///var/run/docker.sock";
  const { docker } = new Transport(host);
  return withTimeout("this machine's engine", docker.ping()).then(
    () => docker,
    () => undefined,
  );
}

function connect(host: string): Docker {
  if (host.startsWith("unix://")) return new Docker({ socketPath: host.slice("unix://".length) });
  if (isSsh(host)) return overSsh(host, false);
  const url = new URL(host.replace(/^tcp:/, "http:"));
  const certificates = process.env.DOCKER_CERT_PATH;
  const read = (name: string) => fs.readFileSync(path.join(certificates ?? "", name));
  return new Docker({
    host: url.hostname,
    port: Number(url.port || (certificates ? 2376 : 2375)),
    protocol: certificates ? "https" : "http",
    ...(certificates ? { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") } : {}),
  });
}

function secured(socket: Duplex, servername: string): Duplex {
  const secure = tls.connect({ socket, servername, rejectUnauthorized: false });
  socket.on("error", (error) => secure.destroy(error));
  return secure;
}

function overSsh(host: string, alone: boolean): Docker {
  const open = () => ssh(host, ["docker", "system", "dial-stdio"], alone);
  const agent = streamAgent(open, alone ? Infinity : SSH_CONVERSATIONS);
  const options = { host: "docker", port: 80, protocol: "http", agent };
  return new Docker(options as Docker.DockerOptions);
}

/** An HTTP agent over any stream; http asks of a socket what a plain stream does not have. */
function streamAgent(open: () => Duplex, maxSockets = Infinity): http.Agent {
  const agent = new http.Agent({ keepAlive: false, maxSockets });
  const socketLike = {
    setKeepAlive: () => {},
    setNoDelay: () => {},
    setTimeout: () => {},
    ref: () => {},
    unref: () => {},
  };
  (agent as unknown as { createConnection: () => Duplex }).createConnection = () => {
    const stream = open();
    return stream instanceof net.Socket ? stream : Object.assign(stream, socketLike);
  };
  return agent;
}
