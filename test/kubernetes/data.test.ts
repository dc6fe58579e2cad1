import { readdirSync, readFileSync } from "fs";
import { join } from "path";
import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { probe } from "../helpers/probe";

const STEADY = { unchanged: expect.any(Number) };
/** Planted: may be in a Secret and in a pod's environment, and nowhere else. */
const MARKER = "MARKER-f00d-1&2+3";
const ROTATED = "MARKER-beef-9&8+7";
const PASSWORD = "fixed-for-this-test";

onCluster("secrets, tasks, a database and its data in a cluster", () => {
  let stack: ClusterStack;
  const everything: string[] = [];
  const up = async () => {
    const run = await stack.up();
    everything.push(run.output);
    return run;
  };
  const compose = async (version: string, web: Record<string, any> = {}, database = {}) => {
    const { environment, ...more } = web;
    const volumes = ["runs:/data"];
    const app = await probe(version, {
      port: 80,
      environment: { TOKEN: "${TOKEN}", URL: "http://u:${TOKEN}@db", ...environment },
      secrets: ["token"],
      depends_on: {
        db: { condition: "service_healthy" },
        seed: { condition: "service_completed_successfully" },
      },
      volumes,
      "x-slipway": { role: "app" },
      ...more,
    });
    const seed = {
      image: app.image,
      command: ["task"],
      restart: "no",
      environment: { TASK_FILE: "/data/runs", VERSION: version },
      volumes,
    };
    const db = {
      image: "postgres:16-alpine",
      environment: { POSTGRES_PASSWORD: PASSWORD, ...database },
      volumes: ["db:/var/lib/postgresql/data"],
      healthcheck: { test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U postgres"], interval: "1s" },
    };
    const top = { volumes: { db: {}, runs: {} }, secrets: { token: { external: true } } };
    stack.compose({ web: app, seed, db }, top);
  };
  const db = async () => (await stack.containers()).find((c) => c.role === "accessory")!;
  const sql = async (text: string) => {
    const client = ["env", `PGPASSWORD=${PASSWORD}`, "psql", "-h", "127.0.0.1", "-U", "postgres"];
    return stack.kubectl("exec", (await db()).name, "--", ...client, "-qAtc", text);
  };
  const variable = async (name: string) => (await stack.get(`/env?name=${name}`)).body;
  const runs = async () =>
    (await stack.get("/file?path=/data/runs")).body.trim().split("\n").filter(Boolean);

  beforeAll(async () => {
    stack = await ClusterStack.createIn("k-data");
    await stack.loadImages("postgres:16-alpine");
    await stack.secret("key", "0123456789abcdef0123456789abcdef0123456789ab");
    await stack.secret("secrets.TOKEN", MARKER);
    await stack.secret("secrets.token", MARKER);
    await compose("1");
  });
  afterAll(() => stack.dispose());

  test("secrets arrive as variables, inside longer texts, and as files", async () => {
    expect((await up()).output).not.toContain("error:");
    expect(await variable("TOKEN")).toBe(MARKER);
    expect(await variable("URL")).toBe(`http://u:${MARKER}@db`);
    expect((await stack.get("/file?path=/run/secrets/token")).body).toBe(MARKER);
  });

  test("a task has run once, and runs again for a new release only", async () => {
    expect(await runs()).toEqual(["1"]);
    expect((await up()).changes).toEqual(STEADY);
    expect(await runs()).toEqual(["1"]);
  });

  test("a crashing version that prints its secret: the error shows the log with the secret masked", async () => {
    await compose("2", { environment: { PRINT_ENV: "TOKEN" }, command: ["crash"] });
    const load = stack.load();
    const run = await up();
    expect((await load.stop()).failures).toEqual([]);
    expect(run.ok).toBe(false);
    expect(run.output).toContain("crash: [secret]");
    expect(await stack.version()).toBe("1");
  });

  test("the database is not touched by a deploy with a rotated secret", async () => {
    const before = await db();
    await sql("create table notes (text text); insert into notes values ('kept')");
    await stack.secret("secrets.TOKEN", ROTATED);
    await compose("3");
    expect((await up()).output).toContain("secrets changed: TOKEN");
    expect(await stack.version()).toBe("3");
    expect(await variable("TOKEN")).toBe(ROTATED);
    expect((await runs()).at(-1)).toBe("3");
    expect(await db()).toEqual(before);
  });

  test("planted secrets are nowhere in state, outputs, logs, errors, or what the namespace shows", async () => {
    const shown = await stack.kubectl("get", "all,configmaps,events", "--output=yaml");
    const places = [
      ...everything,
      (await stack.preview("--diff")).output,
      ...allFiles(join(stack.folder, "state")).map((file) => readFileSync(file, "utf8")),
      shown,
    ];
    expect(shown).toContain("slipway-k-data-release-");
    for (const secret of [MARKER, ROTATED]) {
      const forms = [
        secret,
        JSON.stringify(secret).slice(1, -1),
        encodeURIComponent(secret),
        Buffer.from(secret).toString("base64").slice(0, -2),
      ];
      for (const form of forms) expect(places.filter((text) => text.includes(form))).toEqual([]);
    }
  });

  test("a changed accessory is told in the preview, then replaced; its data stays", async () => {
    const before = await db();
    await compose("3", {}, { PGTZ: "UTC" });
    expect((await stack.preview()).output).toContain('this restarts "db", which both slots use');
    await stack.deploy();
    expect((await db()).id).not.toBe(before.id);
    expect(await sql("select text from notes")).toBe("kept");
    expect((await up()).changes).toEqual(STEADY);
  });

  test("an accessory that is described no more stays while a retained release names it", async () => {
    const before = await db();
    stack.compose({ web: await probe("4", { port: 80 }) });
    const run = await stack.deploy();
    expect(run.output).toContain("db: no longer described, but kept while a retained release");
    expect(await stack.version()).toBe("4");
    expect(await db()).toEqual(before);
    await compose("5", {}, { PGTZ: "UTC" });
    await stack.deploy();
    expect(await db()).toEqual(before);
  });

  test("destroy leaves nothing but data, and an up after it finds that", async () => {
    expect(await stack.run(["destroy", "--yes", "--skip-preview"])).toMatchObject({ ok: true });
    const claims = ["persistentvolumeclaim/db", "persistentvolumeclaim/runs"];
    expect(await stack.remains()).toEqual(claims);
    await stack.deploy();
    expect(await stack.version()).toBe("5");
    expect(await sql("select text from notes")).toBe("kept");
  });
});

function allFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? allFiles(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}
