import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";

import { ran } from "../helpers/workflowSteps";

describe("a load against its budget", () => {
  /** What Locust 2.x and k6 1.8.1 wrote of a server on this machine, shortened. */
  const locust = ({ count = 1000, failed = 5, p95 = 400 }) => ({
    "load_stats.csv": `Type,Name,Request Count,Failure Count,50%,95%\nGET,/,1,0,1,1\n,Aggregated,${count},${failed},120,${p95}\n`,
  });
  const k6 = ({ count = 1000, failed = 5, p95 = 400 }) => ({
    "load.json": JSON.stringify({
      metrics: {
        http_reqs: { count, rate: 952.68 },
        http_req_failed: { passes: failed, fails: count - failed, value: failed / count },
        http_req_duration: { avg: 4.7, "p(90)": 8.7, "p(95)": p95 },
      },
    }),
  });
  const before = (p95: number, url = "http://shop") => ({
    "baseline/result.json": JSON.stringify({ url, requests: 1000, errors: 0, p95 }),
  });

  test.each([
    ["within the budget", {}, {}, 0],
    ["too slow", { p95: 1001 }, {}, 1],
    ["too many failed", { failed: 20 }, {}, 1],
    ["about as fast as the last good run", {}, before(300), 0],
    ["twice as slow as the last good run", {}, before(200), 1],
    ["slower than a run against another address", {}, before(200, "http://other"), 0],
    ["slower, by less than what a network does", { p95: 20 }, before(5), 0],
  ])("a load: %s", async (_what, measured, more, code) => {
    for (const files of [locust(measured), k6(measured)]) {
      const env = { BASE_URL: "http://shop", P95: "1000", ERRORS: "1", FACTOR: "1.5" };
      const { exitCode, all, said } = await ran("load", "load_stats.csv", {}, env, (cwd) =>
        Object.entries({ ...files, ...more }).forEach(([name, text]) => {
          mkdirSync(dirname(join(cwd, name)), { recursive: true });
          writeFileSync(join(cwd, name), text);
        }),
      );
      expect({ exitCode, all }).toEqual({ exitCode: code, all: expect.stringContaining("p95") });
      expect(JSON.parse(said("result.json"))).toMatchObject({ url: "http://shop", requests: 1000 });
    }
  });

  test("a load that sent nothing is no good one", async () => {
    const env = { BASE_URL: "http://shop", P95: "1000", ERRORS: "1", FACTOR: "1.5" };
    const { exitCode, all } = await ran("load", "load_stats.csv", {}, env, (cwd) =>
      writeFileSync(join(cwd, "load.json"), JSON.stringify({ metrics: {} })),
    );
    expect(exitCode).toBe(1);
    expect(all).toContain("no request was sent");
  });

  test.each([
    ["the last good run's result", "echo 17", "run download 17 --name load --dir baseline"],
    ["a first run has none", ":", undefined],
    ["one that is kept no more", "echo 17; false", undefined],
  ])("the baseline: %s", async (_what, list, download) => {
    const gh = `echo "$*" >> calls; case "$*" in "run list"*) ${list.split(";")[0]};; *) ${list.split(";")[1] ?? "true"};; esac`;
    const { exitCode, all, said } = await ran("load", "gh run", { gh }, {});
    expect(exitCode).toBe(0);
    if (download === undefined) expect(all).toContain("there is no baseline");
    else expect(said("calls")).toContain(download);
  });
});

