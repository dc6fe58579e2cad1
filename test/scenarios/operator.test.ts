import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";
import type { EffectReport } from "../../cli/effect";
import type { HistoryReport } from "../../cli/history";
import { projectRoot } from "../../toolchain/paths";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { processesOf } from "../helpers/processes";
import { TestStack } from "../helpers/stack";
import { until } from "../helpers/until";

const MARKER = "marker-operator-5ecret";

describe("the operator's command", () => {
  let stack: TestStack;
  const releases: string[] = [];
  const web = async (version: string, environment: Record<string, string> = {}) =>
    stack.compose({ web: await probe(version, { port: stack.port, environment }) });
  const json = async <T = EffectReport>(command: string, ...more: string[]) => {
    const { stdout, exitCode } = await stack.slipway(command, "--json", ...more);
    return { ...(JSON.parse(stdout) as T), exitCode };
  };
  const lastLine = ({ stdout }: { stdout: string }) => stdout.trim().split("\n").pop();
  const config = () => readFileSync(join(stack.folder, `Pulumi.${stack.name}.yaml`), "utf8");

  /** Starts a deploy, and returns it once its candidate runs. */
  const begun = async (version: string) => {
    const before = (await stack.containers()).map(({ id }) => id);
    const run = stack.slipwayProcess("deploy", "-v", version);
    const isThere = async () =>
      (await stack.slot("green")).some(
        ({ id, state }) => state === "running" && !before.includes(id),
      );
    await until(isThere, 120);
    return { run };
  };

  beforeAll(async () => {
    stack = await TestStack.create("operator");
    await stack.secret("secrets.TOKEN", MARKER);
    await stack.secret("key", "0123456789abcdef0123456789abcdef");
  });
  afterAll(() => stack.dispose());

  test("deploy tells its steps, names the version, and says what serves", async () => {
    await web("1");
    const run = await stack.slipway("deploy", "-v", "1.0");
    expect(run.all).toContain("first deploy: release 1.0");
    expect(run.stderr).toMatch(/service web blue: started {2}\d+\.\d s\n[\s\S]*traffic has moved/);
    expect(lastLine(run)).toMatch(/^1\.0 \(release \w{12}\) serves from blue at http:\S+ \(\d/);
    expect(run.exitCode).toBe(0);
    expect(config()).toContain('slipway:version: "1.0"');
    releases.push(stack.outputs().release as string);
  });

  test("on a terminal it draws its steps in place, in colours", async () => {
    await web("2");
    stack.project();
    const line = `node ${join(projectRoot, "bin/slipway.js")} deploy -e ${stack.name} -v 2.0`;
    const { stdout } = await execa("script", ["-qec", line, "/dev/null"], {
      env: { ...stack.shell(), INIT_CWD: stack.folder },
    });
    expect(stdout).toContain("\u001b[32m✔");
    // What was drawn is erased for the next drawing.
    expect(stdout.split("\u001b[2K").length).toBeGreaterThan(10);
    expect(stdout).toMatch(/2\.0 \(release \w{12}\) serves from green/);
    stack.adoptConfig();
    releases.push(stack.outputs().release as string);
  });

  test("history tells updates and releases together, by the update's id", async () => {
    const { updates, exitCode } = await json<HistoryReport>("history");
    expect(exitCode).toBe(0);
    expect(updates).toMatchObject([
      { command: "deploy", result: "succeeded", release: releases[1], version: "2.0" },
      { command: "deploy", result: "succeeded", release: releases[0], version: "1.0" },
    ]);
    expect(new Set(updates.map(({ update }) => update)).size).toBe(2);
    // Of plain pulumi, told by its time.
    await stack.deploy();
    const [newest] = (await json<HistoryReport>("history")).updates;
    expect(newest).toMatchObject({ kind: "update", result: "succeeded" });
    expect(newest).not.toHaveProperty("command");
  });

  test("rollback refuses what cannot be, with what can; nothing is changed", async () => {
    const typo = await json("rollback", "--to", "1.O");
    expect(typo).toMatchObject({ exitCode: 2, tried: false });
    expect(typo.faults).toMatchObject([{ path: "--to", cure: "Did you mean 1.0?" }]);
    const far = await json("rollback", "-r", "7");
    expect(far).toMatchObject({ exitCode: 2, faults: [{ allowed: `1.0 (${releases[0]})` }] });
    expect(await stack.version()).toBe("2");
  });

  test("rollback goes back, and the release that it left is held", async () => {
    const load = startLoad(stack.port);
    const back = await json("rollback", "--to", "1.0");
    expect(back).toMatchObject({ exitCode: 0, moved: true, after: { release: releases[0] } });
    expect(await load.stop()).toMatchObject({ failures: [] });
    const [newest] = (await json<HistoryReport>("history")).updates;
    expect(newest).toMatchObject({ command: "rollback", rolledBackFrom: releases[1] });
    const again = await json("deploy");
    expect(again).toMatchObject({ exitCode: 1, moved: false, after: { release: releases[0] } });
    expect(again.faults[0]!.what).toContain("is held");
  });

  test("preview tells the plan first; for a comment as Markdown", async () => {
    await web("3", { TOKEN: "${TOKEN}" });
    stack.set("version", "2.1");
    const { stdout, exitCode } = await stack.slipway("preview", "--markdown");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^### Slipway: operator\n\n```\n.*deploy: release/s);
    expect(stdout).toContain("<details><summary>");
    expect(stdout).not.toContain(MARKER);
  });

  test("a failed deploy leaves diagnostics, without a secret in them; the old release serves", async () => {
    await web("3", { TOKEN: "${TOKEN}", UNHEALTHY: "1" });
    // A runner would get one archive.
    stack.variables = { CI: "" };
    const failed = await json("deploy", "-v", "3.0");
    expect(failed).toMatchObject({ exitCode: 1, moved: false, after: { version: "1.0" } });
    expect(failed.faults[0]!.what).toContain("did not pass its gate");
    const files = filesBelow(failed.diagnostics!);
    const names = files.map((file) => file.slice(failed.diagnostics!.length + 1));
    expect(names).toEqual(
      expect.arrayContaining(["error.txt", "plan.txt", "pulumi.log", "networks.json"]),
    );
    expect(names.filter((name) => /^(logs|inspect)\/operator-green-web/.test(name))).toHaveLength(
      2,
    );
    const texts = files.map((file) => readFileSync(file, "utf8")).join("\n");
    expect(texts).toContain("TOKEN=[secret]");
    expect(texts).not.toContain(MARKER);
  });

  test("a second deploy beside one in its gate is told who is at it; a signal to the first ends it well", async () => {
    await web("4", { START_DELAY_MS: "60000" });
    const { run: first } = await begun("4.0");
    const second = await json("deploy");
    expect(second).toMatchObject({ exitCode: 1, faults: [{ path: "state" }] });
    expect(second.faults[0]!.cure).toContain("It still runs");
    first.kill("SIGINT");
    const { exitCode, stdout } = await first;
    expect(exitCode).toBe(1);
    expect(lastLine({ stdout })).toMatch(/^Stopped after .*the traffic was not moved: 1\.0/);
    expect(processesOf(stack)).toEqual([]);
  });

  test("a deploy whose runner is lost: abort takes its lock over and clears its candidate", async () => {
    await web("5", { START_DELAY_MS: "60000" });
    const { run: lost } = await begun("5.0");
    for (const pid of processesOf(stack)) process.kill(pid, "SIGKILL");
    await lost;
    const refused = await json("deploy");
    expect(refused.faults[0]!.cure).toContain("slipway abort");
    const given = await stack.slipway("abort");
    expect(given.all).toContain("its lock is taken over");
    expect(given.exitCode).toBe(0);
    expect(await stack.slot("green")).toEqual([]);
    await web("6");
    const next = await json("deploy", "-v", "6.0");
    expect(next).toMatchObject({ exitCode: 0, after: { version: "6.0" } });
  });

  test("a signal in the drain: the last line says that the traffic has moved", async () => {
    stack.set("strategy", { drainTimeout: 10, deployTimeout: 15 });
    await web("6.1");
    // Under way at the flip, these make the drain last.
    const slow = startLoad(stack.port, { clients: 2, path: "/slow?ms=6000" });
    const run = stack.slipwayProcess("deploy", "-v", "6.1");
    await until(async () => (await stack.version()) === "6.1", 120);
    // execa's own kill would send SIGKILL after five seconds.
    process.kill(run.pid!, "SIGTERM");
    const { exitCode, stdout } = await run;
    expect((await slow.stop()).failures).toEqual([]);
    expect(exitCode).toBe(1);
    expect(lastLine({ stdout })).toMatch(/^Stopped after .*the traffic has moved from \w+: 6\.1 /);
    stack.adoptConfig();
    // The other slot is the idle one for what follows.
    expect(await json("rollback", "--to", "6.0")).toMatchObject({ exitCode: 0 });
  });

  test("clean empties the idle slot and touches nothing else, whatever the files say by now", async () => {
    const live = await stack.slot("green");
    await web("7");
    expect(await json("clean")).toMatchObject({ exitCode: 0, moved: false });
    expect(await stack.slot("blue")).toEqual([]);
    expect(await stack.slot("green")).toEqual(live);
    expect(config()).not.toContain("empty");
  });
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );
