import { createHash, randomBytes } from "crypto";
import { get, request } from "http";

const address = (port: number, path: string) => ({ host: "127.0.0.1", port, path, agent: false });
const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export interface Open {
  /** What it said first: a version. */
  first: string;
  /** Resolves with the time when the connection is over. */
  ended: Promise<number>;
  close(): void;
}

export function openWebsocket(port: number): Promise<Open> {
  return new Promise((resolve, reject) => {
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    };
    const upgrade = request({ ...address(port, "/websocket"), headers });
    upgrade.on("error", reject);
    upgrade.on("response", (response) => reject(new Error(`HTTP ${response.statusCode}`)));
    upgrade.on("upgrade", (_response, socket, head) => {
      const ended = new Promise<number>((end) => socket.on("close", () => end(Date.now())));
      socket.on("error", () => {});
      // A text frame: two bytes of head, then the version.
      const first = (frame: Buffer) =>
        resolve({ first: frame.subarray(2).toString(), ended, close: () => socket.destroy() });
      if (head.length > 2) first(head);
      else socket.once("data", first);
      socket.resume();
    });
    upgrade.end();
  });
}

export function openEvents(port: number): Promise<Open> {
  return new Promise((resolve, reject) => {
    const asked = get(address(port, "/events"), (response) => {
      const ended = new Promise<number>((end) => response.on("close", () => end(Date.now())));
      response.on("error", () => {});
      response.once("data", (data) =>
        resolve({
          first: /data: (.*)/.exec(String(data))![1]!,
          ended,
          close: () => asked.destroy(),
        }),
      );
    });
    asked.on("error", reject);
  });
}

/** Uploads `size` bytes, the first half slowly until `go`; returns the answer and what it should be for a version. */
export async function slowUpload(port: number, size: number, go: Promise<void>) {
  const block = randomBytes(64 * 1024);
  const sum = createHash("sha256");
  let released = false;
  void go.then(() => (released = true));
  const sending = request({
    ...address(port, "/upload"),
    method: "POST",
    headers: { "content-length": size },
  });
  const answer = new Promise<string>((resolve, reject) => {
    sending.on("error", reject);
    sending.on("response", (response) => {
      let body = "";
      response.on("data", (data) => (body += data));
      response.on("error", reject);
      response.on("end", () => resolve(body));
    });
  });
  // Awaited below; an error before that is no unhandled one.
  answer.catch(() => {});
  for (let sent = 0; sent < size; sent += block.length) {
    sum.update(block);
    if (!sending.write(block)) await pause(1);
    if (!released && sent < size / 2) await pause(100);
    else if (!released) await go;
    else if (sent % (4 * 1024 * 1024) === 0) await pause(200);
  }
  sending.end();
  const expected = (version: string) => `${version} ${size} ${sum.copy().digest("hex")}`;
  return { answer: await answer, expected };
}

/** Reads a large answer from `go` on only; returns its size. */
export function slowDownload(port: number, go: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    get(address(port, "/download"), (response) => {
      let size = 0;
      response.once("readable", () => {
        void go.then(() => response.on("data", (data: Buffer) => (size += data.length)));
      });
      response.on("error", reject);
      response.on("end", () => resolve(size));
    }).on("error", reject);
  });
}
