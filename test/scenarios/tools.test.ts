import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";
import { until } from "../helpers/until";

const PASSWORD = "MARKER-5ecr3t";
const ROWS = 1000;

describe("logs, exec, run, backup and restore", () => {
  let stack: TestStack;
  const compose = async (version: string) =>
    stack.compose(
      {
        web: await probe(version, {
          port: stack.port,
          environment: { PRINT_ENV: "VERSION", TASK_EXIT: "7" },
          deploy: { replicas: 2 },
          "x-slipway": { role: "app" },
          volumes: ["shared:/data"],
          configs: [{ source: "settings", target: "/settings" }],
        }),
        db: {
          image: "postgres:16-alpine",
          environment: {
            POSTGRES_USER: "app",
            POSTGRES_DB: "shop",
            POSTGRES_PASSWORD_FILE: "/run/secrets/password",
          },
          volumes: ["db:/var/lib/postgresql/data"],
          secrets: ["password"],
          healthcheck: {
            test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U app -d shop"],
            interval: "1s",
          },
        },
      },
      {
        volumes: { db: {}, shared: {} },
        configs: { settings: { content: `settings of ${version}\n` } },
        secrets: { password: { external: true } },
      },
    );
  const sql = async (text: string, database = "shop") => {
    const command = ["psql", "-h", "127.0.0.1", "-U", "app", "-d", database, "-Atc", text];
    const { stdout, stderr, exitCode } = await stack.slipway("exec", "db", "--", ...command);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  const count = async () => Number(await sql("select count(*) from notes"));
  const fill = () =>
    sql(`insert into notes select 'note ' || i from generate_series(1, ${ROWS}) as i`);
  const throwaways = async () =>
    (await stack.containers()).filter(({ role }) => role === "throwaway");
  const backups = async (...more: string[]) => {
    const { stdout, exitCode } = await stack.slipway("backup", ...more, "--json");
    expect(exitCode).toBe(0);
    return JSON.parse(stdout).backups as { name: string; bytes: number; sha256: string }[];
  };
  /** In a container of the accessory's image, with the backups at its place. */
  const onVolume = async (script: string) => {
    const { docker } = stack.transport;
    const db = (await stack.containers()).find(({ service }) => service === "db")!;
    const { Image } = await docker.getContainer(db.id).inspect();
    const container = await docker.createContainer({
      Image,
      Entrypoint: ["sh", "-ec"],
      Cmd: [`cd /backups; ${script}`],
      HostConfig: { Binds: ["slipway-tools-backups:/backups"], NetworkMode: "none" },
    });
    try {
      await container.start();
      expect(await container.wait()).toMatchObject({ StatusCode: 0 });
    } finally {
      await container.remove({ force: true, v: true });
    }
  };

  beforeAll(async () => {
    stack = await TestStack.create("tools");
    await stack.secret("key", "0123456789abcdef0123456789abcdef0123456789ab");
    await stack.secret("secrets.password", PASSWORD);
    stack.set("backup", { keep: 2, beforeDeploy: true });
    await compose("1");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test("the first deploy has nothing to back up", async () => {
    expect(await backups("--list")).toEqual([]);
  });

  test("logs of both replicas, in the order of time", async () => {
    const texts = Array.from({ length: 8 }, (_, i) => `text-${i}`);
    for (const text of texts) await stack.get(`/log?text=${text}`);
    const { stdout, exitCode } = await stack.slipway("logs", "--json");
    expect(exitCode).toBe(0);
    const lines = stdout.split("\n").map((line) => JSON.parse(line));
    const told = lines.filter(({ text }) => /^text-/.test(text));
    expect(told.map(({ text }) => text).sort()).toEqual(texts);
    expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort());
    expect(new Set(told.map(({ replica }) => replica))).toEqual(new Set([1, 2]));
    expect(told[0]).toMatchObject({ service: "web", slot: "blue", stream: "stdout" });
    const last = await stack.slipway("logs", "web", "--lines", "1");
    expect(last.stdout).toMatch(/^web\.[12] \| text-\d\nweb\.[12] \| text-\d$/);
    const db = await stack.slipway("logs", "db");
    expect(db.stdout).toMatch(/^db \| .*ready to accept connections/m);
  });

  test("what is not there is told with the nearest name", async () => {
    const { stdout, exitCode } = await stack.slipway("logs", "wep");
    expect(stdout).toContain("Did you mean web?");
    expect(exitCode).toBe(2);
  });

  test("exec hands over what the command writes, and its exit code", async () => {
    const script = "echo out; echo err >&2; exit 7";
    const { stdout, stderr, exitCode } = await stack.slipway(
      "exec",
      "db",
      "--",
      "sh",
      "-c",
      script,
    );
    expect({ stdout, stderr, exitCode }).toMatchObject({ stdout: "out", stderr: "err" });
    expect(exitCode).toBe(7);
    const second = await stack.slipway("exec", "web", "--replica", "2", "--", "/probe", "check");
    expect(second).toMatchObject({ stdout: "200 OK", exitCode: 0 });
    const third = await stack.slipway("exec", "web", "--replica", "3", "--", "/probe", "check");
    expect(third).toMatchObject({ exitCode: 2 });
  });

  test("logs --follow goes on across a deploy, which begins with a backup", async () => {
    const old = await stack.slot("blue");
    const follow = stack.slipwayProcess("logs", "web", "--follow");
    let told = "";
    follow.stdout!.on("data", (chunk: Buffer) => (told += chunk.toString()));
    await until(async () => told.includes("text-7"), 30);
    await compose("2");
    const run = await stack.deploy();
    expect(run.output).toMatch(/backup db-\d{8}T\d{6}Z\.dump, \d/);
    await until(async () => told.includes("--- the traffic moved from blue to green"), 30);
    await until(async () => told.includes("probe 2 listens"), 30);
    await stack.get("/log?text=after");
    await until(async () => /web\.[12] \| after$/m.test(told), 30);
    follow.kill("SIGINT");
    expect((await follow).exitCode).toBe(0);
    expect(told.match(/text-7/g)).toHaveLength(1);
    expect(await stack.slot("blue")).toEqual(old);
  });

  test("a steady up makes no backup", async () => {
    const before = await backups("--list");
    expect(before).toHaveLength(1);
    expect((await stack.deploy()).changes).toEqual({ unchanged: expect.any(Number) });
    expect(await backups("--list")).toEqual(before);
  });

  test("run has the release's environment and files, and leaves nothing", async () => {
    const serving = await stack.slipway("run", "web", "--", "crash");
    expect(serving).toMatchObject({ stdout: "crash: 2", exitCode: 1 });
    const task = await stack.slipway("run", "web", "--", "task");
    expect(task.exitCode).toBe(7);
    const { records } = stack.outputs();
    const older = ["run", "web", "--release", records[0].release] as const;
    const former = await stack.slipway(...older, "--", "crash");
    expect(former).toMatchObject({ stdout: "crash: 1", exitCode: 1 });
    expect(await throwaways()).toEqual([]);
    expect(await stack.slipway("run", "db", "--", "psql")).toMatchObject({ exitCode: 2 });
  });

  test("run that is interrupted leaves nothing, while it runs it is no replica", async () => {
    const run = stack.slipwayProcess("run", "web", "--", "worker");
    await until(async () => (await throwaways()).some(({ state }) => state === "running"), 30);
    const [one] = await throwaways();
    const { Mounts, NetworkSettings } = await stack.transport.docker
      .getContainer(one!.id)
      .inspect();
    expect(Mounts).toMatchObject([{ Name: "tools-shared", Destination: "/data" }]);
    const networks = Object.keys(NetworkSettings.Networks).join();
    for (const name of ["tools-green-", "tools-shared-"]) expect(networks).toContain(name);
    const settings = await stack.transport.readArchive(one!.id, "/settings");
    expect(settings.get("settings")).toBe("settings of 2\n");
    const { stdout } = await stack.slipway("status", "--json");
    expect(JSON.parse(stdout).slots[1].services).toMatchObject([{ running: 2, wanted: 2 }]);
    run.kill("SIGINT");
    expect((await run).exitCode).toBe(130);
    expect(await throwaways()).toEqual([]);
  });

  test("restore brings back each row that was there", async () => {
    await sql("create table notes (text text)");
    await fill();
    const [made] = await backups("db");
    expect(made!.bytes).toBeGreaterThan(1000);
    await sql("delete from notes where text > 'note 5'");
    const left = await count();
    const unasked = await stack.slipway("restore", "db");
    expect(unasked.exitCode).toBe(2);
    expect(unasked.stdout).toContain("--yes");
    expect(await count()).toBe(left);
    const { stdout, exitCode } = await stack.slipway("restore", "--yes");
    expect(stdout).toContain(`db has the data of ${made!.name}`);
    expect(exitCode).toBe(0);
    expect(await count()).toBe(ROWS);
    expect(await throwaways()).toEqual([]);
  });

  test("only so many are kept", async () => {
    const before = await backups("--list");
    const [made] = await backups("db");
    expect((await backups("--list")).map(({ name }) => name)).toEqual([
      made!.name,
      before[0]!.name,
    ]);
  });

  test("a dump that is broken leaves the data as they are", async () => {
    await fill();
    const [newest] = await backups("--list");
    const restore = () => stack.slipway("restore", newest!.name, "--yes");
    await onVolume(`head -c ${newest!.bytes - 700} ${newest!.name} >cut; mv cut ${newest!.name}`);
    expect(await restore()).toMatchObject({
      stdout: expect.stringContaining("the dump is damaged"),
      exitCode: 1,
    });
    // As if it had been noted so: what PostgreSQL itself makes of it.
    const about = `about/${newest!.name}`;
    await onVolume(`echo "1 $(sha256sum ${newest!.name} | cut -d' ' -f1)" >${about}`);
    const { stdout, exitCode } = await restore();
    expect(stdout).toContain("db was not restored, its data are as they were");
    expect(stdout).toContain("pg_restore");
    expect(exitCode).toBe(1);
    expect(await count()).toBe(2 * ROWS);
  });

  test("a deploy whose backup fails changes nothing", async () => {
    await sql("alter database shop rename to away", "postgres");
    const before = await stack.containers();
    await compose("3");
    const run = await stack.up();
    expect(run.ok).toBe(false);
    expect(run.output).toContain('nothing was changed: the backup of "db" before this deploy');
    expect(run.output).not.toContain(PASSWORD);
    expect(await stack.containers()).toEqual(before);
    expect(await stack.version()).toBe("2");
  });

  test("destroy keeps the dumps", async () => {
    expect(await stack.run(["destroy", "--yes", "--skip-preview"])).toMatchObject({ ok: true });
    const volume = stack.transport.docker.getVolume("slipway-tools-backups");
    expect(await volume.inspect()).toMatchObject({ Labels: { "slipway.application": "tools" } });
    expect(await backups("--list")).toHaveLength(2);
  });
});
