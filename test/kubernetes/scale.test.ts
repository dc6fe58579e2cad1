import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { probe } from "../helpers/probe";

const STEADY = { unchanged: expect.any(Number) };
const LIMITS = { deploy: { resources: { limits: { cpus: "0.2" } } } };

onCluster("when and how often a service runs", () => {
  let stack: ClusterStack;
  const describe_ = async (version: string, schedule = "0 3 * * *") => {
    const autoscale = { min: 1, max: 3 };
    const entrypoint = ["/probe", "check", "http://web:8080/health"];
    stack.compose({
      web: await probe(version, { port: 80, ...LIMITS, "x-slipway": { autoscale } }),
      nightly: await probe(version, { entrypoint, "x-slipway": { schedule } }),
    });
  };
  const json = async (...args: string[]) =>
    JSON.parse(await stack.kubectl("get", ...args, "--output=json"));
  const replicas = async (slot: string) => (await json("deployment", `web-${slot}`)).spec.replicas;

  beforeAll(async () => {
    stack = await ClusterStack.createIn("k-scale");
  });
  afterAll(() => stack.dispose());

  test("a schedule is a CronJob, whose run works and reaches its slot", async () => {
    await describe_("1");
    await stack.deploy();
    expect((await json("cronjob", "nightly")).spec).toMatchObject({
      schedule: "0 3 * * *",
      concurrencyPolicy: "Forbid",
    });
    await stack.kubectl("create", "job", "now", "--from=cronjob/nightly");
    await stack.kubectl("wait", "--for=condition=complete", "job/now", "--timeout=60s");
  });

  test("what it has run changes nothing for a second up; nor does a count that the cluster chose", async () => {
    await stack.kubectl("scale", "deployment", "web-blue", "--replicas=2");
    await stack.kubectl("rollout", "status", "deployment/web-blue", "--timeout=60s");
    expect((await stack.deploy()).changes).toEqual(STEADY);
    expect(await replicas("blue")).toBe(2);
    expect((await json("hpa", "web-blue")).spec).toMatchObject({ minReplicas: 1, maxReplicas: 3 });
  });

  test("the next candidate begins with as many as serve; the CronJob is its release's, the old one gone", async () => {
    await describe_("2", "@daily");
    await stack.deploy();
    expect(await stack.version()).toBe("2");
    expect(await replicas("green")).toBe(2);
    const { spec } = await json("cronjob", "nightly");
    expect(spec).toMatchObject({ schedule: "@daily" });
    const { env: _env, ...container } = spec.jobTemplate.spec.template.spec.containers[0];
    expect(container).toMatchObject({ name: "nightly" });
    expect((await stack.deploy()).changes).toEqual(STEADY);
  });

  test("without a schedule it is a worker that lasts", async () => {
    stack.compose({ web: await probe("3", { port: 80 }), nightly: await probe("3", { "x-slipway": { role: "worker" } }) }); // prettier-ignore
    await stack.deploy();
    expect(await stack.objects("cronjobs")).toEqual([]);
    expect((await json("deployment", "nightly")).status).toMatchObject({ readyReplicas: 1 });
  });
});
