import { type Gateway, startGateway } from "../../toolchain/kubernetes/gateway";
import { startCluster } from "../../toolchain/kubernetes/cluster";
import { ClusterStack } from "../helpers/clusterStack";
import { startLoad } from "../helpers/load";
import { probe } from "../helpers/probe";

const NAME = "k-gate.test";

describe("what stands before the one Service", () => {
  let stack: ClusterStack;
  let gateway: Gateway;
  const asked = (version: string) => expect.objectContaining({ version });
  const answer = async () => JSON.parse((await stack.get("/", gateway.port, NAME)).body);

  beforeAll(async () => {
    gateway = await startGateway(await startCluster());
    stack = await ClusterStack.createIn("k-gate");
    stack.set("domain", NAME);
  });
  afterAll(() => stack?.dispose());

  test("an HTTPRoute at a Gateway leads to it", async () => {
    const { name, namespace } = gateway;
    stack.set("kubernetes", { namespace: "k-gate", gateway: { name, namespace } });
    stack.compose({ web: await probe("1", { port: 80 }) });
    await stack.deploy();
    expect(await answer()).toEqual(asked("1"));
  });

  test("a flip behind it loses nothing", async () => {
    stack.compose({ web: await probe("2", { port: 80 }) });
    const load = startLoad(gateway.port, { name: NAME });
    await stack.deploy();
    expect(await load.stop()).toMatchObject({ failures: [] });
    expect(await answer()).toEqual(asked("2"));
  });

  test("an Ingress takes its place", async () => {
    const ingress = { class: gateway.ingressClass };
    stack.set("kubernetes", { namespace: "k-gate", ingress });
    await stack.deploy();
    expect(await answer()).toEqual(asked("2"));
    expect(await stack.objects("httproutes")).toEqual([]);
  });
});
