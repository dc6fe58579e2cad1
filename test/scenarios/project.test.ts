import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "fs";
import { tmpdir } from "os";
import { join } from "path";
import execa from "execa";
import { parse, stringify } from "yaml";
import type { EffectReport } from "../../cli/effect";
import type { InitReport } from "../../cli/init";
import { Transport } from "../../provider/docker/transport";
import { LABEL } from "../../spec/names";
import { engineHost } from "../../toolchain/engine";
import { toolchainEnv } from "../../toolchain/env";
import { ensureBaseImages } from "../../toolchain/images";
import { projectRoot } from "../../toolchain/paths";
import { probe } from "../helpers/probe";
import { LOGIN, Registry } from "../helpers/registry";
import { checkReport } from "../helpers/report";
import { freePort } from "../helpers/stack";

const STACKS = ["staging", "production"] as const;
type Stack = (typeof STACKS)[number];
/** Both on one engine, with the same port. */
const ADDRESS = { staging: "127.0.0.1", production: "127.0.0.2" };

describe("a project from nothing, by the command alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-project-"));
  const { docker } = new Transport(engineHost());
  let registry: Registry;
  let port: number;

  const environment = {
    ...toolchainEnv(),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
  };
  const slipway = async (command: string, ...more: string[]) => {
    const run = await execa("node", [join(projectRoot, "bin/slipway.js"), command, ...more], {
      cwd: folder,
      env: { ...environment, INIT_CWD: undefined },
      all: true,
      reject: false,
      stdin: "ignore",
    });
    if (more.includes("--json")) checkReport(command, run.stdout);
    return run;
  };
  const effect = async (command: string, ...more: string[]) => {
    const { stdout, exitCode } = await slipway(command, ...more, "--json");
    return { ...(JSON.parse(stdout) as EffectReport), exitCode };
  };
  const nameOf = (stack: Stack) => `project-${stack}`;
  const containersOf = (stack: Stack) =>
    docker.listContainers({
      all: true,
      filters: { label: [`${LABEL.application}=${nameOf(stack)}`] },
    });
  /** Repository digests of what serves. */
  const served = async (stack: Stack) => {
    const front = (await containersOf(stack)).find(({ Labels }) => Labels[LABEL.service] === "web");
    return (await docker.getImage(front!.ImageID).inspect()).RepoDigests;
  };
  const statusOf = async (stack: Stack) =>
    (await fetch(`http://${ADDRESS[stack]}:${port}/`)).status;
  const build = async (version: string) => {
    const { image, ...web } = await probe(version);
    mkdirSync(join(folder, "web"), { recursive: true });
    writeFileSync(join(folder, "web/Dockerfile"), `FROM ${image}\nLABEL built=${version}\n`);
    const services = { web: { ...web, build: "web", ports: [`${port}:8080`] } };
    writeFileSync(join(folder, "compose.yaml"), stringify({ services }));
  };

  beforeAll(async () => {
    registry = await Registry.start();
    port = await freePort();
    for (const name of ["node_modules", "state"]) mkdirSync(join(folder, name));
    symlinkSync(projectRoot, join(folder, "node_modules/slipway"));
    await build("1");
  });
  afterAll(async () => {
    const left = (await Promise.all(STACKS.map(containersOf))).flat();
    await Promise.all(
      left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })),
    );
    await registry?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  test("init writes the project and its stacks, and says what the Compose file comes to", async () => {
    const { stdout, exitCode } = await slipway("init", "--name", "project", "--json");
    const report = JSON.parse(stdout) as InitReport;
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ ok: true, stacks: STACKS, warnings: [] });
    expect(report.check!.services).toMatchObject([{ name: "web", role: "app" }]);
    for (const file of report.files) expect(existsSync(join(folder, file))).toBe(true);
    const states = join(folder, "state/.pulumi/stacks/slipway");
    expect(readdirSync(states)).toEqual(
      expect.arrayContaining(["staging.json", "production.json"]),
    );
  });

  test("asked again it writes over nothing, and says so", async () => {
    const before = readFileSync(join(folder, "Pulumi.staging.yaml"), "utf8");
    const again = await slipway("init", "--name", "other");
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout).toContain("Pulumi.staging.yaml is there already and stays as it is");
    expect(readFileSync(join(folder, "Pulumi.staging.yaml"), "utf8")).toBe(before);
  });

  test("the first stack builds, pushes and serves", async () => {
    const mirrors = await ensureBaseImages(() => {});
    for (const stack of STACKS) {
      const file = join(folder, `Pulumi.${stack}.yaml`);
      const { config, ...rest } = parse(readFileSync(file, "utf8"));
      const login = { username: LOGIN.username, password: "REGISTRY_TOKEN" };
      const own = {
        ...config,
        "slipway:name": nameOf(stack),
        "slipway:docker": { host: engineHost(), bind: ADDRESS[stack] },
        "slipway:mirrors": mirrors,
        "slipway:registry": { server: `${registry.address}/acme`, ...login },
      };
      writeFileSync(file, stringify({ ...rest, config: own }));
      const secret = ["--secret", "--path", "slipway:secrets.REGISTRY_TOKEN", LOGIN.password];
      await execa("pulumi", ["config", "set", "--stack", stack, ...secret], {
        cwd: folder,
        env: environment,
      });
    }
    const report = await effect("deploy", "-e", "staging", "-v", "1.0");
    expect(report).toMatchObject({
      faults: [],
      exitCode: 0,
      after: { slot: "blue", version: "1.0" },
    });
    expect(await statusOf("staging")).toBe(200);
  });

  test("into production nothing goes unasked", async () => {
    const report = await effect("promote", "--from", "staging", "--to", "production");
    expect(report).toMatchObject({ exitCode: 2, tried: false });
    expect(await containersOf("production")).toEqual([]);
  });

  test("promote takes images and version along, whatever the sources say by now", async () => {
    await build("2");
    const report = await effect("promote", "--from", "staging", "--to", "production", "--yes");
    expect(report).toMatchObject({ faults: [], exitCode: 0, after: { version: "1.0" } });
    expect(await served("production")).toEqual(await served("staging"));
    expect(await statusOf("production")).toBe(200);
    const { stdout } = await slipway("status", "-e", "production");
    expect(stdout).toContain("1.0");
  });

  test("from a stack that runs nothing there is nothing to promote", async () => {
    const report = await effect("destroy", "-e", "staging", "--yes");
    expect(report).toMatchObject({ exitCode: 0, ok: true });
    expect(await containersOf("staging")).toEqual([]);
    const refused = await effect("promote", "--from", "staging", "--to", "production", "--yes");
    expect(refused).toMatchObject({ exitCode: 2, faults: [{ path: "--from" }] });
    expect(await statusOf("production")).toBe(200);
  });

  test("destroy wants a yes, then leaves no container", async () => {
    expect(await effect("destroy", "-e", "production")).toMatchObject({
      exitCode: 2,
      tried: false,
    });
    expect(await statusOf("production")).toBe(200);
    const { exitCode, stdout } = await slipway("destroy", "-e", "production", "--yes");
    expect(stdout).toMatch(/Removed, but for its data volumes \(\d/);
    expect(exitCode).toBe(0);
    expect(await containersOf("production")).toEqual([]);
  });
});
