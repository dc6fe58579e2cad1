import { projectRoot } from "../../toolchain/paths";
import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { probe } from "../helpers/probe";
import { ensureProbeImage } from "../helpers/probeImage";
import { changedProgram } from "../helpers/program";
import { withSibling } from "../shared/sibling";

const STEADY = { unchanged: expect.any(Number) };

/** A part of a run fails that comes after others had gone well. */
onCluster("a run that ends half-way, in a cluster", () => {
  let stack: ClusterStack;
  const web = async (version: string) => stack.compose({ web: await probe(version, { port: 80 }) });

  beforeAll(async () => {
    stack = await ClusterStack.createIn("k-halfway");
    stack.set("strategy", { drainTimeout: 6, deployTimeout: 20 });
    await web("1");
    await stack.deploy();
  });
  afterAll(() => stack.dispose());

  test("the gate has passed and the flip fails; the candidate is deleted; the same version again", async () => {
    await web("2");
    const load = stack.load();
    stack.program = changedProgram("provider/kubernetes/traffic.ts", [
      [
        "  const [front] =",
        '  if (client) throw new Error("the cluster hiccups");\n  const [front] =',
      ],
    ]);
    const broken = await stack.up();
    stack.program = projectRoot;
    expect(broken.ok).toBe(false);
    expect(broken.output).toContain("the traffic was not moved (blue serves): the cluster hiccups");
    expect(await stack.version()).toBe("1");
    await stack.kubectl("delete", "deployment/web-green");

    await stack.deploy();
    expect(await stack.version()).toBe("2");
    expect(await load.stop()).toMatchObject({ failures: [] });
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a resource beside ours fails during the drain: the traffic has moved, and all know it", async () => {
    await web("3");
    const load = stack.load();
    const slow = stack.load({ clients: 2, path: "/slow?ms=4000" });
    stack.program = await withFailingSibling(stack.name);
    const broken = await stack.up();
    stack.program = projectRoot;
    expect(broken.ok).toBe(false);
    expect(broken.output).toContain("kubernetes:core/v1:Pod sibling");
    expect(await stack.version()).toBe("3");

    await web("4");
    await stack.deploy();
    const report = await load.stop();
    expect([...report.failures, ...(await slow.stop()).failures]).toEqual([]);
    expect(Object.keys(report.versions).sort()).toEqual(["2", "3", "4"]);
    expect((await stack.deploy()).changes).toEqual(STEADY);
    stack.set("release", stack.outputs().records.at(-2).release);
    await stack.deploy();
    expect(await stack.version()).toBe("3");
  });
});

/** A user's own Pod that starts as the gate has passed, and is not ready three seconds later. */
async function withFailingSibling(namespace: string): Promise<string> {
  const never = { exec: { command: ["/probe", "check", "http://127.0.0.1:1/"] } };
  const image = await ensureProbeImage();
  const args = {
    metadata: { namespace, annotations: { "pulumi.com/timeoutSeconds": "3" } },
    spec: { containers: [{ name: "sibling", image, args: ["worker"], readinessProbe: never }] },
  };
  const code = `new kubernetes.core.v1.Pod("sibling", ${JSON.stringify(args)}, { dependsOn: healthy.gate })`;
  return withSibling("kubernetes", code);
}
