import { execFile, spawn } from "child_process";
import { mkdirSync } from "fs";
import { userInfo } from "os";
import { join } from "path";
import { Duplex } from "stream";
import { SSH_OPTIONS, sshTarget, type SshTarget } from "../../spec/ssh";

/**
 * A stream through the system's own ssh: it knows the user's config, agent, jump hosts and known hosts.
 *
 * @param command what runs on the host; or `-W` and an address there
 * @param alone over a connection of its own: on a shared one sshd allows only so many at once
 */
export function ssh(address: string, command: string[], alone = false): Duplex {
  const target = sshTarget(address);
  const args = [...(alone ? ["-S", "none"] : []), ...SSH_OPTIONS, ...portOf(target)];
  const isForward = command[0] === "-W";
  prepareControlPath();
  const child = spawn(
    "ssh",
    isForward ? [...args, ...command, target.name] : [...args, target.name, "--", ...command],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString("utf8")));
  // A broken pipe says nothing: what ssh itself complains of comes with its end.
  child.stdin.on("error", () => {});
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(done),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  child.stdout.on("data", (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  child.on("error", (error: NodeJS.ErrnoException) => {
    const isMissing = error.code === "ENOENT";
    stream.destroy(
      new Error(isMissing ? "this machine has no ssh: install openssh-client" : error.message),
    );
  });
  child.on("close", async (code) => {
    if (!code) return stream.push(null);
    const said = JUMP_FAILED.test(complaint) ? await inFull(target, complaint) : complaint;
    return stream.destroy(new Error(explain(target, said, code)));
  });
  return stream;
}

/** What ssh says when the way through a jump host ends early. */
const JUMP_FAILED = /^(?!.*timed out).*UNKNOWN port 65535/s;

/** While a connection is shared, ssh keeps to itself what its jump host says: it is asked once more, alone. */
export async function inFull(target: SshTarget, complaint: string): Promise<string> {
  const args = ["-S", "none", ...SSH_OPTIONS, ...portOf(target), target.name, "true"];
  return new Promise((resolve) => {
    execFile("ssh", args, { timeout: 10_000 }, (error, _output, said) =>
      resolve(error && said ? said : complaint),
    );
  });
}

const portOf = ({ port }: SshTarget): string[] => (port ? ["-p", port] : []);

/** Where the shared connection's socket lies; ssh makes the folder only when it learns a host key. */
function prepareControlPath(): void {
  // As ssh does: the home of the user database, not of $HOME.
  mkdirSync(join(userInfo().homedir, ".ssh"), { recursive: true, mode: 0o700 });
}

type Explanation = [
  pattern: RegExp,
  what: (target: SshTarget) => string,
  cure: (target: SshTarget) => string,
];

/** What ssh or the host's docker complains of -> what it means -> what to do. The first that fits. */
const EXPLANATIONS: Explanation[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    () => "its host key is not the one that is known here: another machine, or somebody in between",
    (target) =>
      `Find out why. If the host was made anew: ssh-keygen -R '${knownAs(target)}', then ${target.command} once`,
  ],
  [
    /Host key verification failed|No \S+ host key is known/,
    () => "its host key is not known here",
    (target) =>
      `Run "${target.command}" once and compare the fingerprint; or, where nobody can answer (CI): ssh-keyscan ${target.port ? `-p ${target.port} ` : ""}${target.host} >> ~/.ssh/known_hosts`,
  ],
  [
    /docker daemon socket|docker\.sock.*permission denied/is,
    ({ user }) => `${user ?? "the user"} may not use Docker there`,
    ({ user }) =>
      `On the host: sudo usermod -aG docker ${user ?? "<user>"}. It counts from the next login: wait 30 s`,
  ],
  [
    /docker: (command )?not found|docker: No such file/i,
    () => "there is no docker on the host, or not on the PATH of a login without a terminal",
    ({ command }) => `Install Docker there; then this must answer: ${command} docker version`,
  ],
  [
    /Cannot connect to the Docker daemon|docker\.sock: connect:/i,
    () => "Docker is there, but its engine does not run",
    () => "On the host: sudo systemctl start docker",
  ],
  [
    /Permission denied \(/,
    ({ user }) => `no key was accepted${user ? ` for ${user}` : ""}`,
    ({ command }) =>
      `Load the key (ssh-add), or name it in ~/.ssh/config (IdentityFile); put it there with ${command.replace(/^ssh/, "ssh-copy-id")}. This must work without a question: ${command} true`,
  ],
  [
    /Too many authentication failures/,
    () => "the agent offered too many keys before the right one",
    ({ host }) => `In ~/.ssh/config, for Host ${host}: IdentityFile and "IdentitiesOnly yes"`,
  ],
  [
    /Could not resolve hostname (\S+?):/,
    () => "a name of it cannot be resolved",
    ({ host }) => `Look at slipway:docker.host and at Host ${host} in ~/.ssh/config`,
  ],
  [
    // Nothing at all (and 255, its own code) is what ssh says whose shared connection is gone.
    /^ended with 255$|Connection to \S+ closed|Broken pipe|not responding|client_loop|mux_client|master.*(died|terminated)/i,
    () => "the connection was lost",
    () => 'Run "pulumi up" again',
  ],
  [
    /Connection refused|timed out|No route to host|Network is unreachable|Connection (closed|reset)|kex_exchange/i,
    () => "no ssh server lets us in there (or at its jump host)",
    ({ command }) =>
      `Look at the address, its port, VPN and firewall; this must work: ${command} true`,
  ],
];

/** What ssh's complaint means, what to do, and ssh's own words. */
export function diagnose(target: SshTarget, complaint: string, code: number | string) {
  const said = complaint
    .split("\n")
    .map((line) => line.replace(/\r$/, "").trim())
    .filter((line) => line !== "" && !/^@|^Warning: |ControlSocket .* already exists/.test(line));
  const words = said.slice(-3).join(" / ") || `ended with ${code}`;
  const found = EXPLANATIONS.find(([pattern]) => pattern.test(said.length > 0 ? complaint : words));
  return found ? { what: found[1](target), cure: found[2](target), words } : { what: words, words };
}

/** The same in one line. */
export function explain(target: SshTarget, complaint: string, code: number | string): string {
  const { what, cure, words } = diagnose(target, complaint, code);
  const more = cure === undefined ? "" : `. ${cure} (ssh said: ${words})`;
  return `ssh to ${target.name}: ${what}${more}`;
}

/** A host's name in known_hosts. */
const knownAs = ({ host, port }: SshTarget) => (port ? `[${host}]:${port}` : host);
