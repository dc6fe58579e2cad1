import { Readable } from "stream";
import type { LogAsked, LogLine } from "../platform";
import type { Transport } from "./transport";

/** Docker's log stream without a terminal: 8 bytes of header (stream, length) before each chunk. */
const HEADER = 8;
const STDERR = 2;
/** RFC 3339 with nine digits behind the second, as the engine writes it before each line. */
const STAMPED = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/s;

/** Opens a container's log. What is read of it comes in the order in which it was written. */
export async function openLog(
  { lasting }: Transport,
  id: string,
  asked: LogAsked,
  signal: AbortSignal,
): Promise<AsyncIterable<LogLine>> {
  const options = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow: asked.follow,
    tail: asked.lines ?? "all",
    ...(asked.since === undefined ? {} : { since: secondsOf(asked.since) }),
  };
  // dockerode's own call reads a log that is not followed as a whole.
  const stream = await new Promise<Readable>((resolve, reject) =>
    lasting.modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: "GET",
        isStream: true,
        statusCodes: { 200: true, 404: "no such container", 500: "server error" },
        options,
      },
      (error: Error | null, answer: unknown) => (error ? reject(error) : resolve(answer as never)),
    ),
  );
  return stamped(stream, signal);
}

/** "2026-01-02T03:04:05.000000006Z" -> "1767323045.000000006", which the engine takes. */
function secondsOf(at: string): string {
  const [, fraction = ""] = /\.(\d+)Z$/.exec(at) ?? [];
  return `${Math.floor(Date.parse(at) / 1000)}.${fraction.padEnd(9, "0")}`;
}

async function* stamped(stream: Readable, signal: AbortSignal): AsyncIterable<LogLine> {
  const end = () => stream.destroy();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  try {
    for await (const { source, text } of lines(frames(stream))) {
      const [, at = "", rest = text] = STAMPED.exec(text) ?? [];
      yield { at, source, text: rest.replace(/\r$/, "") };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", end);
    stream.destroy();
  }
}

interface Frame {
  source: LogLine["source"];
  content: Buffer;
}

/** With a terminal (Compose's tty) there are no frames; where that is not known, the first byte tells it. */
export async function* frames(
  chunks: AsyncIterable<Buffer>,
  isFramed?: boolean,
): AsyncIterable<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    isFramed ??= chunk[0]! <= STDERR;
    if (!isFramed) {
      yield { source: "stdout", content: chunk };
      continue;
    }
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = HEADER + (rest.length < HEADER ? 0 : rest.readUInt32BE(4));
      if (rest.length < end) break;
      const source = rest[0] === STDERR ? "stderr" : "stdout";
      yield { source, content: rest.subarray(HEADER, end) };
      rest = rest.subarray(end);
    }
  }
}

const NEWLINE = 0x0a;

/** A line may come in several frames, and a character too. */
async function* lines(all: AsyncIterable<Frame>) {
  const begun: Record<LogLine["source"], Buffer[]> = { stdout: [], stderr: [] };
  const taken = (source: LogLine["source"]) => {
    const text = Buffer.concat(begun[source]).toString("utf8");
    begun[source] = [];
    return { source, text };
  };
  for await (const { source, content } of all) {
    let from = 0;
    for (let at = content.indexOf(NEWLINE); at >= 0; at = content.indexOf(NEWLINE, from)) {
      begun[source].push(content.subarray(from, at));
      yield taken(source);
      from = at + 1;
    }
    if (from < content.length) begun[source].push(content.subarray(from));
  }
  for (const source of ["stdout", "stderr"] as const) {
    if (begun[source].length > 0) yield taken(source);
  }
}

/** A log that was read as a whole. */
export async function written(log: Buffer): Promise<string> {
  const parts: Buffer[] = [];
  for await (const { content } of frames(Readable.from([log]))) parts.push(content);
  return Buffer.concat(parts).toString("utf8");
}
