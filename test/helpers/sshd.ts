import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import execa from "execa";
import { aptInstall } from "../../toolchain/engine";
import { onPath } from "../../toolchain/paths";

/** A port that nothing else listens on within the address. */
const PORT = 2222;
/** A jump host, at the same server under another name. */
const JUMP = "slipway-jump";

export interface Sshd {
  /** As slipway:docker.host takes it. */
  host: string;
  user: string;
  /** Client configuration, for a test to change. */
  config: { file: string; knownHosts: string; key: string };
  /** A folder with an `ssh` that takes this configuration only; in front of PATH, for every process. */
  bin: string;
  /** Whether the user is in the group docker; sessions that are open end. */
  allowDocker(allowed: boolean): Promise<void>;
  /** Ends the server's sessions; the server itself goes on. */
  drop(): Promise<void>;
  /** Nothing answers any more, as when the network is gone. Undone by what it returns. */
  freeze(): Promise<() => void>;
  stop(): Promise<void>;
}

/**
 * A real ssh server with a user of its own, in a network namespace; its Docker is the engine behind the
 * socket. ssh takes its home from the user database and not from $HOME, so what the product, the docker
 * plugin and docker-build start as `ssh` is a script that names the test's configuration.
 */
export async function startSshd(
  name: string,
  { address, namespace, socket }: { address: string; namespace: string; socket: string },
): Promise<Sshd> {
  if (!onPath("ssh") || !(await hasSshd())) await aptInstall(["openssh-server", "openssh-client"]);
  await removeUser(name);
  await execa("useradd", ["--create-home", "--groups", "docker", "--shell", "/bin/sh", name]);
  // An account without a password counts as locked.
  await execa("usermod", ["--password", "*", name]);
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  chmodSync(folder, 0o755);
  const file = (child: string) => join(folder, child);
  await keyPair(file("host_key"));
  await keyPair(file("id"));
  writeFileSync(file("authorized_keys"), readFileSync(file("id.pub")));
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  writeFileSync(
    file("sshd_config"),
    [
      `ListenAddress ${address}:${PORT}`,
      `HostKey ${file("host_key")}`,
      `AuthorizedKeysFile ${file("authorized_keys")}`,
      `AllowUsers ${name}`,
      "PidFile none",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "StrictModes no",
      `SetEnv DOCKER_HOST=unix://${socket}`,
      "",
    ].join("\n"),
  );
  const config = { file: file("ssh_config"), knownHosts: file("known_hosts"), key: file("id") };
  const [kind, key] = readFileSync(file("host_key.pub"), "utf8").split(" ");
  writeFileSync(config.knownHosts, `[${address}]:${PORT} ${kind} ${key}\n`);
  const known = `UserKnownHostsFile ${config.knownHosts}`;
  const login = [`User ${name}`, `IdentityFile ${config.key}`, "IdentitiesOnly yes"];
  writeFileSync(
    config.file,
    [
      `Host ${JUMP}`,
      `HostName ${address}`,
      `Port ${PORT}`,
      ...login,
      known,
      `Host production`,
      `HostName ${address}`,
      `Port ${PORT}`,
      `ProxyJump ${JUMP}`,
      ...login,
      known,
      "",
    ].join("\n"),
  );
  mkdirSync(file("bin"));
  mkdirSync(file("control"));
  writeFileSync(
    file("bin/ssh"),
    `#!/bin/sh\nexec /usr/bin/ssh -F ${config.file} -o ControlPath=${file("control")}/%C "$@"\n`,
    { mode: 0o755 },
  );
  const path = process.env.PATH;
  process.env.PATH = `${file("bin")}${delimiter}${path}`;
  const server = await listen(namespace, file("sshd_config"));
  const drop = () => signal(server.pid!, "SIGKILL");
  return {
    host: "ssh://production",
    user: name,
    config,
    bin: file("bin"),
    drop,
    async allowDocker(allowed) {
      await execa("gpasswd", [allowed ? "--add" : "--delete", name, "docker"]);
      await drop();
    },
    async freeze() {
      server.kill("SIGSTOP");
      await signal(server.pid!, "SIGSTOP");
      return () => {
        server.kill("SIGCONT");
        void signal(server.pid!, "SIGCONT");
      };
    },
    async stop() {
      process.env.PATH = path;
      await drop();
      server.kill();
      await removeUser(name);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listen(namespace: string, config: string): Promise<ChildProcess> {
  const args = [`--net=/run/netns/${namespace}`, "/usr/sbin/sshd", "-D", "-e", "-f", config];
  const server = spawn("nsenter", args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    server.stderr!.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      if (said.includes("listening")) resolve();
    });
    server.once("exit", () => reject(new Error(`sshd ended: ${said}`)));
  });
  server.stderr!.resume();
  return server;
}

/** To each process below the server: one for each connection, and below it one of the user. */
async function signal(pid: number, name: NodeJS.Signals): Promise<void> {
  const { stdout } = await execa("pgrep", ["-P", String(pid)], { reject: false });
  for (const child of stdout.split("\n").filter(Boolean).map(Number)) {
    await signal(child, name);
    try {
      process.kill(child, name);
    } catch {
      // It has ended by itself.
    }
  }
}

const keyPair = (file: string) =>
  execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "slipway test", "-f", file]);

const hasSshd = () =>
  execa("test", ["-x", "/usr/sbin/sshd"], { reject: false }).then((r) => !r.failed);

async function removeUser(name: string): Promise<void> {
  await execa("userdel", ["--remove", "--force", name], { reject: false });
}
