import { readFileSync } from "fs";
import execa from "execa";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

/** The CLI is killed in the middle of a gate: nothing of that run may live on or write. */
describe("kill -9 of the CLI", () => {
  let stack: TestStack;
  const web = async (version: string, environment: Record<string, string> = {}) =>
    stack.compose({ web: await probe(version, { port: stack.port, environment }) });

  beforeAll(async () => {
    stack = await TestStack.create("killed");
    await web("1");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test("in the gate: the provider dies with it, and the next up converges with another version", async () => {
    await web("2", { START_DELAY_MS: "60000" });
    const load = startLoad(stack.port);
    const update = stack.pulumi(["up", "--yes", "--skip-preview", "--non-interactive"], false);
    await until(
      async () =>
        (await stack.slot("green")).some((c) => c.service === "web" && c.state === "running"),
      60,
    );
    const before = await providers(stack);
    expect(before.length).toBeGreaterThan(0);
    update.kill("SIGKILL");
    await until(async () => (await providers(stack)).length === 0, 10);

    await web("3");
    const locked = await stack.up();
    expect(locked.output).toContain("pulumi cancel");
    await stack.pulumi(["cancel", "--yes"]);
    await stack.deploy();
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["1", "3"]);
    expect((await stack.slot("green")).map((c) => [c.service, c.state])).toEqual([
      ["web", "running"],
    ]);
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("in the first deploy: an orphan does not block the next one", async () => {
    const fresh = await TestStack.create("killedfirst");
    try {
      fresh.compose({ web: await probe("1", { port: fresh.port }) });
      const update = fresh.pulumi(["up", "--yes", "--skip-preview", "--non-interactive"], false);
      await until(async () => (await fresh.containers()).some((c) => c.role === "edge"), 60);
      update.kill("SIGKILL");
      await until(async () => (await providers(fresh)).length === 0, 10);
      await fresh.pulumi(["cancel", "--yes"]);
      fresh.compose({ web: await probe("2", { port: fresh.port }) });
      await fresh.deploy();
      expect(await fresh.version()).toBe("2");
      expect((await fresh.containers()).filter((c) => c.role === "edge")).toHaveLength(1);
      expect((await fresh.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
    } finally {
      await fresh.dispose();
    }
  });
});

/** Processes of our provider that work for this stack: they have its backend in their environment. */
async function providers(stack: TestStack): Promise<string[]> {
  const { stdout } = await execa("pgrep", ["-f", "provider/index.js"], { reject: false });
  return stdout.split("\n").filter((pid) => pid && environmentOf(pid).includes(stack.folder));
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}

async function until(done: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await done())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
