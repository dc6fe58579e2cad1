import { readdirSync, readFileSync } from "fs";
import { join } from "path";
import { LABEL } from "../../spec/names";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { TestStack } from "../helpers/stack";

/** Planted: may appear in a container's environment, and nowhere else. */
const MARKER = "MARKER-f00d-1&2+3";
const ROTATED = "MARKER-beef-9&8+7";

describe("secrets, tasks, accessories and their data", () => {
  let stack: TestStack;
  const everything: string[] = [];
  const up = async () => {
    const run = await stack.up();
    everything.push(run.output);
    return run;
  };
  const compose = async (version: string, web: Record<string, any> = {}, database = {}) => {
    const { environment, ...more } = web;
    stack.compose(
      {
        web: await probe(version, {
          port: stack.port,
          environment: { TOKEN: "${TOKEN}", URL: "http://u:${TOKEN}@db", ...environment },
          secrets: ["token"],
          depends_on: {
            db: { condition: "service_healthy" },
            seed: { condition: "service_completed_successfully" },
          },
          ...more,
        }),
        seed: {
          image: (await probe(version)).image,
          command: ["task"],
          restart: "no",
          environment: { TASK_FILE: "/data/runs" },
          volumes: ["runs:/data"],
        },
        db: {
          image: "postgres:16-alpine",
          environment: { POSTGRES_PASSWORD: "fixed-for-this-test", ...database },
          volumes: ["db:/var/lib/postgresql/data"],
          healthcheck: {
            test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U postgres"],
            interval: "1s",
          },
        },
      },
      {
        volumes: { db: {}, runs: {} },
        secrets: { token: { external: true } },
      },
    );
  };
  const db = async () => (await stack.containers()).find((c) => c.role === "accessory")!;
  const sql = async (text: string) => {
    const command = ["psql", "-h", "127.0.0.1", "-U", "postgres", "-Atc", text];
    const { exitCode, output } = await stack.transport.exec((await db()).id, [
      "env",
      "PGPASSWORD=fixed-for-this-test",
      ...command,
    ]);
    if (exitCode !== 0) throw new Error(output);
    return output;
  };
  const webEnvironment = async () => {
    const serving = (await stack.slot(stack.outputs().active)).find((c) => c.service === "web")!;
    const info = await stack.transport.docker.getContainer(serving.id).inspect();
    return `${info.Config.Env.join("\n")}\n`;
  };

  beforeAll(async () => {
    stack = await TestStack.create("data");
    await stack.secret("key", "0123456789abcdef0123456789abcdef0123456789ab");
    await stack.secret("secrets.TOKEN", MARKER);
    await stack.secret("secrets.token", MARKER);
    await compose("1");
  });
  afterAll(() => stack.dispose());

  test("secrets arrive as variables, inside longer texts, and as files", async () => {
    const run = await up();
    expect(run.output).not.toContain("error:");
    expect(await webEnvironment()).toContain(`TOKEN=${MARKER}\n`);
    expect(await webEnvironment()).toContain(`URL=http://u:${MARKER}@db`);
    const file = await stack.get("/file?path=/run/secrets/token");
    expect(file.body).toContain(MARKER);
  });

  test("a task has run once, and runs again for a new release only", async () => {
    const runs = async () => (await taskFile(stack)).trim().split("\n").length;
    expect(await runs()).toBe(1);
    const again = await up();
    expect(again.changes).toEqual({ unchanged: expect.any(Number) });
    expect(await runs()).toBe(1);
    await compose("2");
    await up();
    expect(await stack.version()).toBe("2");
    expect(await runs()).toBe(2);
  });

  test("a crashing version that prints its secret: the error shows the log with the secret masked", async () => {
    await compose("3", { environment: { PRINT_ENV: "TOKEN" }, command: ["crash"] });
    const load = startLoad(stack.port);
    const run = await up();
    expect((await load.stop()).failures).toEqual([]);
    expect(run.ok).toBe(false);
    expect(run.output).toContain("crash: [secret]");
    expect(await stack.version()).toBe("2");
  });

  test("an accessory is not touched by a deploy", async () => {
    const before = await db();
    await sql("create table notes (text text); insert into notes values ('kept')");
    await compose("4");
    await up();
    expect(await stack.version()).toBe("4");
    expect(await db()).toEqual(before);
  });

  test("a rotated secret is a new release; a rollback over it uses today's value", async () => {
    const older = stack.outputs().release;
    await stack.secret("secrets.TOKEN", ROTATED);
    await stack.secret("secrets.token", ROTATED);
    const run = await up();
    expect(run.output).toContain("secrets changed: TOKEN");
    expect(await webEnvironment()).toContain(`TOKEN=${ROTATED}\n`);
    // The slot in between is filled anew, so that the older release has to be made from its record.
    await compose("5");
    await up();
    stack.set("release", older);
    await up();
    stack.set("release", undefined);
    expect(await stack.version()).toBe("4");
    expect(await webEnvironment()).toContain(`TOKEN=${ROTATED}\n`);
  });

  test("a rollback to a release whose image is gone is refused before anything changes", async () => {
    const { docker } = stack.transport;
    const only = `slipway.local/data-only:${Date.now()}`;
    const [repository, tag] = only.split(":") as [string, string];
    await docker.getImage((await probe("x")).image as string).tag({ repo: repository, tag });
    stack.set("force", undefined);
    await compose("6", { image: only });
    await up();
    const gone = stack.outputs().release;
    await compose("7");
    await up();
    await compose("8");
    await up();
    await docker.getImage(only).remove();
    const before = await stack.containers();
    stack.set("release", gone);
    const run = await up();
    stack.set("release", undefined);
    expect(run.ok).toBe(false);
    expect(run.output).toContain(`the image of "web" is gone (${only})`);
    expect(run.output).toMatch(/allowed: \w{12}/);
    expect(await stack.containers()).toEqual(before);
  });

  test("planted secrets are nowhere in state, outputs, previews, logs, errors, labels or records", async () => {
    const preview = await stack.preview("--diff");
    const listed = await stack.transport.docker.listContainers({
      all: true,
      filters: { label: [`${LABEL.application}=data`] },
    });
    const holder = listed.find((c) => c.Labels[LABEL.role] === "holder")!;
    const records = await stack.transport.readArchive(holder.Id, "/records");
    const places = [
      ...everything,
      preview.output,
      ...allFiles(join(stack.folder, "state")).map((file) => readFileSync(file, "utf8")),
      readFileSync(join(stack.folder, "config.yaml"), "utf8"),
      JSON.stringify(listed.map((c) => [c.Labels, c.Command, c.Names])),
      ...records.values(),
    ];
    expect(records.size).toBeGreaterThan(5);
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
    await compose("8", {}, { PGTZ: "UTC" });
    const preview = await stack.preview();
    expect(preview.output).toContain('this restarts "db", which both slots use');
    await up();
    expect((await db()).id).not.toBe(before.id);
    expect(await sql("select text from notes")).toBe("kept");
    expect((await up()).changes).toEqual({ unchanged: expect.any(Number) });
  });

  test("an accessory that is described no more stays while a retained release names it", async () => {
    const before = await db();
    stack.compose({ web: await probe("9", { port: stack.port }) });
    const run = await up();
    expect(run.output).toContain("db: no longer described, but kept while a retained release");
    expect(await stack.version()).toBe("9");
    expect(await db()).toEqual(before);
    expect((await up()).changes).toEqual({ unchanged: expect.any(Number) });
    await compose("10", {}, { PGTZ: "UTC" });
    await up();
    expect(await db()).toEqual(before);
  });

  test("destroy ends with 0, and an up after it finds its data", async () => {
    const destroyed = await stack.run(["destroy", "--yes", "--skip-preview"]);
    expect(destroyed).toMatchObject({ ok: true });
    expect(await stack.containers()).toEqual([]);
    const run = await up();
    expect(run.ok).toBe(true);
    expect(await sql("select text from notes")).toBe("kept");
  });
});

async function taskFile(stack: TestStack): Promise<string> {
  const [task] = (await stack.containers()).filter((c) => c.role === "task");
  const files = await stack.transport.readArchive(task!.id, "/data/runs");
  return files.get("runs") ?? "";
}

function allFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? allFiles(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}
