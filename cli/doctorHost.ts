import type { Platform } from "../provider/places";
import { claimOf } from "../spec/adopt";
import { DISK_MINIMUM_GIB, DISK_WARNING_GIB } from "../spec/defaults";
import { placeOf } from "../spec/place";
import { isScarce } from "../spec/room";
import { isSsh } from "../spec/ssh";
import type { ApplicationSpec } from "../spec/types";
import { bytesText } from "../spec/units";
import type { Backend } from "./backend";
import { cureOf, isAtLeast, type Row } from "./doctorRow";

/** What stands behind each platform, and since when it can what we ask of it. */
const ENGINES = {
  docker: {
    what: "engine",
    minimum: "20.10",
    start: "start it, or point slipway:docker.host (or DOCKER_HOST) at one that runs",
    renew: "install a newer Docker there",
    back: "point slipway:docker.host back at it",
  },
  kubernetes: {
    what: "cluster",
    // A container's goodbye (preStop sleep).
    minimum: "1.30",
    start: "set KUBECONFIG, or slipway:kubernetes.context to one of: kubectl config get-contexts",
    renew: "use a newer Kubernetes",
    back: "set slipway:kubernetes.context back to it",
  },
} as const;
const GIB = 1024 ** 3;

type Engine = (typeof ENGINES)[keyof typeof ENGINES];
type About = Awaited<ReturnType<Platform["about"]>>;

/** The host, what it has, and whose the application there is. */
export async function hostRows(
  stack: string,
  spec: ApplicationSpec,
  platform: Platform,
  backend: Backend,
): Promise<Row[]> {
  const [about, held, state] = await Promise.all([
    platform.about().catch((error: Error) => error),
    platform.readClaim().catch((error: Error) => error),
    backend.claim(stack).catch((error: Error) => error),
  ]);
  const { host } = placeOf(spec);
  const engine = ENGINES[spec.platform === "kubernetes" ? "kubernetes" : "docker"];
  if (about instanceof Error || held instanceof Error) {
    return unreachable(host, engine, about instanceof Error ? about : (held as Error));
  }
  const claimed = claimRow(spec, held, state, about, engine);
  if (spec.platform === "kubernetes") return [engineRow(host, engine, about), claimed];
  return [
    ...(isSsh(host) ? [sshRow(host)] : []),
    engineRow(host, engine, about),
    diskRow(stack, about),
    claimed,
    ...(held === undefined ? [await portsRow(spec, platform)] : []),
  ];
}

/** A refused login comes with its own cure. */
function unreachable(host: string, { what, minimum, start }: Engine, { message }: Error): Row[] {
  const engine = { what, wanted: `${minimum}+ at ${host}`, ok: false };
  if (message.startsWith("ssh to ")) {
    const [said, cure] = message.split(/\. (?=[A-Z])/s, 2);
    return [
      { what: "ssh", wanted: "no question", found: said!, cure: cure ?? "see there", ok: false },
      { ...engine, found: "not asked", cure: "mend ssh first" },
    ];
  }
  return [{ ...engine, found: message, cure: start }];
}

const sshRow = (host: string): Row => {
  return { what: "ssh", wanted: "no question", found: `${host} lets us in`, ok: true };
};

function engineRow(host: string, { what, minimum, renew }: Engine, { version }: About): Row {
  const ok = isAtLeast(version, minimum);
  const cure = ok ? {} : { cure: renew };
  return { what, wanted: `${minimum}+`, found: `${version} at ${host}`, ...cure, ok };
}

function diskRow(stack: string, { disk }: About): Row {
  const row = { what: "disk", wanted: `${bytesText(DISK_WARNING_GIB * GIB)} free for Docker` };
  if (disk === undefined)
    return { ...row, found: "not known", cure: "look there: df -h", ok: true };
  const found = `${bytesText(disk.free)} free`;
  if (!isScarce(disk.free)) return { ...row, found, ok: true };
  const cure = `slipway prune -e ${stack}; there: docker system df`;
  return { ...row, found, cure, ok: disk.free >= DISK_MINIMUM_GIB * GIB };
}

/** `held`: on the host; `state`: of the stack. */
function claimRow(
  { name, adopt }: ApplicationSpec,
  held: string | undefined,
  state: Awaited<ReturnType<Backend["claim"]>> | Error,
  { id }: About,
  { what, back }: Engine,
): Row {
  const row = { what: "claim", wanted: `"${name}" is this stack's` };
  if (state instanceof Error) {
    const cure = cureOf(state.message, "look at the backend and the state there");
    return { ...row, found: `the state cannot be read: ${state.message}`, cure, ok: false };
  }
  if (state?.engine !== undefined && state.engine !== id) {
    const found = `the ${what} is not the one of the last deploy (id ${id}, in the state ${state.engine})`;
    const cure = `${back}; to move, destroy the stack there first`;
    return { ...row, found, cure, ok: false };
  }
  if (held === undefined) {
    const found = state ? "nothing there any more: the next deploy begins anew" : "free";
    return { ...row, found, ok: true };
  }
  if (held === state?.id) return { ...row, found: "it is", ok: true };
  if (adopt !== undefined && held === claimOf(adopt)) {
    return { ...row, found: "the next deploy adopts it", ok: true };
  }
  const cure = `give this stack another slipway:name; if the other's state is lost for good, "pulumi up" prints how to adopt it`;
  return { ...row, found: `it is another's (claim ${held || "without an id"})`, cure, ok: false };
}

/** Only before the first deploy: later they are the edge's own. */
async function portsRow({ docker, ingress }: ApplicationSpec, platform: Platform): Promise<Row> {
  const told = docker.ports ?? ingress.map(({ publishedPort }) => publishedPort);
  const ports = [...new Set(told)].sort((a, b) => a - b);
  const looks = ports.map(async (port) =>
    (await platform.listens(docker.bind, port)) ? [port] : [],
  );
  const taken = (await Promise.all(looks)).flat();
  const row = { what: "ports", wanted: `${ports.join(", ")} free` };
  if (taken.length === 0) return { ...row, found: "free", ok: true };
  const cure = "stop what listens there, or set slipway:docker.ports";
  return { ...row, found: `taken: ${taken.join(", ")}`, cure, ok: false };
}
