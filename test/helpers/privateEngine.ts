import { type ChildProcess, spawn } from "child_process";
import * as fs from "fs";
import * as net from "net";
import { tmpdir } from "os";
import { basename, join } from "path";
import execa from "execa";
import { Transport } from "../../provider/docker/transport";
import { dockerd, engineHost } from "../../toolchain/engine";
import { hasImage } from "../../toolchain/image-build";
import type { TestEngine } from "./stack";
import { until } from "./until";

/**
 * A network of two: this machine, and the engine's side of it. By process, so that what a killed test
 * left does not take the next one's packets.
 */
const NETWORK = `10.213.${(process.pid >> 6) & 255}`;
const HERE = `${NETWORK}.${(process.pid & 63) * 4 + 1}`;
const THERE = `${NETWORK}.${(process.pid & 63) * 4 + 2}`;
/** Of the memory file system that the engine's data is on; a stack needs a fifth of it. */
const DISK = "1g";
const START_SECONDS = 30;

/**
 * A Docker engine of a test's own, which may be killed, frozen, filled and pruned. It lives in one
 * folder, with its data in memory, and in a network namespace of its own: a daemon that starts clears
 * away rules, and the bridge `docker0`, that may be another's.
 */
export class PrivateEngine implements TestEngine {
  readonly folder = fs.mkdtempSync(join(tmpdir(), "slipway-engine-"));
  readonly host = `unix://${this.folder}/docker.sock`;
  readonly bind = "0.0.0.0";
  readonly transport = new Transport(this.host);
  readonly socket = `${this.folder}/docker.sock`;
  readonly namespace = basename(this.folder);
  /** By which this machine reaches the engine's. */
  readonly address = THERE;
  /** In front of a command that shall see the engine's loopback. */
  readonly command = ["nsenter", `--net=/run/netns/${this.namespace}`];
  private readonly doors: net.Server[] = [];
  private daemon: ChildProcess | undefined;
  private lender: ChildProcess | undefined;

  /** It takes root to start one, and a dockerd on this very machine. */
  static possible(): boolean {
    return process.platform === "linux" && process.getuid?.() === 0 && dockerd() !== undefined;
  }

