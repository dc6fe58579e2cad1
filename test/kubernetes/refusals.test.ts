import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { probe } from "../helpers/probe";
import { folder } from "../helpers/spec";

const DATABASE = { image: "postgres:16", volumes: ["data:/var/lib/postgresql/data"] };
const QUOTA = { "limits.cpu": "100m", pods: "10" };

onCluster("what a cluster lacks is told before anything is changed", () => {
  let stack: ClusterStack;
  let kubeconfig: string | undefined;
  let admin: string;
  const base = { expose: "ClusterIP", namespace: "k-refused" };

  beforeAll(async () => {
    stack = await ClusterStack.createIn("k-refused");
    const environment = stack.environment();
    admin = environment.KUBECONFIG!;
    jest
      .spyOn(stack, "environment")
      .mockImplementation(() => ({ ...environment, KUBECONFIG: kubeconfig ?? admin }));
    stack.compose({ web: await probe("1", { port: 80 }) });
    await stack.kubectl("create", "namespace", "k-refused");
  });
  beforeEach(() => stack.set("kubernetes", base));
  afterEach(() => {
    kubeconfig = undefined;
  });
  afterAll(() => stack.dispose());

  /** The same cluster, as somebody else, or elsewhere. */
  function another(change: (config: any) => void): string {
    const config = parse(readFileSync(admin, "utf8"));
    change(config);
    const file = join(folder(), "kubeconfig");
    writeFileSync(file, stringify(config));
    return file;
  }

  async function refused(): Promise<string> {
    const run = await stack.preview();
    expect(run.ok).toBe(false);
    expect(run.output).not.toMatch(/^\s+at /m);
    // Nothing at all is made: neither a claim nor a record.
    expect(await stack.objects("configmaps,deployments,services")).toEqual([]);
    return run.output;
  }

  test("a context that is not there, with those that are", async () => {
    stack.set("kubernetes", { ...base, context: "nowhere" });
    expect(await refused()).toMatch(
      /slipway:kubernetes\.context: is no context of the kubeconfig.*given: nowhere; allowed: \w/,
    );
  });

  test("no kubeconfig at all", async () => {
    kubeconfig = join(folder(), "none");
    writeFileSync(kubeconfig, stringify({ apiVersion: "v1", kind: "Config" }));
    expect(await refused()).toContain("KUBECONFIG: no cluster is known here");
  });

  test("an API server that does not answer", async () => {
    kubeconfig = another(({ clusters }) => (clusters[0].cluster.server = "https://127.0.0.1:1"));
    expect(await refused()).toMatch(/the API server at https:\/\/127\.0\.0\.1:1 does not answer/);
  });

  test("credentials that nobody knows", async () => {
    kubeconfig = another(({ users }) => (users[0].user = { token: "expired" }));
    expect(await refused()).toContain("does not know who asks");
  });

  test("classes that are not there, all at once", async () => {
    stack.set("kubernetes", { ...base, storageClass: "fast", ingress: { class: "nginx" } });
    stack.compose({ web: await probe("1", { port: 80 }), db: DATABASE }, { volumes: { data: {} } });
    const output = await refused();
    expect(output).toMatch(/slipway:kubernetes\.ingress\.class: is no class.*given: nginx/);
    expect(output).toMatch(/slipway:kubernetes\.storageClass: is no class.*given: fast/);
    stack.compose({ web: await probe("1", { port: 80 }) });
  });

  test("a quota that has no room for the candidate", async () => {
    const hard = Object.entries(QUOTA).map(([key, value]) => `${key}=${value}`);
    await stack.kubectl("create", "quota", "small", `--hard=${hard.join(",")}`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await refused()).toContain("resourcequota/small: counts limits.cpu, and lets in no");
    const deploy = { resources: { limits: { cpus: "0.25" } } };
    stack.compose({ web: await probe("1", { port: 80, deploy }) });
    expect(await refused()).toMatch(
      /resourcequota\/small: has too little limits\.cpu.*given: 0\.25 for 1 pods; allowed: 0\.1 are left/,
    );
    await stack.kubectl("delete", "quota", "small");
    stack.compose({ web: await probe("1", { port: 80 }) });
  });

  test("an object of somebody else that has our name", async () => {
    await stack.kubectl("create", "service", "clusterip", "k-refused", "--tcp=80");
    expect(await refused()).toContain(
      "slipway:name: Service k-refused is in namespace k-refused already, and not made by Slipway",
    );
    await stack.kubectl("delete", "service", "k-refused");
  });

  test("rights that are missing, by resource, with the Role that gives them", async () => {
    await stack.kubectl("create", "serviceaccount", "reader");
    await stack.kubectl("create", "role", "reader", "--verb=get,list", "--resource=services");
    await stack.kubectl("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=k-refused:reader"); // prettier-ignore
    const token = (await stack.kubectl("create", "token", "reader")).trim();
    kubeconfig = another(({ users }) => (users[0].user = { token }));
    const output = await refused();
    expect(output).toContain("you (k-refused:reader) may not do there what a deploy does");
    expect(output).toContain("services: create, patch, delete;");
    expect(output).toContain("deployments.apps: get, list, create, patch, delete;");
    const [command] = /kubectl create role slipway [^\n]*/.exec(output)!;
    const [role, binding] = command.replace(/\s+/g, " ").split(" && ");
    for (const line of [role!, binding!]) {
      await stack.kubectl(...line.trim().split(" ").slice(1));
    }
    // What it said is enough for the whole of a deploy.
    await stack.deploy();
    expect(stack.outputs()).toMatchObject({ active: "blue" });
  });
});
