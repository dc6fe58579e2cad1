import { stackCommand } from "./options";
import { CODE, type Result, type Surroundings } from "./run";
import { faultsResult, refused, running, type Faults, type Running } from "./running";
import { inSession } from "./session";
import { faultsOf, selected, titleOf, type Asked, type NamedUnit } from "./units";

/** The better one that the image has. */
const SHELL = ["sh", "-c", "if command -v bash >/dev/null; then exec bash; else exec sh; fi"];

/** `slipway exec`: a command in a container that runs; it ends with the command's exit code. */
export async function exec(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "exec",
    "Runs a command, or a shell, in a container that runs; its exit code is the command's.",
    ["-e staging web", "-e production web --replica 2 -- ps aux", "-e production db -- psql"],
    {},
  )
    .argument("<service>", "app, worker or accessory")
    .argument("[command...]", "after --; without one a shell")
    .option("--replica <number>", "which one of them", "1")
    .option("--slot <slot>", "blue or green, instead of the one that serves")
    .parse(argv, { from: "user" });
  const options = command.opts<{ stack: string; replica: string; slot?: string }>();
  const [service, ...given] = command.args as [string, ...string[]];
  const found = await running(options.stack, around);
  if ("faults" in found) return faultsResult(options.stack, found, false, around);
  const unit = unitOf(found, service, options);
  if ("faults" in unit) return faultsResult(options.stack, unit, false, around);
  const words = given.length > 0 ? given : SHELL;
  try {
    const { id } = unit.container;
    const code = await inSession(around, (session) => found.platform.exec(id, words, session));
    return { output: "", code };
  } catch (error) {
    const fault = { path: titleOf(unit), what: (error as Error).message.trim() };
    return faultsResult(options.stack, { faults: [fault], code: CODE.failed }, false, around);
  }
}

function unitOf(
  { stack, units, serving }: Running,
  service: string,
  { replica, slot }: { replica: string; slot?: string },
): NamedUnit | Faults {
  const asked: Asked = { services: [service], ...(slot === undefined ? {} : { slot }) };
  const described = stack.spec.services.map(({ name }) => name);
  const faults = faultsOf(units, asked, serving, described);
  if (slot === "all") faults.push({ path: "--slot", what: "must be one slot", given: slot });
  if (faults.length > 0) return refused(...faults);
  const there = selected(units, asked, serving);
  const unit = there.find((one) => String(one.replica ?? 1) === replica);
  if (unit === undefined) {
    const allowed = there.map((one) => one.replica ?? 1).join(", ") || "none is there";
    return refused({
      path: "--replica",
      what: `there is no such ${service}`,
      given: replica,
      allowed,
    });
  }
  if (unit.container.running) return unit;
  return refused({
    path: titleOf(unit),
    what: "it does not run",
    cure: `slipway logs -e ${stack.name} ${service} says why; slipway run takes a container of its own`,
  });
}
