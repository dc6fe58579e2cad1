import { task, type TaskInputs } from "../../../provider/resources/task";
import type { RecordEvent } from "../../../spec/types";
import { context, deadContext, errorOf, FakePlatform, PLACE } from "../../helpers/fakePlatform";

const inputs: TaskInputs = {
  ...PLACE,
  release: "new",
  service: "api",
  task: "api-release",
  unit: "task-1",
  timeout: 60,
  secrets: ["hunter22"],
};
const event = (kind: RecordEvent["kind"], name = "api-release"): RecordEvent => ({
  kind,
  at: "2026-01-01T10:00:00.000Z",
  detail: { task: name },
});

let platform: FakePlatform;
beforeEach(() => {
  platform = new FakePlatform();
});

describe("it differs", () => {
  test.each<[string, Partial<TaskInputs>, boolean]>([
    ["for another release", { release: "newer" }, true],
    ["for another unit", { unit: "task-2" }, true],
    ["not for the same unit, whatever else", { timeout: 1, secrets: [] }, false],
  ])("%s", async (_what, more, changes) => {
    const diff = await task.diff(inputs, { ...inputs, ...more }, context(platform));
    expect(diff.changes).toBe(changes);
  });
});

describe("a release without its events", () => {
  test("runs it, between two events that name it", async () => {
    await task.create(inputs, context(platform));
    expect(platform.writes).toEqual([
      "addEvent new task-started",
      "run task-1",
      "addEvent new task-done",
    ]);
    expect(platform.history.get("new")).toMatchObject([
      { detail: { task: "api-release" } },
      { detail: { task: "api-release" } },
    ]);
  });

  test("does not run it for a run that has ended", async () => {
    await errorOf(task.create(inputs, deadContext(platform)));
    expect(platform.writes).toEqual([]);
  });
});

describe("once a release", () => {
  test("what is done is not run again, and said", async () => {
    platform.history.set("new", [event("task-started"), event("task-done")]);
    const run = context(platform);
    await task.update!(inputs, inputs, run);
    expect(platform.writes).toEqual([]);
    expect(run.said).toEqual([
      'task "api-release" has run for release new before; it is not run again',
    ]);
  });

  test("what was started and not done runs again, and that is said first", async () => {
    platform.history.set("new", [event("task-started")]);
    const run = context(platform);
    await task.create(inputs, run);
    expect(platform.writes).toContain("run task-1");
    expect(run.said).toEqual([
      'task "api-release" was started for this release before and did not end well; it runs again',
    ]);
  });

  test("another task of the release does not count", async () => {
    platform.history.set("new", [event("task-done", "seed")]);
    await task.create(inputs, context(platform));
    expect(platform.writes).toContain("run task-1");
  });

  test("another release does not count", async () => {
    platform.history.set("old", [event("task-done")]);
    await task.create(inputs, context(platform));
    expect(platform.writes).toContain("run task-1");
  });
});

describe("its failure", () => {
  const failed = () => errorOf(task.create(inputs, context(platform)));

  test("names the task, the exit code, and that the traffic was not moved", async () => {
    platform.runs["task-1"] = 3;
    const message = await failed();
    expect(message).toContain("the traffic was not moved");
    expect(message).toContain('task "api-release" failed: it ended with exit code 3');
  });

  test("tells what kept it from ending", async () => {
    platform.runs["task-1"] = new Error("it did not end: no answer within 60 s");
    expect(await failed()).toContain("failed: it did not end: no answer within 60 s");
  });

  test("quotes its log, with secrets masked", async () => {
    platform.runs["task-1"] = 1;
    platform.written["task-1"] = "connecting with hunter22\nrefused";
    expect(await failed()).toContain("  | connecting with [secret]\n  | refused");
  });

  test("leaves it started and not done", async () => {
    platform.runs["task-1"] = 1;
    await failed();
    expect(platform.history.get("new")!.map(({ kind }) => kind)).toEqual(["task-started"]);
  });
});
