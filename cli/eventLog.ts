import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { EngineEvent } from "@pulumi/pulumi/automation";

/** Reads a file of events, one JSON document a line, as it grows: each call returns those that are new. */
export function eventLog(file: string): () => EngineEvent[] {
  const decoder = new StringDecoder("utf8");
  let offset = 0;
  let rest = "";
  return () => {
    for (const chunk of readFrom(file, offset)) {
      offset += chunk.length;
      rest += decoder.write(chunk);
    }
    const lines = rest.split("\n");
    // Not written to its end yet.
    rest = lines.pop()!;
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent);
  };
}

/** Nothing where the file is not there yet. */
function* readFrom(file: string, offset: number): Generator<Buffer> {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return;
  }
  try {
    for (let at = offset; ;) {
      const buffer = Buffer.alloc(64 * 1024);
      const length = readSync(descriptor, buffer, 0, buffer.length, at);
      if (length === 0) return;
      at += length;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}
