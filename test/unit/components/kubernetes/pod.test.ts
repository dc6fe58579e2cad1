import { podTemplate, type PodArgs } from "../../../../components/kubernetes/pod";
import { portNumbers } from "../../../../spec/ports";
import type { ServiceSpec } from "../../../../spec/types";
import { service } from "../../../helpers/spec";

const ARGS: PodArgs = {
  labels: { app: "shop" },
  config: { environment: [], volumes: [], resources: [] },
  image: "api:1",
  account: "shop",
  pullSecrets: [],
  aliases: [],
  takesRequests: true,
};

/** All of it is plain: nothing in ARGS is an Output. */
const pod = (overrides: Partial<ServiceSpec> = {}, args: Partial<PodArgs> = {}) =>
  (podTemplate(service(overrides), { ...ARGS, ...args }) as any).spec;
const container = (...given: Parameters<typeof pod>) => pod(...given).containers[0];

describe("Compose's one check as three probes", () => {
  const check = { interval: 10, timeout: 3, retries: 4, startPeriod: 30 };

  test("HTTP is asked from outside; it may fail for the start period and the retries after it", () => {
    const { startupProbe, readinessProbe, livenessProbe } = container({
      health: { ...check, http: { path: "/up", port: 8000 } },
    });
    const httpGet = { path: "/up", port: 8000 };
    expect(startupProbe).toEqual({
      httpGet,
      timeoutSeconds: 3,
      periodSeconds: 1,
      failureThreshold: 70,
    });
    expect(readinessProbe).toMatchObject({ httpGet, periodSeconds: 10, failureThreshold: 4 });
    // It takes no requests before it is started again.
    expect(livenessProbe).toMatchObject({ httpGet, periodSeconds: 10, failureThreshold: 6 });
  });

  test.each([
    [
      ["CMD", "/probe", "check"],
      ["/probe", "check"],
    ],
    [
      ["CMD-SHELL", "curl -f localhost || exit 1"],
      ["/bin/sh", "-c", "curl -f localhost || exit 1"],
    ],
  ])("%j is run in the container", (asked, command) => {
    const probe = container({ health: { ...check, test: asked } }).readinessProbe;
    expect(probe.exec).toEqual({ command });
  });

  test("Kubernetes counts whole seconds, one at least", () => {
    const { startupProbe, readinessProbe } = container({
      health: {
        http: { path: "/", port: 1 },
        interval: 0.2,
        timeout: 0.5,
        retries: 1,
        startPeriod: 0,
      },
    });
    expect(readinessProbe).toMatchObject({ periodSeconds: 1, timeoutSeconds: 1 });
    expect(startupProbe.failureThreshold).toBe(1);
  });

  test("a service without a check has no probe", () => {
    const api = service();
    delete api.health;
    const [found] = (podTemplate(api, ARGS) as any).spec.containers;
    expect(Object.keys(found).filter((key) => key.endsWith("Probe"))).toEqual([]);
  });
});

describe("what it may do", () => {
  test("by default it gains no privileges, and runs as its image says", () => {
    expect(pod().securityContext).toEqual({ seccompProfile: { type: "RuntimeDefault" } });
    expect(container().securityContext).toEqual({ allowPrivilegeEscalation: false });
    expect(pod().automountServiceAccountToken).toBe(false);
  });

  test("a user is one by number, and its group owns the volumes", () => {
    expect(pod({ user: "1000:2000" }).securityContext).toMatchObject({
      runAsUser: 1000,
      runAsNonRoot: true,
      runAsGroup: 2000,
      fsGroup: 2000,
    });
    expect(pod({ user: "0" }).securityContext).toMatchObject({ runAsNonRoot: false });
    expect(pod({ user: "www-data" }).securityContext).not.toHaveProperty("runAsUser");
  });

  test("capabilities, a read-only root, and no seccomp filter where it is said", () => {
    const given = { capAdd: ["NET_ADMIN"], capDrop: ["ALL"], readOnly: true };
    expect(container(given).securityContext).toEqual({
      allowPrivilegeEscalation: true,
      readOnlyRootFilesystem: true,
      capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
    });
    expect(pod({ securityOpt: ["seccomp=unconfined"] }).securityContext.seccompProfile).toEqual({
      type: "Unconfined",
    });
  });
});

test("its ports are all that is known of; the front door's has the name that the one Service asks for", () => {
  const given = service({
    expose: [9000, 8000],
    ports: [
      { container: 8000, host: 80, protocol: "tcp" },
      { container: 53, host: 53, protocol: "udp" },
    ],
    smoke: [{ path: "/", port: 9100, status: 200 }],
  });
  expect(portNumbers(given)).toEqual([8000, 9000, 9100]);
  expect(container(given, { front: 8000 }).ports).toEqual([
    { containerPort: 8000, name: "front" },
    { containerPort: 9000, name: "tcp-9000" },
    { containerPort: 9100, name: "tcp-9100" },
  ]);
});

test.each([
  ["echo $(hostname) $HOME", "echo $$(hostname) $HOME"],
  ["kill -0 $$", "kill -0 $$$"],
  ["$$(date)", "$$$$(date)"],
])("%s stays as it is written, in a command and in a check", (text, rendered) => {
  const health = { test: ["CMD-SHELL", text], interval: 1, timeout: 1, retries: 1, startPeriod: 0 };
  const found = container({ entrypoint: ["sh", "-c", text], command: [text], health });
  expect(found.command.at(-1)).toBe(rendered);
  expect(found.args).toEqual([rendered]);
  expect(found.readinessProbe.exec.command).toEqual(["/bin/sh", "-c", rendered]);
});

test("who takes requests goes on for a while when it is to end, within its time", () => {
  const taking = pod({ stopGracePeriod: 30 });
  const sleep = taking.containers[0].lifecycle.preStop.sleep.seconds;
  expect(taking.terminationGracePeriodSeconds).toBe(30 + sleep);
  const other = pod({ stopGracePeriod: 30 }, { takesRequests: false });
  expect(other.terminationGracePeriodSeconds).toBe(30);
  expect(other.containers[0]).not.toHaveProperty("lifecycle");
});

test("memory is kept free as far as it is allowed, processors are not: both slots must fit", () => {
  expect(container({ resources: { cpus: 1.5, memory: 512 } }).resources).toEqual({
    limits: { cpu: "1500m", memory: "512Mi" },
    requests: { cpu: "150m", memory: "512Mi" },
  });
  expect(container({ resources: { memory: 64 } }).resources.requests).toEqual({ memory: "64Mi" });
  expect(container().resources).toEqual({});
});
