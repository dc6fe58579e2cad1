import * as tls from "tls";
import { HTTPS_PORT } from "../../spec/defaults";
import { sampleHost } from "../../spec/names";
import type { Certificate, HttpsFault } from "../platform";
import type { Transport } from "./transport";

/** Seconds for a handshake; the first one waits until the ACME server has looked at the name. */
const HANDSHAKE_TIMEOUT = 40;
/** Seconds for one that only looks. */
const LOOK_TIMEOUT = 10;
const UNPUBLISHED = `the edge does not publish port ${HTTPS_PORT}`;
/** Milliseconds after a failed handshake until the proxy has written why. */
const LOG_DELAY = 300;

/**
 * Asks for https under this name at the edge itself. Who has signed is not looked at: only what its ACME
 * server or the user gave it is there, and trials are signed by nobody that this machine knows.
 */
export async function httpsFault(
  transport: Transport,
  edge: string,
  host: string,
  log: () => Promise<string>,
): Promise<HttpsFault | undefined> {
  const published = await portOf(transport, edge);
  if (!published) return { seen: UNPUBLISHED, stale: false };
  const name = sampleHost(host);
  try {
    const certificate = await handshake(transport, published, name);
    const fault = faultOf(name, certificate);
    return fault === undefined ? undefined : { seen: fault, stale: false };
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, LOG_DELAY));
    return explained(host, await log(), (error as Error).message);
  }
}

/** The certificate that clients are shown under this name. Throws why there is none. */
export async function certificateFor(
  transport: Transport,
  edge: string,
  host: string,
  log: () => Promise<string>,
): Promise<Certificate> {
  const published = await portOf(transport, edge);
  if (!published) throw new Error(UNPUBLISHED);
  const name = sampleHost(host);
  const shown = handshake(transport, published, name, LOOK_TIMEOUT);
  const certificate = await shown.catch(async ({ message }: Error) => {
    throw new Error(explained(host, await log(), message).seen);
  });
  const fault = tls.checkServerIdentity(name, certificate)?.message;
  const until = new Date(certificate.valid_to).toISOString();
  return { until, ...(fault === undefined ? {} : { fault }) };
}

async function portOf({ docker }: Transport, edge: string) {
  const { NetworkSettings } = await docker.getContainer(edge).inspect();
  return NetworkSettings.Ports[`${HTTPS_PORT}/tcp`]?.[0];
}

async function handshake(
  transport: Transport,
  { HostPort, HostIp }: { HostPort: string; HostIp: string },
  servername: string,
  timeout = HANDSHAKE_TIMEOUT,
) {
  const stream = transport.dial(Number(HostPort), HostIp);
  const socket = tls.connect({ socket: stream, servername, rejectUnauthorized: false });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<tls.PeerCertificate>((resolve, reject) => {
      const late = () => reject(new Error(`no certificate within ${timeout} s`));
      timer = setTimeout(late, timeout * 1000);
      socket.on("secureConnect", () => resolve(socket.getPeerCertificate()));
      socket.on("error", reject);
      stream.on("error", reject);
      socket.on("close", () => reject(new Error("the edge closed the connection")));
    });
  } finally {
    clearTimeout(timer);
    socket.destroy();
    stream.destroy();
  }
}

export function faultOf(name: string, certificate: tls.PeerCertificate): string | undefined {
  const expired = new Date(certificate.valid_to) < new Date();
  if (expired) return `its certificate has expired on ${certificate.valid_to}`;
  return tls.checkServerIdentity(name, certificate)?.message;
}

/** Between client and proxy, or about a name that nobody has configured. */
const NOISE =
  /^(EOF|tls: |remote error: |read |write |unknown server name|no server name|.*HostWhitelist)/;

/** What a client gets to see says nothing; the proxy's log does (`net/http` and `acme/autocert`). */
export function explained(host: string, log: string, otherwise: string): HttpsFault {
  const told = log.split("\n").flatMap((line) => {
    const words = plain(/TLS handshake error from [^ ]+?: (.*)"\}?$/.exec(line)?.[1] ?? "");
    const isOther = words.includes("for domain ") && !words.includes(`"${host}"`);
    return words === "" || isOther || NOISE.test(words) ? [] : [words];
  });
  // For a minute after a failure the proxy does not ask again, and says only this.
  const isSilence = (words: string) => words.endsWith("missing certificate");
  const last = told.at(-1);
  return {
    seen: told.filter((words) => !isSilence(words)).at(-1) ?? otherwise,
    stale: last !== undefined && isSilence(last),
  };
}

/** Out of a line of JSON. */
const plain = (words: string) =>
  words
    .replace(/\\"/g, '"')
    .replace(/\\n\s*/g, "; ")
    .trim();
