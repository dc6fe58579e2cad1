import type { Duplex, Writable } from "stream";
import type { Session } from "../platform";
import { frames } from "./logs";
import type { Transport } from "./transport";

type Size = { h: number; w: number };

/** Runs a command in a container, with the session's streams at both ends. Returns its exit code. */
export async function exec(
  { lasting }: Transport,
  id: string,
  command: string[],
  session: Session,
): Promise<number> {
  const isTerminal = session.sizes !== undefined;
  const made = await lasting.getContainer(id).exec({
    Cmd: command,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: isTerminal,
  });
  const stream = await made.start({ hijack: true, stdin: true, Tty: isTerminal });
  await handOver(stream, session, (size) => made.resize(size));
  const { ExitCode } = await made.inspect();
  return ExitCode ?? -1;
}

/** The same with a container that was made for it. */
export async function runOneOff(
  { lasting }: Transport,
  id: string,
  session: Session,
): Promise<number> {
  const container = lasting.getContainer(id);
  const stream = await container.attach({
    stream: true,
    hijack: true,
    stdin: true,
    stdout: true,
    stderr: true,
  });
  try {
    await container.start();
  } catch (error) {
    stream.end();
    throw error;
  }
  await handOver(stream as Duplex, session, (size) => container.resize(size));
  const { StatusCode } = (await container.wait()) as { StatusCode: number };
  return StatusCode;
}

/** Until the process has written all that it writes. */
async function handOver(
  stream: Duplex,
  { input, output, errors, sizes }: Session,
  resize: (size: Size) => Promise<unknown>,
): Promise<void> {
  // A process that has ended takes no more input.
  stream.on("error", () => {});
  input.pipe(stream);
  // A process that was just begun may not know its terminal yet, and one that has ended not any more.
  const forget = sizes?.(({ rows, columns }) => {
    resize({ h: rows, w: columns }).catch(() => {});
  });
  try {
    for await (const { source, content } of frames(stream, sizes === undefined)) {
      await write(source === "stderr" ? errors : output, content);
    }
  } finally {
    forget?.();
    input.unpipe(stream);
    input.pause();
    stream.destroy();
  }
}

/** Until it is taken; what is closed takes nothing, and that is no matter here. */
const write = (target: Writable, content: Buffer) =>
  new Promise<void>((resolve) => target.write(content, () => resolve()));
