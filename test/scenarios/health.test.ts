import type { DoctorReport } from "../../cli/doctor";
import type { HealthReport } from "../../cli/healthReport";
import { selfSignedFor } from "../helpers/certificate";
import { probe } from "../helpers/probe";
import { KEY } from "../helpers/spec";
import { TestStack } from "../helpers/stack";
import { until } from "../helpers/until";

const NAME = "well.slipway.test";
const URL = `https://${NAME}/`;
/** Of this scenario alone: nobody else has its ports 80 and 443. */
const ENGINE = { host: "unix:///var/run/docker.sock", bind: "127.0.0.78", command: [] };
const MARKER = "marker-of-a-secret-value";

describe("slipway health and slipway doctor", () => {
  let stack: TestStack;
  let watching: ReturnType<TestStack["slipwayProcess"]> | undefined;
  /** All that was ever printed. */
  const printed: string[] = [];

  const run = async (command: string, ...more: string[]) => {
    const { all, stdout, exitCode } = await stack.slipway(command, ...more);
    printed.push(all ?? "");
    return { stdout, exitCode, last: stdout.trimEnd().split("\n").pop() };
  };
  const health = async () => JSON.parse((await run("health", "--json")).stdout) as HealthReport;
  const of = (report: HealthReport, name: string) =>
    report.services.find(({ service }) => service === name)!;
  /** The rows that are not well. */
  const doctor = async () => {
    const { rows } = JSON.parse((await run("doctor", "--json")).stdout) as DoctorReport;
    return rows.filter(({ ok }) => !ok);
  };
  const container = async (service: string) => {
    const all = await stack.containers();
    // Of a worker there is a double, too, with which its gate has tried it.
    const { id } = all.find((one) => one.service === service && one.role !== "trial")!;
    return stack.transport.docker.getContainer(id);
  };

  beforeAll(async () => {
    stack = await TestStack.create("wellness", ENGINE);
    const own = selfSignedFor(5, NAME);
    await stack.secret("key", KEY);
    await stack.secret("secrets.PASSWORD", MARKER);
    // An argument of the CLI must not begin with a dash.
    await stack.secret("secrets.CERT", `\n${own.cert}`);
    await stack.secret("secrets.CERTKEY", `\n${own.key}`);
    stack.set("domain", NAME);
    stack.set("tls", { certificate: { cert: "CERT", key: "CERTKEY" } });
    const shared = { healthcheck: undefined, "x-slipway": { role: "accessory" } };
    const worker = { healthcheck: undefined, "x-slipway": { role: "worker" } };
    stack.compose({
      web: await probe("1", { port: stack.port, environment: { PASSWORD: "${PASSWORD:?}" } }),
      cache: await probe("-", { ...shared, environment: { PORT: "6379" }, expose: ["6379"] }),
      jobs: await probe("1", { ...worker, command: ["worker"] }),
    });
  });
  afterAll(async () => {
    watching?.kill("SIGKILL");
    await stack.dispose();
  });

  test("before the first deploy the doctor says ready, and health that nothing serves", async () => {
    expect(await run("doctor")).toMatchObject({
      exitCode: 0,
      last: `Ready: slipway deploy -e ${stack.name}`,
    });
    expect(await run("health")).toMatchObject({ exitCode: 1, last: "unhealthy: nothing serves" });
  });

  test("all that serves is well, each by what was asked of it", async () => {
    await stack.deploy();
    const report = await health();
    expect(report).toMatchObject({
      ok: true,
      active: "blue",
      release: stack.outputs().release,
      addresses: [{ url: URL, verdict: "healthy", status: 200, took: expect.any(Number) }],
      certificates: [{ host: NAME, verdict: "warning", days: 4 }],
      disk: { free: expect.any(Number) },
      faults: [],
    });
    const well = { verdict: "healthy", running: 1, wanted: 1, restarts: 0 };
    const took = expect.any(Number);
    expect(report.services).toMatchObject([
      { service: "edge", ...well },
      {
        service: "web",
        ...well,
        check: "healthy",
        answer: { asked: "GET :8080/health", status: 200, took },
      },
      { service: "jobs", ...well, check: "none" },
      { service: "cache", ...well, program: "Redis", answer: { asked: "port 6379", took } },
    ]);
    expect((await run("health")).exitCode).toBe(0);
  });

  test("a worker that was killed, and a cache that was stopped", async () => {
    const [jobs, cache] = [await container("jobs"), await container("cache")];
    await Promise.all([jobs.update({ RestartPolicy: { Name: "no" } }), cache.stop()]);
    await jobs.kill();
    await until(async () => !(await jobs.inspect()).State.Running, 10);
    const report = await health();
    expect(of(report, "jobs")).toMatchObject({ running: 0, wanted: 1, exitCode: 137 });
    expect(of(report, "cache")).toMatchObject({ verdict: "unhealthy", running: 0 });
    expect(of(report, "web").verdict).toBe("healthy");
    expect(await run("health")).toMatchObject({ exitCode: 1, last: "unhealthy: jobs, cache" });
    await Promise.all([jobs.start(), cache.start()]);
    expect((await health()).ok).toBe(true);
  });

  test("a service that hangs: its check, its answer and the public address", async () => {
    const web = await container("web");
    await web.kill({ signal: "SIGSTOP" });
    await until(async () => (await web.inspect()).State.Health?.Status === "unhealthy", 30);
    const report = await health();
    await web.kill({ signal: "SIGCONT" });
    expect(of(report, "web")).toMatchObject({
      running: 1,
      check: "unhealthy",
      answer: { error: "no answer within 5 s" },
    });
    expect(report.addresses).toMatchObject([{ url: URL, verdict: "unhealthy" }]);
    expect(report).toMatchObject({ ok: false, summary: `unhealthy: web, ${URL}` });
    await until(async () => (await web.inspect()).State.Health?.Status === "healthy", 30);
  });

  test("--watch in a pipe tells what changes, and Ctrl-C ends it with the code of its last look", async () => {
    const cache = await container("cache");
    watching = stack.slipwayProcess("health", "--watch", "1");
    let seen = "";
    watching.stdout!.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    const sees = (text: RegExp) => until(async () => text.test(seen), 30);
    await sees(/Z healthy: \S+ serves from blue, with 1 warning\n$/);
    seen = "";
    await cache.stop();
    await sees(/Z cache: unhealthy: 0 of 1 running[^]*Z unhealthy: cache\n/);
    await cache.start();
    await sees(/Z cache: healthy\n[^]*Z healthy: .*\n$/);
    expect(seen).not.toContain(" the edge: ");
    await cache.stop();
    await sees(/Z unhealthy: cache\n$/);
    watching.kill("SIGINT");
    const { exitCode, signal } = await watching;
    expect({ exitCode, signal }).toEqual({ exitCode: 1, signal: undefined });
    printed.push(seen);
    await cache.start();
  });

  test("the doctor knows the stack's own claim, and one of another state", async () => {
    expect(await doctor()).toEqual([]);
    const other = await TestStack.create("wellness-other", ENGINE);
    other.set("name", stack.name);
    other.compose({ web: await probe("1", { port: other.port }) });
    const { stdout, exitCode } = await other.slipway("doctor");
    await other.dispose();
    expect(stdout).toMatch(/no  claim .* it is another's \(claim .+\)/);
    expect({ exitCode, last: stdout.split("\n").pop() }).toEqual({
      exitCode: 1,
      last: "Not ready: claim",
    });
  });

  test("a wrong passphrase", async () => {
    stack.variables = { PULUMI_CONFIG_PASSPHRASE: "wrong" };
    const rows = await doctor();
    stack.variables = {};
    expect(rows).toMatchObject([
      { what: "secrets", cure: expect.stringContaining("PULUMI_CONFIG_PASSPHRASE") },
    ]);
  });

  test("an engine that is not there, and an option that nobody knows", async () => {
    stack.onHost("unix:///var/run/nobody.sock");
    const rows = await doctor();
    stack.onHost(ENGINE.host);
    expect(rows).toMatchObject([
      { what: "engine", found: expect.stringContaining("nobody.sock"), cure: expect.anything() },
    ]);
    expect(await run("doctor", "--nonsense")).toMatchObject({ exitCode: 2 });
  });

  test("no secret is ever printed", () => {
    expect(printed.length).toBeGreaterThan(10);
    expect(printed.join("\n")).not.toMatch(new RegExp(`${MARKER}|BEGIN|${KEY.slice(0, 20)}`));
  });
});
