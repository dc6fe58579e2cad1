import { Readable } from "node:stream";
import { openLog, written } from "../../../provider/docker/logs";
import type { LogLine } from "../../../provider/platform";

const AT = "2026-01-02T03:04:05.000000006Z";

function frame(stream: 1 | 2, text: string): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

/** Lines of a log whose bytes come in these pieces; and what the engine was asked. */
async function read(pieces: Buffer[], asked = {}) {
  let options: Record<string, unknown> = {};
  const stream = Readable.from(pieces);
  const modem = {
    dial(dialled: { options: Record<string, unknown> }, done: (e: null, s: Readable) => void) {
      options = dialled.options;
      done(null, stream);
    },
  };
  const { signal } = new AbortController();
  const transport = { lasting: { modem } } as never;
  const lines: LogLine[] = [];
  for await (const line of await openLog(transport, "id", { follow: false, ...asked }, signal)) {
    lines.push(line);
  }
  return { lines, options };
}

/** One byte at a time. */
const crumbs = (all: Buffer) => [...all].map((byte) => Buffer.from([byte]));

test("lines of both streams, however their bytes come", async () => {
  const all = Buffer.concat([
    frame(1, `${AT} eins `),
    frame(2, `${AT} fehler\n`),
    frame(1, `zwei äö\n${AT} \n${AT} ohne Ende`),
  ]);
  const expected = [
    { at: AT, source: "stderr", text: "fehler" },
    { at: AT, source: "stdout", text: "eins zwei äö" },
    { at: AT, source: "stdout", text: "" },
    { at: AT, source: "stdout", text: "ohne Ende" },
  ];
  expect((await read([all])).lines).toEqual(expected);
  expect((await read(crumbs(all))).lines).toEqual(expected);
});

test("a terminal has no frames", async () => {
  const { lines } = await read([Buffer.from(`${AT} one\r\n${AT} two\r\n`)]);
  expect(lines.map(({ text }) => text)).toEqual(["one", "two"]);
});

test("what the engine is asked for", async () => {
  expect((await read([], { lines: 5, since: AT })).options).toMatchObject({
    tail: 5,
    since: "1767323045.000000006",
    timestamps: true,
    follow: false,
  });
  expect((await read([])).options).toMatchObject({ tail: "all" });
});

test("a log that was read as a whole", async () => {
  const all = Buffer.concat([frame(1, "out\n"), frame(2, "err\n")]);
  expect(await written(all)).toBe("out\nerr\n");
  expect(await written(Buffer.alloc(0))).toBe("");
});