describe("the trial of an image", () => {
  const docker = (states: string[], up = "true") => `echo "$*" >> calls
case "$*" in
  *"inspect --format {{range"*) echo "127.0.0.1 " ;;
  *inspect*) states=(${states.map((one) => `"${one}"`).join(" ")}); n=$(cat turn 2> /dev/null || echo 0); echo $((n + 1)) > turn
    echo "\${states[n < \${#states[@]} ? n : \${#states[@]} - 1]}" ;;
  *"ps --all --quiet"*) echo c0ffee ;;
  *logs*) echo "what it said" ;;
  *up*) env | grep ^POSTGRES_PASSWORD= >> calls; ${up} ;;
esac`;
  const BACKEND = {
    TRIAL_SERVICE: "backend",
    TRIAL_IMAGE: "checked/backend:abc",
    TRIAL_FILES: "compose.yaml\nmore.yaml",
    TRIAL_ACCESSORIES: "cache db",
    TRIAL_OTHERS: "frontend worker",
    TRIAL_PORT: "",
    TRIAL_VARIABLES: "POSTGRES_PASSWORD",
  };
  const tried = (
    states: string[],
    env: Partial<typeof BACKEND> = {},
    up?: string,
    prepare?: (cwd: string) => void,
  ) => {
    const programs = { docker: docker(states, up), sleep: ":" };
    return ran("images", "docker compose", programs, { ...BACKEND, ...env }, prepare);
  };

  test("beside its accessories, with its own image, until it is healthy", async () => {
    const { exitCode, all, said } = await tried(["running starting", "running healthy"]);
    expect({ exitCode, all }).toEqual({ exitCode: 0, all: "backend is healthy" });
    const compose = /compose --file=compose.yaml --file=more.yaml --file=\S+trial.json/;
    const [accessories, password, up] = said("calls").split("\n");
    expect(accessories).toMatch(compose);
    expect(accessories).toMatch(/up --detach --wait --wait-timeout 180 cache db$/);
    expect(password).toBe("POSTGRES_PASSWORD=1");
    expect(up).toMatch(/up --detach --no-deps --no-build --scale backend=1 backend$/);
    expect(JSON.parse(said("trial.json"))).toEqual({
      services: {
        backend: {
          image: "checked/backend:abc",
          extra_hosts: ["frontend:127.0.0.1", "worker:127.0.0.1"],
        },
      },
    });
  });

  test.each([
    ["ends", ["running starting", "exited unchecked"], "backend is exited unchecked"],
    ["is unhealthy", ["running starting", "running unhealthy"], "backend is running unhealthy"],
    ["never gets well", ["running starting"], "backend is not healthy after 3 minutes"],
  ])("one that %s is refused, with its logs", async (_what, states, why) => {
    const { exitCode, all } = await tried(states);
    expect(exitCode).toBe(1);
    expect(all).toContain(`::error::${why}`);
    expect(all).toContain("what it said");
  });

  test("accessories that do not come up are told as such", async () => {
    const { exitCode, all } = await tried(["running healthy"], {}, "false");
    expect(exitCode).toBe(1);
    expect(all).toContain("backend has no accessories: they are not healthy");
  });

  test("without a check: its port answers, or it goes on running", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const TRIAL_PORT = String((server.address() as AddressInfo).port);
    const env = { TRIAL_ACCESSORIES: "", TRIAL_PORT };
    const answering = await tried(["running unchecked"], env);
    server.close();
    expect(answering.all).toBe(`backend answers on port ${TRIAL_PORT}`);
    expect((await tried(["running unchecked"], env)).exitCode).toBe(1);
    const worker = await tried(["running unchecked"], { ...env, TRIAL_PORT: "" });
    expect(worker.all).toBe("backend goes on running");
  });

  test("a variable that a .env beside the Compose file sets keeps its value", async () => {
    const write = (cwd: string) => writeFileSync(join(cwd, ".env"), "POSTGRES_PASSWORD=own\n");
    const { exitCode, said } = await tried(["running healthy"], {}, "true", write);
    expect(exitCode).toBe(0);
    expect(said("calls")).not.toContain("POSTGRES_PASSWORD");
  });
});

test("the composed application: what became of every service is kept", async () => {
  const docker = `case "$*" in
  *--services) printf 'api\\ndb\\n' ;;
  *"ps --all") echo "api exited" ;;
  *"logs --no-color --timestamps api") echo "no password" ;;
esac`;
  const env = { TRIAL_FILES: "compose.yaml", TRIAL_VARIABLES: "" };
  const { exitCode, all, said } = await ran("ci", "state/services", { docker }, env);
  expect(exitCode).toBe(0);
  expect(said("state/services.txt")).toBe("api exited\n");
  expect(said("state/api.log")).toBe("no password\n");
  expect(all).toContain("no password");
});
