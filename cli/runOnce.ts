import type { Observation, ObservedContainer } from "../spec/types";
import { interruptible } from "./interruption";
import { stackCommand } from "./options";
import { CODE, type Result, type Surroundings } from "./run";
import { faultsResult, refused, running, type Faults, type Running } from "./running";
import { inSession, isTerminal } from "./session";
import { faultsOf, namedUnits, selected, unknownService } from "./units";

/** As a shell tells of a command that Ctrl-C has ended. */
const INTERRUPTED = 130;

/** What the container is made from. */
interface Pattern {
  /** Networks, mounts and limits. */
  like: ObservedContainer;
  /** Image, environment and files. */
  content: ObservedContainer;
  files: string[];
}

/** `slipway run`: a command in a container of its own; it ends with the command's exit code. */
export async function run(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "run",
    "Runs a command in a new container like a service's own, which is removed at the end.",
    ["-e staging web -- ./manage.py migrate --check", "-e production web --release 1.4.0 -- env"],
    {},
  )
    .argument("<service>", "app, worker or task")
    .argument("<command...>", "after --")
    .option("--release <id>", "image and environment of this release, which a slot holds")
    .option("--keep", "leave the container there; the next update removes it")
    .parse(argv, { from: "user" });
  const { stack, ...options } = command.opts<{ stack: string; release?: string; keep?: boolean }>();
  const [service, ...words] = command.args as [string, ...string[]];
  const found = await running(stack, around);
  if ("faults" in found) return faultsResult(stack, found, false, around);
  try {
    const { observation } = await found.platform.observe();
    const pattern = patternOf(found, service, observation, options.release);
    if ("faults" in pattern) return faultsResult(stack, pattern, false, around);
    const code = await inContainer(found, service, pattern, words, around, options.keep);
    return { output: "", code };
  } catch (error) {
    const fault = { path: service, what: (error as Error).message.trim() };
    return faultsResult(stack, { faults: [fault], code: CODE.failed }, false, around);
  }
}

async function inContainer(
  { platform }: Running,
  service: string,
  { like, content, files }: Pattern,
  command: string[],
  around: Surroundings,
  keep = false,
): Promise<number> {
  const terminal = isTerminal(around);
  const made = { like: like.id, content: content.id, service, command, files, terminal };
  const id = await platform.makeOneOff(made);
  let removal: Promise<unknown> | undefined;
  const remove = () => (removal ??= platform.removeUnits([id]));
  return interruptible(async ({ signal }) => {
    signal.addEventListener("abort", () => void remove().catch(() => {}));
    try {
      const code = await inSession(around, (session) => platform.runOneOff(id, session));
      return signal.aborted ? INTERRUPTED : code;
    } catch (error) {
      if (!signal.aborted) throw error;
      return INTERRUPTED;
    } finally {
      if (keep && !signal.aborted) around.say(`container ${id.slice(0, 12)} is kept`);
      else await remove();
    }
  });
}

function patternOf(
  { stack, serving, units }: Running,
  service: string,
  { slots, records }: Observation,
  wanted: string | undefined,
): Pattern | Faults {
  const described = stack.spec.services.map(({ name }) => name);
  const faults = faultsOf(units, { services: [service] }, serving, described);
  if (faults.length > 0) return refused(...faults);
  const asked = { services: [service] };
  const like = selected(units, asked, serving)[0]?.container;
  if (like === undefined) {
    return refused({ path: service, what: "nothing of it is there to take for a pattern" });
  }
  if (!["app", "worker", "task"].includes(like.role)) {
    const names = units.filter(({ container: { role } }) =>
      ["app", "worker", "task"].includes(role),
    );
    return refused({
      ...unknownService(service, [...new Set(names.map(({ name }) => name))]),
      what: `its data has one owner: nothing else is run like ${service}`,
      cure: `slipway exec -e ${stack.name} ${service} -- COMMAND`,
    });
  }
  const isWanted = (id: string | undefined) => {
    const version = records.find((record) => record.id === id)?.content.version;
    return id !== undefined && (id === wanted || version === wanted);
  };
  const filesOf = (release: string | undefined) => {
    const { content } = records.find(({ id }) => id === release) ?? {};
    const own = content?.services.find(({ name }) => name === like.service);
    return (own?.files ?? []).map(({ path }) => path);
  };
  if (wanted === undefined || isWanted(like.release)) {
    return { like, content: like, files: filesOf(like.release) };
  }
  const slot = Object.values(slots).find(({ release }) => isWanted(release));
  // Of a worker a slot holds the double in which its image was tried.
  const content =
    slot &&
    (selected(namedUnits(slot.containers), { ...asked, slot: "all" }, undefined)[0]?.container ??
      slot.containers.find(({ role, service: name }) => role === "trial" && name === service));
  if (content) return { like, content, files: filesOf(content.release) };
  const held = Object.values(slots).flatMap(({ release }) => release ?? []);
  return refused({
    path: "--release",
    what: `no slot holds this release with ${service}`,
    given: wanted,
    allowed: held.join(", "),
    cure: "Of an older release nothing is there but its record; deploy it first",
  });
}
