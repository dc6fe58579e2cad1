import { type ChildProcess, spawn } from "child_process";
import { copyFileSync, mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { endSiblings } from "../../../provider/siblings";

const ENGINE = "127.0.0.1:45671";
let folder: string;
const children: ChildProcess[] = [];

/** A process by this name, with an engine's address as its last argument. */
function start(name: string, engine: string): Promise<string> {
  copyFileSync("/bin/sh", join(folder, name));
  const child = spawn(join(folder, name), ["-c", "read line", engine], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  children.push(child);
  return new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal ?? "exit")));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "siblings-"));
});
afterEach(() => {
  children.splice(0).forEach((child) => child.kill("SIGKILL"));
  rmSync(folder, { recursive: true });
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux(
  "the plugins of the run that is over are ended, another run's and other programs not",
  async () => {
    const ours = start("pulumi-resource-docker", ENGINE);
    const others = start("pulumi-resource-docker-build", "127.0.0.1:45672");
    const program = start("pulumi-language-nodejs", ENGINE);
    await Promise.all(children.map((child) => new Promise((done) => child.once("spawn", done))));
    endSiblings(ENGINE);
    expect(await ours).toBe("SIGTERM");
    const rest = Promise.race([others, program]);
    const still = new Promise((resolve) => setTimeout(() => resolve("run on"), 300));
    expect(await Promise.race([rest, still])).toBe("run on");
  },
);
