import { type Gateway, startGateway } from "../../toolchain/kubernetes/gateway";
import { startCluster } from "../../toolchain/kubernetes/cluster";
import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";
import { interruptUp, killUp } from "../helpers/processes";
import { until } from "../helpers/until";

const NAME = "k-gate.test";

onCluster("what stands before the one Service", () => {
  let stack: ClusterStack;
  let gateway: Gateway;
  const asked = (version: string) => expect.objectContaining({ version });
  const answer = async () => JSON.parse((await stack.get("/", gateway.port, NAME)).body);

  const describeAs = async (version: string) =>
    stack.compose({ web: await probe(version, { port: 80 }) });

  beforeAll(async () => {
    gateway = await startGateway(await startCluster());
    stack = await ClusterStack.createIn("k-gate");
    stack.set("domain", NAME);
  });
  afterAll(() => stack?.dispose());

  test("an HTTPRoute at a Gateway leads to it", async () => {
    const { name, namespace } = gateway;
    stack.set("kubernetes", { namespace: "k-gate", gateway: { name, namespace } });
    await describeAs("1");
    await stack.deploy();
    expect(await answer()).toEqual(asked("1"));
  });

  test("a flip behind it loses nothing", async () => {
    await describeAs("2");
    const load = startLoad(gateway.port, { name: NAME });
    await stack.deploy();
    expect(await load.stop()).toMatchObject({ failures: [] });
    expect(await answer()).toEqual(asked("2"));
  });

  describe("a canary", () => {
    const weights = async () => {
      const route = JSON.parse(await stack.kubectl("get", "httproute/k-gate", "--output=json"));
      const [rule] = route.spec.rules as { backendRefs: { weight: number }[] }[];
      return rule!.backendRefs.map(({ weight }) => weight);
    };
    const isUnderWay = async () => (await weights())[1] === 30;
    beforeAll(() => {
      const canary = [{ weight: 30, pause: 6 }];
      stack.set("strategy", { drainTimeout: 1, deployTimeout: 20, canary });
    });

    test("gives a new release its share, and then all of it", async () => {
      await describeAs("3");
      const load = startLoad(gateway.port, { name: NAME });
      const run = stack.deploy();
      await until(isUnderWay, 60);
      const versions = await Promise.all(Array.from({ length: 100 }, answer));
      const share = versions.filter(({ version }) => version === "3").length;
      expect(share).toBeGreaterThan(10);
      expect(share).toBeLessThan(60);
      await run;
      const { failures } = await load.stop();
      expect(failures).toEqual([]);
      expect(await answer()).toEqual(asked("3"));
      expect(await weights()).toEqual([100, 0]);
    });

    test("that is interrupted takes it back", async () => {
      await describeAs("4");
      const { exitCode, output } = await interruptUp(stack, isUnderWay);
      expect(exitCode).not.toBe(0);
      expect(output).toContain("the canary ended at 30 % of the requests: this run is to end");
      expect(await weights()).toEqual([100, 0]);
      expect(await answer()).toEqual(asked("3"));
    });

    test("whose run is killed is ended by the next one, which begins with it anew", async () => {
      await killUp(stack, isUnderWay);
      await stack.pulumi(["cancel", "--yes"]);
      expect(await weights()).toEqual([70, 30]);
      const load = startLoad(gateway.port, { name: NAME });
      await stack.deploy();
      expect((await load.stop()).failures).toEqual([]);
      expect(await weights()).toEqual([100, 0]);
      expect(await answer()).toEqual(asked("4"));
    });

    test("ends when the candidate does not stay well; the traffic stays where it is", async () => {
      await describeAs("5");
      const run = stack.up();
      await until(isUnderWay, 60);
      const idle = stack.outputs().active === "blue" ? "green" : "blue";
      await stack.kubectl("delete", `deployment/web-${idle}`);
      const { ok, output } = await run;
      expect(ok).toBe(false);
      expect(output).toContain("the canary ended at 30 % of the requests");
      expect(await weights()).toEqual([100, 0]);
      expect(await answer()).toEqual(asked("4"));
    });
  });

  test("an Ingress takes its place", async () => {
    const ingress = { class: gateway.ingressClass };
    stack.set("kubernetes", { namespace: "k-gate", ingress });
    stack.set("strategy", { drainTimeout: 1, deployTimeout: 20 });
    await describeAs("6");
    await stack.deploy();
    await until(async () => (await answer()).version === "6", 10);
    expect(await stack.objects("httproutes")).toEqual([]);
  });
});
