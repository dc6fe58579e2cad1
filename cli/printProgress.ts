import { columns, type Colours } from "./print";
import type { Step } from "./progress";

const VERBS: Record<Step["phase"], [running: string, done: string]> = {
  build: ["builds", "built"],
  check: ["is checked", "checked"],
  push: ["is pushed", "pushed"],
  accessory: ["starts", "started"],
  empty: ["the idle slot is emptied", "the idle slot is empty"],
  task: ["task runs", "task has run"],
  service: ["starts", "started"],
  gate: ["the candidate is examined", "the candidate has passed"],
  traffic: ["the traffic moves, the old slot drains", "the traffic has moved"],
  worker: ["is exchanged", "exchanged"],
  github: ["is set", "set"],
  remove: ["is removed", "removed"],
};

const what = ({ phase, state }: Step) =>
  state === "failed" ? "failed" : VERBS[phase][state === "done" ? 1 : 0];

export const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

/** One line for each change, for a log: when, what, and how long it took. */
export function stepLine(step: Step, since: number, now: number, colours: Colours): string {
  const at = seconds(now - since).padStart(8);
  const took = step.ended === undefined ? "" : `  ${seconds(step.ended - step.began)}`;
  const colour = { running: (text: string) => text, done: colours.green, failed: colours.red };
  const subject = [step.phase, step.subject, step.slot].filter(Boolean).join(" ");
  return `${at}  ${subject}: ${colour[step.state](what(step))}${colours.dim(took)}`;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME = 100;

/** All steps below each other, for a terminal that draws them anew; `estimate` in ms, from earlier updates. */
export function drawn(
  heading: readonly string[],
  steps: readonly Step[],
  { since, now, estimate }: { since: number; now: number; estimate?: number },
  colours: Colours,
): string {
  const spinner = FRAMES[Math.floor(now / FRAME) % FRAMES.length]!;
  const sign = {
    running: colours.cyan(spinner),
    done: colours.green("✔"),
    failed: colours.red("✖"),
  };
  const about = estimate === undefined ? "" : ` of about ${seconds(estimate)}`;
  const rows = columns(
    steps.map((step) => [
      step.phase,
      step.subject,
      step.slot ?? "",
      seconds((step.ended ?? now) - step.began),
      step.state === "running" && step.note ? `${what(step)}: ${step.note}` : what(step),
    ]),
    " ",
  );
  const lines = rows.map((row, index) => `  ${sign[steps[index]!.state]}${row}`);
  const [title, ...plan] = heading;
  const first = `${colours.bold(title!)}  ${colours.dim(`${seconds(now - since)}${about}`)}`;
  return [first, ...plan.map((line) => colours.dim(`  ${line}`)), ...lines].join("\n");
}
