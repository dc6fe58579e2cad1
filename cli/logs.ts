import { secondsOf } from "../spec/units";
import { Follow, type Listener } from "./follow";
import { interruptible } from "./interruption";
import { stackCommand } from "./options";
import { flipJson, lineJson, printedFlip, printedLine, type Form } from "./printLogs";
import type { Finding } from "./report";
import { CODE, type Result, type Surroundings } from "./run";
import { faultsResult, refused, running, type Running } from "./running";
import { faultsOf, selected, titleOf, type Asked } from "./units";

interface Options {
  stack: string;
  follow?: boolean;
  lines?: string;
  since?: string;
  slot?: string;
  timestamps?: boolean;
  json?: boolean;
}

type Wanted = Asked & { lines?: number; since?: string };

/** Of each container, where nothing says how many. */
const LINES = 100;

/** `slipway logs`: what the containers of a stack write, in one stream. */
export async function logs(argv: string[], around: Surroundings): Promise<Result> {
  const command = stackCommand(
    "logs",
    "Prints the logs of the slot that serves, or of what is named: services, workers, accessories, edge.",
    ["-e staging", "-e production web jobs --follow", "-e production db --since 10m --json"],
    { json: "print one JSON object a line" },
  )
    .argument("[service...]", "of these only")
    .option("-f, --follow", "go on until Ctrl-C, also across deploys")
    .option("--lines <number>", `the last ones of each container (${LINES}; with --since all)`)
    .option("--since <time>", "what is not older: 10m, 2h30m, or 2026-01-31T12:00:00Z")
    .option("--slot <slot>", "blue, green or all, instead of the one that serves")
    .option("--timestamps", "say when each line was written")
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  const { stack, json } = options;
  const wanted = wantedOf(command.args, options);
  if ("faults" in wanted) return faultsResult(stack, wanted, json, around);
  const found = await running(stack, around);
  if ("faults" in found) return faultsResult(stack, found, json, around);
  const described = found.stack.spec.services.map(({ name }) => name);
  const faults = faultsOf(found.units, wanted, found.serving, described);
  if (faults.length > 0) return faultsResult(stack, refused(...faults), json, around);
  return { output: "", code: await print(found, wanted, options, around) };
}

function wantedOf(services: string[], { lines, since, slot }: Options) {
  const faults: Finding[] = [];
  if (lines !== undefined && !/^\d+$/.test(lines)) {
    faults.push({ path: "--lines", what: "is no whole number", given: lines });
  }
  const from = since === undefined ? undefined : sinceOf(since);
  if (since !== undefined && from === undefined) {
    const allowed = "a duration (10m, 2h30m), or a time (2026-01-31T12:00:00Z)";
    faults.push({ path: "--since", what: "is no time", given: since, allowed });
  }
  if (faults.length > 0) return refused(...faults);
  const count = lines === undefined ? (since === undefined ? LINES : undefined) : Number(lines);
  return {
    services,
    ...(slot === undefined ? {} : { slot }),
    ...(count === undefined ? {} : { lines: count }),
    ...(from === undefined ? {} : { since: from }),
  } satisfies Wanted;
}

function sinceOf(text: string): string | undefined {
  const seconds = secondsOf(text);
  const time = seconds === undefined ? Date.parse(text) : Date.now() - seconds * 1000;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

async function print(
  found: Running,
  wanted: Wanted,
  { follow, slot, timestamps = false, json }: Options,
  { streams, colours, say }: Surroundings,
): Promise<number> {
  const { output } = streams;
  const units = selected(found.units, wanted, found.serving);
  const withSlot = slot === "all";
  const form: Form = {
    names: [...new Set(found.units.map(({ name }) => name))],
    width: Math.max(0, ...units.map((unit) => titleOf(unit, withSlot).length)),
    withSlot,
    timestamps,
    colours,
  };
  let code: number = CODE.done;
  if (units.length === 0) {
    say("nothing of it is there");
    code = follow ? CODE.done : CODE.failed;
  }
  await interruptible(async (interrupted) => {
    // A reader that has seen enough (`| head`) ends it too.
    output.once("error", () => interrupted.abort());
    const put = (text: string) =>
      new Promise<void>((resolve) => output.write(text, () => resolve()));
    const listener: Listener = {
      async lines(lines) {
        form.width = Math.max(
          form.width,
          ...lines.map(({ unit }) => titleOf(unit, withSlot).length),
        );
        const texts = lines.map((line) => (json ? lineJson(line) : printedLine(line, form)));
        if (texts.length > 0) await put(`${texts.join("\n")}\n`);
      },
      flip: (flip) => put(`${json ? flipJson(flip) : printedFlip(flip, colours)}\n`),
      fault(text) {
        say(text);
        code = CODE.failed;
      },
    };
    const logs = new Follow(found, wanted, listener, interrupted.signal);
    await logs.history(units);
    if (follow) await logs.live();
  });
  return code;
}
