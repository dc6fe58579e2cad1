import { randomBytes } from "crypto";
import { Agent } from "http";
import { join } from "path";
import { ROUTER_IMAGE } from "../../spec/defaults";
import { projectRoot } from "../../toolchain/paths";
import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { Registry } from "../helpers/registry";
import { ask } from "../soak/clients";

const STEADY = { unchanged: expect.any(Number) };
const PAGE = 3000;
const API = 8000;

/** One of the five systems as its own Compose file has it: built, pushed, and pulled by the node with a login. */
onCluster("helloagents in a cluster", () => {
  let registry: Registry;
  let stack: ClusterStack;
  const get = async (port: number, path: string) => {
    const { status, body } = await stack.at(port, path);
    return { status, body };
  };
  const write = (text: string) =>
    ask(new Agent(), stack.port, "POST", "/api/messages", 201, { author: "test", text });

  const deploy = (version: string) => {
    stack.set("version", version);
    stack.set("services", { backend: { env: { APP_VERSION: version } } });
    return stack.deploy();
  };

  beforeAll(async () => {
    registry = await Registry.start();
    stack = await ClusterStack.createIn("k-helloagents");
    await stack.loadImages(ROUTER_IMAGE, "postgres:16-alpine", "redis:7-alpine");
    await registry.serve(stack);
    stack.set("compose", join(projectRoot, "examples/helloagents/compose.yaml"));
    stack.set("name", stack.name);
    stack.set("strategy", { drainTimeout: 2, deployTimeout: 60 });
    await stack.secret("key", randomBytes(32).toString("base64"));
    await stack.secret("secrets.POSTGRES_PASSWORD", randomBytes(12).toString("hex"));
  });
  afterAll(async () => {
    await stack?.dispose();
    registry?.dispose();
  });

  test("the first deploy: its page, its API and its database answer through the router", async () => {
    await deploy("1");
    expect(await get(PAGE, "/")).toMatchObject({
      status: 200,
      body: expect.stringContaining("HelloAgents"),
    });
    expect(await get(API, "/health/db")).toMatchObject({ status: 200 });
    expect(await get(PAGE, "/api/messages?limit=1")).toMatchObject({ status: 200 });
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("a second version under load: no request fails, and what was written is there", async () => {
    await write("written before the flip");
    const load = stack.load({ clients: 4, path: "/api/info", name: `localhost:${API}` });
    await deploy("2");
    const { failures, versions } = await load.stop();
    expect(failures).toEqual([]);
    expect(Object.keys(versions).sort()).toEqual(["1", "2"]);
    expect(stack.outputs()).toMatchObject({ active: "green", version: "2" });
    expect((await get(API, "/api/messages?limit=5")).body).toContain("written before the flip");
  });

  test("destroy leaves its data and nothing else", async () => {
    expect(await stack.run(["destroy", "--yes", "--skip-preview"])).toMatchObject({ ok: true });
    expect(await stack.remains()).toEqual([
      "persistentvolumeclaim/cache-data",
      "persistentvolumeclaim/db-data",
    ]);
  });
});
