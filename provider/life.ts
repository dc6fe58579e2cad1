import * as net from "net";
import { endSiblings } from "./siblings";

/** How often the provider looks whether the engine still lives, in milliseconds. */
const WATCH_INTERVAL = 1000;

/**
 * The provider dies with the engine that started it. Pulumi's Node server does not do that by itself:
 * after `kill -9` of the CLI it lived on and went on with its gate beside the next run.
 */
export class Life {
  private readonly parent = process.ppid;
  /** Somebody has asked the run to end: what is under way is to come to a safe point. */
  isEnding = false;

  constructor(private readonly engine: string | undefined) {}

  watch(): void {
    setInterval(() => {
      void this.alive().then((alive) => {
        if (!alive) this.end();
      });
    }, WATCH_INTERVAL).unref();
  }

  /** Asked just before every write. Throws when the run that wanted the write is gone. */
  async assertAlive(): Promise<void> {
    if (!(await this.alive())) {
      process.exitCode = 1;
      setImmediate(() => this.end());
      throw new Error("the run that asked for this has ended; nothing was written");
    }
  }

  private end(): void {
    if (this.engine !== undefined) endSiblings(this.engine);
    process.exit(1);
  }

  private async alive(): Promise<boolean> {
    if (process.ppid !== this.parent || process.ppid === 1) return false;
    return this.engine === undefined || canConnect(this.engine);
  }
}

function canConnect(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(":");
  return new Promise((resolve) => {
    const socket = net.connect(Number(address.slice(colon + 1)), address.slice(0, colon));
    const end = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    // A busy engine may be slow to accept; only a refusal means that it is gone.
    socket.setTimeout(5000, () => end(true));
  });
}
