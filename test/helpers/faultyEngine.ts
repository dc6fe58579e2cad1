import * as fs from "fs";
import * as http from "http";
import { tmpdir } from "os";
import { join } from "path";

export type EngineFault = "error" | "silence" | "half an answer";

/** Stands in front of an engine's socket: requests whose path matches go wrong, the others go through. */
export class FaultyEngine {
  readonly folder = fs.mkdtempSync(join(tmpdir(), "slipway-faulty-"));
  readonly host = `unix://${this.folder}/docker.sock`;
  private readonly server: http.Server;
  private faulty: RegExp | undefined;
  private fault: EngineFault = "error";

  constructor(socketPath: string) {
    this.server = http.createServer((request, response) => {
      const wrong = this.faulty?.test(request.url ?? "");
      if (wrong && this.fault === "silence") return;
      if (wrong && this.fault === "error") {
        response.writeHead(500, { "content-type": "application/json" });
        return void response.end('{"message":"something went wrong in the engine"}');
      }
      const { url: path, method, headers } = request;
      const onward = http.request({ socketPath, path, method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        if (!wrong) return void answer.pipe(response);
        answer.once("data", (chunk: Buffer) => {
          response.write(chunk.subarray(0, Math.ceil(chunk.length / 2)));
          setTimeout(() => response.destroy(), 50);
        });
      });
      onward.on("error", () => response.destroy());
      request.pipe(onward);
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.server.listen(join(this.folder, "docker.sock"), resolve));
  }

  break(faulty: RegExp | undefined, fault: EngineFault = "error"): void {
    this.faulty = faulty;
    this.fault = fault;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
