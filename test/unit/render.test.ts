import { parseAllDocuments } from "yaml";
import pc from "picocolors";
import { render } from "../../cli/render";
import { folder } from "../helpers/spec";

const PASSWORD = "correct-horse-battery";
const SEALED = { secure: "AAABAFs=" };
const COMPOSE = {
  services: {
    web: {
      build: ".",
      ports: ["80:8080"],
      environment: { DB: "postgres://app:${PASSWORD}@db/app", LEVEL: "info" },
      secrets: ["token"],
      depends_on: ["db"],
      deploy: { replicas: 2 },
      "x-slipway": { health: { path: "/up" }, release: "migrate" },
    },
    jobs: { image: "jobs:1", "x-slipway": { role: "worker" } },
    db: { image: "postgres:16", volumes: ["data:/var/lib/postgresql/data"] },
  },
  secrets: { token: { file: "token.txt" } },
  volumes: { data: {} },
};
const CONFIG = {
  "slipway:name": "shop",
  "slipway:platform": "kubernetes",
  "slipway:registry": { server: "registry.test/acme" },
  "slipway:kubernetes": { ingress: { class: "nginx" } },
  "slipway:domain": "shop.test",
  "slipway:key": SEALED,
  "slipway:secrets": { PASSWORD: SEALED },
};

function rendered(config: Record<string, unknown> = {}) {
  const cwd = folder({
    "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
    "Pulumi.staging.yaml": JSON.stringify({ config: { ...CONFIG, ...config } }),
    "compose.yaml": JSON.stringify(COMPOSE),
    Dockerfile: "FROM scratch\n",
    "token.txt": PASSWORD,
  });
  const around = { cwd, environment: {}, colours: pc.createColors(false) };
  return render(["-e", "staging"], around as never);
}

const objects = (text: string): any[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((object) => object !== null);

test("the objects that a first deploy makes, in an order that is always the same", async () => {
  const { output, code } = await rendered();
  expect(code).toBe(0);
  expect(objects(output).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    "ServiceAccount shop",
    "Secret web-blue-env",
    "Secret web-blue-files",
    "Secret web-release-blue-env",
    "Secret web-release-blue-files",
    "ConfigMap web-blue-env",
    "ConfigMap web-release-blue-env",
    "PersistentVolumeClaim data",
    "NetworkPolicy shop-accessory",
    "NetworkPolicy shop-blue",
    "NetworkPolicy shop-front",
    "NetworkPolicy shop-green",
    "NetworkPolicy shop-nobody",
    "Service db",
    "Service shop",
    "Service web-blue",
    "StatefulSet db",
    "Job trial-jobs-blue",
    "Job web-release-blue",
    "Deployment jobs",
    "Deployment web-blue",
    "Ingress shop",
    "PodDisruptionBudget web-blue",
  ]);
  expect((await rendered()).output).toBe(output);
});

test("no secret value is in it, and nothing that differs from run to run", async () => {
  const { output } = await rendered();
  expect(output).not.toContain(PASSWORD);
  expect(output).not.toMatch(/slipway\.attempt|pulumi\.com/);
  const named = (kind: string, name: string) =>
    objects(output).find((one) => one.kind === kind && one.metadata.name === name);
  expect(named("Secret", "web-blue-env").stringData).toEqual({
    DB: "postgres://app:[secret]@db/app",
  });
  expect(named("Secret", "web-blue-files").stringData).toEqual({ "file-0": "[secret]" });
  expect(named("Deployment", "web-blue").spec).toMatchObject({
    replicas: 2,
    template: {
      spec: {
        containers: [{ image: expect.stringMatching(/^registry\.test\/acme\/shop-web:/) }],
        hostAliases: [{ ip: "[address of web-blue]", hostnames: ["web"] }],
      },
    },
  });
});

test("what is done later stands beside it", async () => {
  const { output } = await rendered();
  expect(output).toMatch(
    /---\n# When the slot has passed its gate: selector \{slipway\.front: blue-/,
  );
  expect(output).toMatch(/---\n# When it is its turn: suspend: false\napiVersion: batch\/v1/);
});

test("a Gateway's route in place of an Ingress", async () => {
  const gateway = { name: "public", namespace: "gateways", section: "https" };
  const { output } = await rendered({ "slipway:kubernetes": { gateway } });
  expect(objects(output).map(({ kind }) => kind)).not.toContain("Ingress");
  expect(objects(output).find(({ kind }) => kind === "HTTPRoute")).toMatchObject({
    apiVersion: "gateway.networking.k8s.io/v1",
    metadata: { name: "shop", namespace: "shop" },
    spec: {
      parentRefs: [{ name: "public", namespace: "gateways", sectionName: "https" }],
      hostnames: ["shop.test"],
      rules: [{ backendRefs: [{ name: "shop", port: 80 }] }],
    },
  });
});

test("a Docker host takes no manifests", async () => {
  const { output, code } = await rendered({ "slipway:platform": "docker" });
  expect(code).toBe(2);
  expect(output).toContain("slipway:platform");
  expect(output).toContain("has no manifests: they are for Kubernetes");
});

test("all faults, before anything is rendered", async () => {
  const { output, code } = await rendered({ "slipway:registry": "none", "slipway:tls": true });
  expect(code).toBe(2);
  expect(output).toContain("is needed to build web");
  expect(output).toContain("slipway:tls");
});
