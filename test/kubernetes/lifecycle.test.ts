import execa from "execa";
import { projectRoot } from "../../toolchain/paths";
import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { probe } from "../helpers/probe";
import { changedProgram } from "../helpers/program";
import { until } from "../helpers/until";

const STEADY = { unchanged: expect.any(Number) };

onCluster("an application's life in a cluster", () => {
  let stack: ClusterStack;
  const web = async (version: string, more: Record<string, unknown> = {}) =>
    stack.compose({ web: await probe(version, { port: 80, ...more }) });
  const all = async () => (await stack.containers()).map(({ id }) => id);
  const uids = async (slot: string) => (await stack.slot(slot)).map(({ id }) => id);

  beforeAll(async () => {
    stack = await ClusterStack.createIn("k-life");
    stack.set("services", { web: { replicas: 2 } });
  });
  afterAll(() => stack.dispose());

  /** What a pod answers by way of its node, as our provider asks where the API server's proxy is kept out. */
  const byWayOfNode = async (pod: string, port: number) => {
    const script = `
      const { Client } = require("./provider/kubernetes/client.ts");
      const { forwarded } = require("./provider/kubernetes/ask.ts");
      forwarded(new Client("kubernetes:///k-life"), "${pod}", ${port}, "/", 5000).then(
        ({ body }) => process.exit(console.log(body)),
        ({ message }) => process.exit(console.log(message)),
      );`;
    const env = stack.shell();
    return (await execa("node", ["-r", "./loader.js", "-e", script], { cwd: projectRoot, env }))
      .stdout;
  };

  test("the first deploy serves from blue", async () => {
    await web("1");
    const run = await stack.deploy();
    expect(run.output).toContain("first deploy");
    expect(await stack.version()).toBe("1");
    expect(stack.outputs()).toMatchObject({ active: "blue" });
    expect(await uids("blue")).toHaveLength(2);
  });

  test("where the API server's proxy is kept out, a pod is asked by way of its node", async () => {
    const [pod] = await stack.slot("blue");
    expect(await byWayOfNode(pod!.name, 8080)).toContain('"version":"1"');
    expect(await byWayOfNode(pod!.name, 81)).toContain("connection refused");
  });

  test("a second up is steady", async () => {
    const before = await uids("blue");
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await uids("blue")).toEqual(before);
    expect(Object.keys((await stack.preview()).changes)).toEqual(["unchanged"]);
  });

  test("a bad image leaves the live slot alone", async () => {
    const before = await uids("blue");
    await web("2", { image: "slipway.local/no-such-image:1" });
    const load = stack.load();
    const run = await stack.up();
    const report = await load.stop();
    expect(run.ok).toBe(false);
    expect(run.output).toMatch(/service "web": (ErrImagePull|ImagePullBackOff).*no-such-image/);
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions)).toEqual(["1"]);
    expect(await uids("blue")).toEqual(before);
  });

  test("a deploy goes to green under load; the pods of blue are not touched", async () => {
    const before = await uids("blue");
    await web("2");
    const load = stack.load();
    await stack.deploy();
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["1", "2"]);
    expect(await stack.version()).toBe("2");
    expect(await uids("blue")).toEqual(before);
  });

  test("back to what the idle slot still runs: only the traffic moves", async () => {
    const before = await all();
    stack.set("release", stack.outputs().records[0].release);
    const load = stack.load();
    const run = await stack.deploy();
    const report = await load.stop();
    stack.set("release", undefined);
    expect(run.output).toContain("flip:");
    expect(report.failures).toEqual([]);
    expect(await stack.version()).toBe("1");
    expect(await all()).toEqual(before);
  });

  test("what was rolled back from is held", async () => {
    const refused = await stack.up();
    expect(refused.ok).toBe(false);
    expect(refused.output).toMatch(/is held: it was rolled back from/);
  });

  test("who keeps a connection stays with its pods; when these end, it goes to those that serve", async () => {
    await web("3");
    const faithful = stack.load({ keepAlive: true, insists: true });
    await stack.deploy();
    await web("4");
    await stack.deploy();
    await until(async () => faithful.report.versions["4"]! > 0, 30);
    const report = await faithful.stop();
    expect(report.failures).toEqual([]);
    expect(Object.keys(report.versions)).toEqual(expect.arrayContaining(["1", "4"]));
  });

  test("back to an older release that no slot holds any more: it is made again from its record", async () => {
    const oldest = stack.outputs().records[0].release;
    stack.set("release", oldest);
    const load = stack.load();
    const run = await stack.deploy();
    const report = await load.stop();
    expect(run.output).toContain("deploy:");
    expect(report.failures).toEqual([]);
    expect(await stack.version()).toBe("1");
    expect(stack.outputs().release).toBe(oldest);
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a code change of ours touches nothing that runs", async () => {
    const before = await all();
    // Every pod is rendered with other values.
    stack.program = changedProgram("components/kubernetes/pod.ts", [
      ["enableServiceLinks: false", "enableServiceLinks: true"],
      ["labels: args.labels, ...", 'labels: { ...args.labels, "slipway.renderer": "77" }, ...'],
    ]);
    const run = await stack.deploy();
    stack.program = projectRoot;
    expect(run.changes).toEqual(STEADY);
    expect(await all()).toEqual(before);
  });

  test("pods that are killed one after the other under load: no request fails, and an up has nothing to do", async () => {
    const before = await uids(stack.outputs().active);
    const load = stack.load();
    for (const { name } of await stack.slot(stack.outputs().active)) {
      await stack.kubectl("delete", "pod", name, "--wait=false");
      await until(async () => (await stack.ready("web", stack.outputs().active)) === 2, 30);
    }
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await load.stop()).toMatchObject({ failures: [] });
    const after = await uids(stack.outputs().active);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });

  test("what somebody changed by hand in what runs is theirs: refresh sees it, and no pod is made anew", async () => {
    const deployment = `deployment/web-${stack.outputs().active}`;
    await stack.kubectl("annotate", deployment, "example.com/touched=yes");
    const before = await all();
    const refresh = await stack.run(["refresh", "--yes", "--skip-preview", "--run-program"]);
    expect(refresh).toMatchObject({ ok: true });
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await all()).toEqual(before);
  });

  test("traffic that somebody moved by hand is put back by a plain up", async () => {
    const { active } = stack.outputs();
    const other = active === "blue" ? "green" : "blue";
    const front = (await stack.slot(other))[0]!;
    const selector = { "slipway.front": `${other}-${front.release}` };
    await stack.kubectl(
      "patch",
      `service/${stack.name}`,
      `--patch=${JSON.stringify({ spec: { selector } })}`,
    );
    await until(async () => (await stack.version()) === "4", 10);
    const before = await all();
    const load = stack.load();
    await stack.deploy();
    expect(await load.stop()).toMatchObject({ failures: [] });
    expect(await stack.version()).toBe("1");
    expect(await all()).toEqual(before);
    stack.set("release", undefined);
  });

  test("destroy ends well and leaves nothing", async () => {
    expect(await stack.run(["destroy", "--yes", "--skip-preview"])).toMatchObject({ ok: true });
    expect(await stack.remains()).toEqual([]);
    await until(async () => (await stack.objects("pods")).length === 0, 30);
  });
});
