import type { Readable } from "stream";
import { setTimeout as sleep } from "timers/promises";
import { LABEL } from "../../spec/names";
import type { Transport } from "./transport";

/** Milliseconds between two beats while the edge is at work: it flips first, and drains for long. */
const BEAT = 1000;
/** Milliseconds before an engine that has gone is asked again. */
const PAUSE = 2000;

interface Event {
  /** "start", "exec_start: kamal-proxy deploy ...", "exec_die" */
  Action: string;
  Actor: { Attributes: Record<string, string> };
}

/** A beat whenever a container has started, or the edge was told something; also after the engine was gone. */
export async function* changes(
  { lasting }: Transport,
  application: string,
  signal: AbortSignal,
): AsyncIterable<void> {
  const filters = {
    type: ["container" as const],
    label: [`${LABEL.application}=${application}`],
    event: ["start", "exec_start", "exec_die"],
  };
  while (!signal.aborted) {
    const stream = (await lasting.getEvents({ filters }).catch(() => undefined)) as
      Readable | undefined;
    const end = () => stream?.destroy();
    signal.addEventListener("abort", end);
    try {
      yield;
      if (stream && !signal.aborted) yield* beats(events(stream));
    } finally {
      signal.removeEventListener("abort", end);
      end();
    }
    await sleep(PAUSE, undefined, { signal }).catch(() => {});
  }
}

async function* beats(all: AsyncIterator<Event>): AsyncIterable<void> {
  let working = 0;
  let next = all.next();
  for (;;) {
    const pause = new AbortController();
    const waits = working > 0 ? [sleep(BEAT, undefined, { signal: pause.signal })] : [];
    const found = await Promise.race([next, ...waits]).finally(() => pause.abort());
    if (found === undefined) {
      yield;
      continue;
    }
    if (found.done) return;
    next = all.next();
    const { Action, Actor } = found.value;
    const isEdge = Actor.Attributes[LABEL.role] === "edge";
    // Health checks are executions too.
    if (Action !== "start" && !isEdge) continue;
    if (Action.startsWith("exec_start")) working += 1;
    if (Action === "exec_die") working = Math.max(0, working - 1);
    yield;
  }
}

/** One JSON document a line; the end of the stream, however it comes, is the end of it. */
async function* events(stream: Readable): AsyncGenerator<Event> {
  let rest = "";
  try {
    for await (const chunk of stream) {
      const lines = (rest + (chunk as Buffer).toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines.filter(Boolean)) yield JSON.parse(line) as Event;
    }
  } catch {
    // The engine went away, or nobody wants to know any more.
  }
}
