import { rmSync } from "node:fs";
import { health } from "../../../cli/health";
import type { HealthReport } from "../../../cli/healthReport";
import type { Screen } from "../../../cli/screen";
import { platformAt } from "../../../provider/places";
import { releaseOf } from "../../../spec/release";
import type { Observation } from "../../../spec/types";
import { surroundings } from "../../helpers/command";
import { FakePlatform } from "../../helpers/fakePlatform";
import {
  complete,
  container,
  empty,
  incomplete,
  observation,
  record,
  served,
  untouched,
} from "../../helpers/observation";
import { application, folder, service } from "../../helpers/spec";

jest.mock("../../../provider/places");

const NOW = "2026-01-01T10:30:00.000Z";
const ago = (minutes: number) => new Date(Date.parse(NOW) - minutes * 60_000).toISOString();
const inDays = (days: number) => new Date(Date.parse(NOW) + days * 86_400_000).toISOString();

const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml": `services:
  api: { image: "api:1", ports: ["8000:8000"] }
  db: { image: "postgres:17" }
`,
  "Pulumi.staging.yaml":
    'config:\n  slipway:name: shop\n  slipway:docker: { host: "unix:///one.sock" }\n',
};
const described = application({
  version: "1.1",
  services: [
    service({ replicas: 2 }),
    service({ name: "jobs", role: "worker", health: undefined }),
    service({
      name: "db",
      role: "accessory",
      image: { kind: "reference", reference: "postgres:17" },
      health: undefined,
    }),
  ],
});
const live = releaseOf(described);
const API = ["id-blue-api", "id-blue-api.2"];
const ASKED = ":8000/health";

let cwd: string;
let platform: FakePlatform;
beforeEach(() => {
  cwd = folder(FILES);
  jest.useFakeTimers({ now: Date.parse(NOW), doNotFake: ["nextTick"] });
  platform = new FakePlatform();
  const [first] = complete("blue", live).containers;
  const api = [first!, { ...first!, id: API[1]!, name: "shop-blue-api.2" }];
  platform.found = observation({
    serving: "blue",
    reach: { hosts: [] },
    slots: {
      blue: {
        ...complete("blue", live),
        containers: api.map((one) => ({ ...one, health: "healthy" })),
      },
      green: empty(),
    },
    records: [record(live, [served("blue", 5)])],
    accessories: [container()],
    workers: [container({ resource: "worker-jobs", service: "jobs", role: "worker" })],
    disk: { free: 50e9 },
  });
  for (const id of API) platform.visits[`${id} ${ASKED}`] = [{ status: 200, took: 3 }];
  platform.visits["id-accessory-db :5432"] = [{ took: 1 }];
  jest.mocked(platformAt).mockReturnValue(platform);
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(cwd, { recursive: true });
});

const found = (): Observation => platform.found;
const run = async (...argv: string[]) => {
  const { output, code } = await health(["-e", "staging", ...argv], surroundings(cwd));
  return { output, code, last: output.split("\n").pop() };
};
const json = async () => JSON.parse((await run("--json")).output) as HealthReport;
const of = async (name: string) => {
  const { services } = await json();
  return services.find((one) => one.service === name)!;
};

test("all is well, each with what was asked of it", async () => {
  platform.visits[`${API[1]} ${ASKED}`] = [{ status: 200, took: 40 }];
  const { output, code } = await run();
  expect(code).toBe(0);
  expect(output.replaceAll(live.id, "LIVE")).toMatchInlineSnapshot(`
   "Application shop (stack staging) on unix:///one.sock: release LIVE, version 1.1, from blue

   Services
     healthy  edge  edge       1 of 1 running  no check
     healthy  api   app        2 of 2 running  healthy   GET :8000/health 200 in 40 ms
     healthy  jobs  worker     1 of 1 running  no check
     healthy  db    accessory  1 of 1 running  no check  PostgreSQL, port 5432 takes connections in 1 ms

   Addresses
     healthy  http://localhost:8000/  200 in 1 ms

   Host
     healthy  disk  50 GB free for Docker

   healthy: 1.1 serves from blue"
  `);
});

test("a document for programs", async () => {
  expect(await json()).toMatchObject({
    format: 1,
    stack: "staging",
    at: NOW,
    ok: true,
    application: "shop",
    active: "blue",
    release: live.id,
    version: "1.1",
    addresses: [{ url: "http://localhost:8000/", verdict: "healthy", status: 200, took: 1 }],
    disk: { verdict: "healthy", free: 50e9 },
    faults: [],
  });
});

describe("bad news", () => {
  test("a container that has ended", async () => {
    found().slots.blue.containers[1]!.running = false;
    platform.units[API[1]!] = [{ state: "exited", exitCode: 137, outOfMemory: true }];
    expect(await of("api")).toMatchObject({
      verdict: "unhealthy",
      running: 1,
      wanted: 2,
      exitCode: 137,
      outOfMemory: true,
      problems: ["1 of 2 running", `${API[1]} ended with 137, for want of memory`],
    });
    expect(await run()).toMatchObject({ code: 1, last: "unhealthy: api" });
  });

  test("one that crashes, and one that was taken out of a network", async () => {
    found().workers[0]!.running = false;
    platform.units["id-worker-jobs"] = [{ state: "restarting", exitCode: 1, restarts: 7 }];
    found().accessories[0]!.running = false;
    expect((await of("jobs")).problems).toContain(
      "id-worker-jobs crashes: it ended with 1 and was started again 7 times",
    );
    expect((await of("db")).problems).toContain(
      "id-accessory-db runs, but is not in all of its networks",
    );
  });

  test("a service, a worker, a database and an edge of which nothing is left", async () => {
    const { edge: _edge, ...rest } = found();
    platform.found = { ...rest, workers: [], accessories: [] };
    platform.found.slots.blue.containers = [];
    const { services } = await json();
    expect(services.map((one) => [one.service, one.problems])).toEqual([
      ["edge", ["0 of 1 running"]],
      ["api", ["0 of 2 running"]],
      ["jobs", ["0 of 1 running"]],
      ["db", ["0 of 1 running"]],
    ]);
    expect(await run()).toMatchObject({ code: 1, last: "unhealthy: the edge, api, jobs, db" });
  });

  test("unhealthy by its own check", async () => {
    found().slots.blue.containers[0]!.health = "unhealthy";
    expect(await of("api")).toMatchObject({
      check: "unhealthy",
      problems: [`${API[0]} is unhealthy by its own check`],
    });
    expect((await run()).code).toBe(1);
  });

  test("one of two replicas answers with a fault, or not at all: the worst is told", async () => {
    platform.visits[`${API[1]} ${ASKED}`] = [{ status: 503, took: 2 }];
    expect(await of("api")).toMatchObject({
      answer: { asked: "GET :8000/health", status: 503, took: 2 },
      problems: ["GET :8000/health answered 503"],
    });
    platform.visits[`${API[1]} ${ASKED}`] = [new Error("no answer within 5 s")];
    expect((await of("api")).problems).toEqual(["GET :8000/health: no answer within 5 s"]);
  });

  test("a database that takes no connection", async () => {
    platform.visits["id-accessory-db :5432"] = [
      new Error("nothing takes connections on port 5432"),
    ];
    expect(await of("db")).toMatchObject({
      program: "PostgreSQL",
      problems: ["port 5432: nothing takes connections on port 5432"],
    });
  });

  test("the public address answers with a fault of the edge, or not at all", async () => {
    const url = "http://localhost:8000/";
    platform.edgeAnswers[url] = [{ status: 502 }];
    expect((await json()).addresses).toMatchObject([{ status: 502, problems: ["answered 502"] }]);
    platform.edgeAnswers[url] = [new Error("connect ECONNREFUSED")];
    expect(await run()).toMatchObject({ code: 1, last: `unhealthy: ${url}` });
  });

  test("nothing serves", async () => {
    const { serving: _serving, ...rest } = found();
    platform.found = rest;
    expect(await run()).toMatchObject({ code: 1, last: "unhealthy: nothing serves" });
    platform.found = untouched();
    expect((await json()).warnings).toEqual(["it is not deployed there"]);
  });

  test("a platform that cannot be read", async () => {
    platform.observe = async () => {
      throw new Error("the Docker engine at unix:///one.sock: no answer within 10 s");
    };
    const { output, code, last } = await run();
    expect(output).toContain("no answer within 10 s");
    expect({ code, last }).toEqual({ code: 1, last: "what is there is not known" });
  });

  test("a stack that nobody knows is refused", async () => {
    const { output, code } = await health(["-e", "stagin"], surroundings(cwd));
    expect(output).toContain("Did you mean staging?");
    expect(code).toBe(2);
  });
});

describe("a database", () => {
  test("that has a check of its own is not disturbed", async () => {
    found().accessories[0]!.health = "healthy";
    platform.visits["id-accessory-db :5432"] = [new Error("asked all the same")];
    const db = await of("db");
    expect(db).toMatchObject({ verdict: "healthy", check: "healthy" });
    expect(db).not.toHaveProperty("answer");
  });

  test("to which no way leads has no check", async () => {
    delete platform.visits["id-accessory-db :5432"];
    const { output, code } = await run();
    expect(code).toBe(0);
    expect(output).toMatch(/db +accessory +1 of 1 running +no check +PostgreSQL$/m);
  });
});

describe("warnings do not fail", () => {
  test("restarts within the last hour; older ones are only counted", async () => {
    platform.units[API[0]!] = [{ restarts: 3, startedAt: ago(5) }];
    expect(await of("api")).toMatchObject({
      verdict: "warning",
      restarts: 3,
      problems: [`${API[0]} was started again within the last hour, 3 times in all`],
    });
    expect(await run()).toMatchObject({
      code: 0,
      last: "healthy: 1.1 serves from blue, with 1 warning",
    });
    platform.units[API[0]!] = [{ restarts: 3, startedAt: ago(90) }];
    expect(await of("api")).toMatchObject({ verdict: "healthy", restarts: 3 });
  });

  test("a container that is still starting", async () => {
    found().slots.blue.containers[0]!.health = "starting";
    expect(await of("api")).toMatchObject({ verdict: "warning", check: "starting" });
  });

  test("little room on the disk", async () => {
    platform.found = { ...found(), disk: { free: 1e9 } };
    const { output, code } = await run();
    expect(output).toContain("the disk: 1.0 GB are free for Docker: slipway prune -e staging");
    expect(code).toBe(0);
  });

  test("an idle slot to which no flip would lead back", async () => {
    found().slots.green = incomplete("green", live);
    expect((await json()).warnings).toEqual([
      "the green slot, which does not serve, is incomplete: api",
    ]);
    expect((await run()).code).toBe(0);
  });
});

describe("certificates", () => {
  const tls = { staging: false, redirect: true };
  beforeEach(() => {
    platform.found = { ...found(), reach: { hosts: ["app.example.com"], tls } };
  });

  test.each([
    [{ until: inDays(60) }, "healthy", 60, []],
    [{ until: inDays(13.5) }, "warning", 13, ["it expires on 2026-01-14"]],
    [{ until: inDays(-1) }, "unhealthy", -1, ["it has expired on 2025-12-31"]],
    [
      { until: inDays(60), fault: "it is for another name" },
      "unhealthy",
      60,
      ["it is for another name"],
    ],
  ])("%j is %s", async (certificate, verdict, days, problems) => {
    platform.certificates["app.example.com"] = [certificate];
    const { certificates, ok } = await json();
    expect(certificates).toEqual([
      { host: "app.example.com", until: certificate.until, verdict, days, problems },
    ]);
    expect(ok).toBe(verdict !== "unhealthy");
  });

  test("none is there", async () => {
    platform.certificates["app.example.com"] = [new Error("no viable challenge")];
    const { certificates, addresses } = await json();
    expect(certificates).toMatchObject([{ problems: ["there is none: no viable challenge"] }]);
    expect(addresses).toMatchObject([{ url: "https://app.example.com/" }]);
    expect(await run()).toMatchObject({
      code: 1,
      last: "unhealthy: certificate of app.example.com",
    });
  });
});

describe("the router of a slot", () => {
  beforeEach(() => {
    const services = [service(), service({ name: "web", health: undefined })];
    const release = releaseOf(application({ services, ingress: [] }));
    platform.found = {
      ...found(),
      slots: { blue: complete("blue", release), green: empty() },
      records: [record(release)],
    };
  });
  const front = container({
    resource: "front-blue",
    service: "front",
    role: "front",
    slot: "blue",
  });

  test("is asked for the health of all that it leads to", async () => {
    found().slots.blue.containers.push(front);
    platform.visits["id-front-blue :80/slipway/health"] = [{ status: 200, took: 2 }];
    expect(await of("front")).toMatchObject({ verdict: "healthy", answer: { status: 200 } });
  });

  test("is missed when it is gone", async () => {
    expect(await of("front")).toMatchObject({ verdict: "unhealthy", running: 0, wanted: 1 });
  });
});

describe("--watch", () => {
  const written: string[] = [];
  let ending: AbortController;
  const screen = (isTerminal: boolean): Screen => ({
    isTerminal,
    write: (text) => void written.push(text),
    ended: () => ending.signal,
  });
  beforeEach(() => {
    written.length = 0;
    ending = new AbortController();
  });
  const watching = (isTerminal: boolean, ...argv: string[]) =>
    health(
      ["-e", "staging", "--watch", ...argv],
      surroundings(cwd, { screen: screen(isTerminal) }),
    );
  const seconds = (count: number) => jest.advanceTimersByTimeAsync(count * 1000);
  const stop = () => (found().workers[0]!.running = false);

  test("in a pipe tells changes with their time; its exit code is that of the last look", async () => {
    const done = watching(false, "10");
    await seconds(1);
    expect(written.join("")).toBe(
      [
        "serves: 1.1 from blue",
        "the edge: healthy",
        "api: healthy",
        "jobs: healthy",
        "db: healthy",
        "http://localhost:8000/: healthy",
        "the disk: healthy",
        "healthy: 1.1 serves from blue",
      ]
        .map((line) => `${NOW} ${line}\n`)
        .join(""),
    );
    written.length = 0;
    await seconds(10);
    expect(written.join("")).toBe("");
    stop();
    platform.units["id-worker-jobs"] = [{ state: "exited", exitCode: 2 }];
    await seconds(10);
    expect(written.join("")).toBe(
      "2026-01-01T10:30:20.000Z jobs: unhealthy: 0 of 1 running; id-worker-jobs ended with 2\n" +
        "2026-01-01T10:30:20.000Z unhealthy: jobs\n",
    );
    ending.abort();
    expect(await done).toEqual({ output: "", code: 1 });
  });

  test("says nothing of numbers that always differ", async () => {
    const done = watching(false);
    await seconds(1);
    written.length = 0;
    platform.visits[`${API[0]} ${ASKED}`] = [{ status: 200, took: 99 }];
    platform.found = { ...found(), disk: { free: 49e9 } };
    await seconds(5);
    expect(written).toEqual([]);
    ending.abort();
    expect((await done).code).toBe(0);
  });

  test("an engine that goes away does not end it", async () => {
    const done = watching(false);
    await seconds(1);
    written.length = 0;
    const { observe } = platform;
    platform.observe = () => Promise.reject(new Error("gone"));
    await seconds(5);
    expect(written.join("")).toContain("unix:///one.sock: what is there cannot be read: gone\n");
    platform.observe = observe;
    await seconds(5);
    expect(written.join("")).toContain(" healthy: 1.1 serves from blue\n");
    ending.abort();
    expect((await done).code).toBe(0);
  });

  test("on a terminal draws all of it in place", async () => {
    const done = watching(true);
    await seconds(6);
    expect(written).toHaveLength(2);
    expect(written[1]).toMatch(
      /^\x1b\[H\x1b\[J2026-01-01T10:30:05.000Z, again each 5 s[^]*healthy: 1.1 serves from blue\n$/,
    );
    ending.abort();
    await done;
  });

  test("with --json a line each time that something changes", async () => {
    const done = watching(false, "--json");
    await seconds(6);
    stop();
    await seconds(5);
    const [first, second, ...more] = written.map((line) => JSON.parse(line) as HealthReport);
    expect([first!.ok, second!.ok, more]).toEqual([true, false, []]);
    ending.abort();
    await done;
  });

  test("ended before the first look is over, it is not well", async () => {
    platform.observe = () => new Promise(() => {});
    const done = watching(false);
    await seconds(1);
    ending.abort();
    expect(await done).toEqual({ output: "", code: 1 });
  });
});
