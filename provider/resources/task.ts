import type { Place } from "../platform";
import { mask } from "../values";
import { report } from "./health";
import { type Context, type Kind, now } from "./kind";

export interface TaskInputs extends Place {
  release: string;
  /** The service that it belongs to. */
  service: string;
  /** Task's name: the service, or `<service>-release` for a release command. */
  task: string;
  /** A unit that was made and not yet started. */
  unit: string;
  /** Seconds. */
  timeout: number;
  secrets: string[];
}

/** Runs once a release: what has a task-done event is never run again. */
export const task: Kind<TaskInputs> = {
  async diff(olds, news) {
    const other = olds.release !== news.release || olds.unit !== news.unit;
    return { changes: other };
  },
  async create(inputs, context) {
    await runOnce(inputs, context);
    return `${inputs.task}-${inputs.release}`;
  },
  async update(_olds, news, context) {
    await runOnce(news, context);
  },
};

async function runOnce(inputs: TaskInputs, context: Context): Promise<void> {
  const { platform, life, say } = context;
  const events = (await platform.events(inputs.release)).filter(
    (event) => event.detail?.["task"] === inputs.task,
  );
  if (events.some((event) => event.kind === "task-done")) {
    say(`task "${inputs.task}" has run for release ${inputs.release} before; it is not run again`);
    return;
  }
  if (events.some((event) => event.kind === "task-started")) {
    say(
      `task "${inputs.task}" was started for this release before and did not end well; it runs again`,
    );
  }
  await life.assertAlive();
  const detail = { task: inputs.task };
  await platform.addEvent(inputs.release, { kind: "task-started", at: now(), detail });
  const failure = await platform.run(inputs.unit, inputs.timeout).then(
    ({ exitCode }) => (exitCode === 0 ? undefined : `it ended with exit code ${exitCode}`),
    (error: Error) => error.message,
  );
  if (failure !== undefined) {
    const text = await report(
      { id: inputs.unit, service: inputs.service },
      `task "${inputs.task}" failed: ${failure}`,
      context,
    );
    throw new Error(mask(`the traffic was not moved.\n${text}`, inputs.secrets));
  }
  await platform.addEvent(inputs.release, { kind: "task-done", at: now(), detail });
}
