import execa from "execa";
import { diagnose, inFull } from "../provider/docker/ssh";
import { Transport } from "../provider/docker/transport";
import { withTimeout } from "../provider/timeout";
import { isSsh, SSH_OPTIONS, sshTarget } from "../spec/ssh";
import { ToolchainError } from "./fault";
import type { Row } from "./table";

/** Seconds for one question to the host, login included. */
const TIMEOUT = 15;
const OLDEST_ENGINE = 20;
/** Two releases, their images and logs. */
const WANTED_GIBIBYTES = 5;
/** Seconds; records are sorted by time, and certificates have theirs. */
const CLOCK_TOLERANCE = 30;
const KIBIBYTES = 1024 ** 2;

/** One login: nothing there needs more than a shell. What listens is in /proc, whatever tools there are. */
const QUESTIONS = [
  "echo user $(id -un)",
  "echo groups $(id -Gn)",
  "echo clock $(date +%s)",
  'echo ports $(awk \'$4 == "0A" { sub(/.*:/, "", $2); print $2 }\' /proc/net/tcp /proc/net/tcp6 2>/dev/null)',
  "echo disk $(df -Pk \"$(docker info --format '{{.DockerRootDir}}' 2>/dev/null || echo /)\" 2>/dev/null | awk 'NR == 2 { print $4 }')",
].join("; ");

/** `npm run doctor -- --host ssh://user@host`: whether a deploy there can work. */
export async function hostRows(host: string): Promise<Row[]> {
  if (!isSsh(host)) {
    throw new ToolchainError(`--host takes ssh://user@host (given: ${host})`, "Name it so.");
  }
  const target = sshTarget(host);
  const ssh = { name: "ssh", wanted: "no question" };
  const port = target.port ? ["-p", target.port] : [];
  const asked = Date.now();
  const answer = await execa("ssh", [...SSH_OPTIONS, ...port, target.name, "--", QUESTIONS], {
    reject: false,
    stdin: "ignore",
    timeout: TIMEOUT * 1000,
  });
  if (answer.failed && !answer.stdout.includes("clock ")) {
    const said = await inFull(target, answer.stderr);
    const { what, cure } = diagnose(target, said, answer.exitCode ?? "a timeout");
    return [{ ...ssh, found: what, plan: cure ?? "see the message", ok: false }];
  }
  const said = new Map(
    answer.stdout.split("\n").map((line) => {
      const [key, ...rest] = line.split(" ");
      return [key!, rest.join(" ").trim()];
    }),
  );
  const of = (key: string) => said.get(key) ?? "";
  return [
    { ...ssh, found: `${of("user")}, host key known`, plan: "", ok: true },
    ...(await dockerRows(host, of("user"), of("groups").split(" "))),
    hostDiskRow(Number(of("disk"))),
    ...[80, 443].map((number) => portRow(number, of("ports").split(" "))),
    clockRow(Number(of("clock")) - (asked + Date.now()) / 2000),
  ];
}

async function dockerRows(host: string, user: string, groups: string[]): Promise<Row[]> {
  const row = { name: "docker", wanted: `${OLDEST_ENGINE}.10+` };
  const group = { name: "group", wanted: "docker" };
  try {
    const asked = new Transport(host).docker.version();
    const { Version } = await withTimeout("the engine there", asked, TIMEOUT);
    const ok = parseInt(Version) >= OLDEST_ENGINE;
    const may = groups.includes("docker")
      ? groups.join(" ")
      : `${user} may use Docker all the same`;
    return [
      { ...row, found: Version, plan: ok ? "" : "install a newer Docker there", ok },
      { ...group, found: may, plan: "", ok: true },
    ];
  } catch (error) {
    return [
      { ...row, found: "no answer", plan: (error as Error).message, ok: false },
      { ...group, found: groups.join(" "), plan: "", ok: true },
    ];
  }
}

function hostDiskRow(kibibytes: number): Row {
  const row = { name: "disk", wanted: `${WANTED_GIBIBYTES} GiB` };
  if (!kibibytes) return { ...row, found: "not known", plan: "look there: df -h", ok: true };
  const free = kibibytes / KIBIBYTES;
  const ok = free >= WANTED_GIBIBYTES;
  const plan = ok ? "" : "make room: slipway prune -e <name>; there: docker system df";
  return { ...row, found: `${free.toFixed(0)} GiB free for Docker`, plan, ok };
}

/** A taken one is no fault: it may be the edge of this very application. */
function portRow(port: number, listening: string[]): Row {
  const taken = listening.some((hexadecimal) => parseInt(hexadecimal, 16) === port);
  const row = { name: `port ${port}`, wanted: "free", ok: true };
  if (!taken) return { ...row, found: "free", plan: "" };
  const plan =
    "if it is not this application's edge: stop what listens, or set slipway:docker.ports";
  return { ...row, found: "taken", plan };
}

function clockRow(difference: number): Row {
  const ok = Math.abs(difference) <= CLOCK_TOLERANCE;
  const plan = ok ? "" : "set the clocks, for example: sudo timedatectl set-ntp true";
  const found = `${difference >= 0 ? "+" : ""}${difference.toFixed(0)} s`;
  return { name: "clock", wanted: `within ${CLOCK_TOLERANCE} s`, found, plan, ok };
}