  static async start(): Promise<PrivateEngine> {
    const engine = new PrivateEngine();
    try {
      // Other users reach the socket, as far as the daemon lets them.
      fs.chmodSync(engine.folder, 0o711);
      fs.mkdirSync(engine.data);
      await execa("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", engine.data]);
      await engine.connect();
      await engine.start();
    } catch (error) {
      await engine.dispose();
      throw error;
    }
    return engine;
  }

  get data(): string {
    return join(this.folder, "data");
  }

  /** Starts the daemon and waits until it answers. */
  async start(): Promise<void> {
    const log = fs.openSync(join(this.folder, "dockerd.log"), "a");
    const args = [
      ...["--data-root", this.data, "--exec-root", this.execRoot, "--host", this.host],
      ...["--pidfile", join(this.folder, "pid")],
    ];
    const [enter, ...namespace] = this.command;
    this.daemon = spawn(enter!, [...namespace, dockerd()!, ...args], {
      stdio: ["ignore", log, log],
    });
    fs.closeSync(log);
    await until(() => this.transport.docker.ping().then(Boolean), START_SECONDS);
  }

  /** As a service manager stops it: containers are asked to end. */
  async stop(): Promise<void> {
    this.daemon?.kill("SIGTERM");
    await until(async () => !this.runs(), 30);
  }

  /** Nobody is asked: the daemon and all its containers end at once, and what a reboot empties is empty. */
  async cutPower(): Promise<void> {
    const pids = [...this.family()].reverse();
    pids.forEach((pid) => kill(pid, "SIGKILL"));
    await until(async () => !pids.some((pid) => fs.existsSync(`/proc/${pid}/exe`)), 10);
    await this.unmount((path) => path !== this.data);
    fs.rmSync(this.execRoot, { recursive: true, force: true });
    fs.rmSync(join(this.folder, "pid"), { force: true });
  }

  /** It takes connections, and answers none. */
  freeze(): void {
    this.daemon?.kill("SIGSTOP");
  }

  thaw(): void {
    this.daemon?.kill("SIGCONT");
  }

  /** Not a byte more goes on its disk until the returned function is called. */
  fillDisk(): () => void {
    const file = join(this.data, "filling");
    const open = fs.openSync(file, "w");
    const write = (block: Buffer) => {
      try {
        for (;;) fs.writeSync(open, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    };
    [1 << 20, 1 << 12].forEach((size) => write(Buffer.alloc(size, 1)));
    fs.closeSync(open);
    return () => fs.rmSync(file, { force: true });
  }

  /** Copies images of the machine's own engine. */
  async load(references: string[]): Promise<void> {
    const shared = new Transport(engineHost()).docker;
    for (const reference of references) {
      if (!(await hasImage(shared, reference))) await ended(await shared.pull(reference));
      const content = await shared.getImage(reference).get();
      await ended(await this.transport.docker.loadImage(content));
    }
  }

  /** Makes a port of the engine's machine one of this machine's loopback. */
  async open(port: number): Promise<void> {
    const door = this.door(() => net.connect(port, THERE));
    await new Promise<void>((resolve) => door.listen(port, "127.0.0.1", resolve));
  }

  /** Makes a port of this machine's loopback one of the engine's, through a file: those are not in a namespace. */
  async lend(port: number): Promise<void> {
    const socket = join(this.folder, `${port}.sock`);
    const door = this.door(() => net.connect(port, "127.0.0.1"));
    await new Promise<void>((resolve) => door.listen(socket, resolve));
    const [enter, ...namespace] = this.command;
    const script = join(__dirname, "lend.js");
    const args = [...namespace, process.execPath, script, String(port), socket];
    this.lender = spawn(enter!, args, { stdio: "ignore" });
  }

  private door(inside: () => net.Socket): net.Server {
    const door = net.createServer((client) => {
      const other = inside();
      client.on("error", () => other.destroy()).on("close", () => other.destroy());
      other.on("error", () => client.destroy()).on("close", () => client.destroy());
      client.pipe(other).pipe(client);
    });
    this.doors.push(door);
    return door;
  }

  /** Ends and removes all of it, whatever state it is in. */
  async dispose(): Promise<void> {
    this.thaw();
    if (this.runs()) await this.stop().catch(() => {});
    await this.cutPower().catch(() => {});
    await this.unmount(() => true);
    this.doors.forEach((door) => door.close());
    this.lender?.kill("SIGKILL");
    await execa("ip", ["netns", "delete", this.namespace], { reject: false });
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** The namespace, and one cable into it. */
  private async connect(): Promise<void> {
    const { pid } = process;
    const [outer, inner] = [`slipway${pid}`, `inner${pid}`];
    const ip = (line: string) => execa("ip", line.split(" "));
    await ip(`netns add ${this.namespace}`);
    await ip(`link add ${outer} type veth peer name ${inner} netns ${this.namespace}`);
    await ip(`address add ${HERE}/30 dev ${outer}`);
    await ip(`link set ${outer} up`);
    await ip(`-n ${this.namespace} address add ${THERE}/30 dev ${inner}`);
    await ip(`-n ${this.namespace} link set ${inner} up`);
    await ip(`-n ${this.namespace} link set lo up`);
  }

  private get execRoot(): string {
    return join(this.folder, "exec");
  }

  private runs(): boolean {
    return this.daemon !== undefined && this.daemon.exitCode === null && !this.daemon.signalCode;
  }

  /** Process ids of the daemon and of all that it started: shims are children of nobody. */
  private family(): Set<number> {
    const all = processes();
    const found = new Set(
      all
        .filter(({ pid, command }) => pid === this.daemon?.pid || command.includes(this.execRoot))
        .map(({ pid }) => pid),
    );
    for (let size = -1; size !== found.size;) {
      size = found.size;
      all.filter(({ parent }) => found.has(parent)).forEach(({ pid }) => found.add(pid));
    }
    return found;
  }

  /** What is mounted below the folder, innermost first. */
  private async unmount(wanted: (path: string) => boolean): Promise<void> {
    const mounts = fs.readFileSync("/proc/mounts", "utf8").split("\n");
    const paths = mounts.map((line) => line.split(" ")[1] ?? "");
    for (const path of paths.reverse()) {
      if (path.startsWith(`${this.folder}/`) && wanted(path)) await execa("umount", ["-l", path]);
    }
  }
}

/** Waits until the engine has done it all. */
async function ended(answer: NodeJS.ReadableStream): Promise<void> {
  await new Promise((resolve, reject) => answer.on("error", reject).on("end", resolve).resume());
}

function processes(): { pid: number; parent: number; command: string }[] {
  const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      return [{ pid: Number(pid), parent, command }];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
