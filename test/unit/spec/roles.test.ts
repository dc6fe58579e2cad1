import { repositoryName, roleOf, type RoleFacts } from "../../../spec/roles";
import { compose, load } from "../../helpers/spec";

const FACTS: RoleFacts = { build: false, publishes: false, mountsVolume: false, completes: false };

test.each<[string, Partial<RoleFacts>, string, string]>([
  ["a build", { build: true }, "app", "it is built here"],
  ["a build with a volume", { build: true, mountsVolume: true }, "app", "it is built here"],
  ["what others wait to end", { build: true, completes: true }, "task", "another service waits"],
  ['restart: "no"', { build: true, restart: "no" }, "task", 'restart: "no"'],
  ['restart: "no" with ports', { build: true, restart: "no", publishes: true }, "app", "built"],
  ["celery", { build: true, command: ["celery", "-A", "x", "worker"] }, "worker", "celery"],
  [
    "celery in a shell",
    { build: true, command: ["sh", "-c", "celery -A x beat"] },
    "worker",
    "celery",
  ],
  ["sidekiq", { image: "x", entrypoint: ["bundle", "exec", "sidekiq"] }, "worker", "sidekiq"],
  [
    "celery flower with a port",
    { build: true, command: ["celery", "worker"], publishes: true },
    "app",
    "built",
  ],
  ["postgres", { image: "postgres:16-alpine" }, "accessory", "postgres keeps data"],
  [
    "redis of a registry",
    { image: "reg:5000/bitnami/redis@sha256:0" },
    "accessory",
    "redis keeps data",
  ],
  ["chroma", { image: "chromadb/chroma:0.5" }, "accessory", "chroma keeps data"],
  ["an image with a volume", { image: "acme/x", mountsVolume: true }, "accessory", "named volume"],
  ["an image", { image: "acme/x" }, "app", "nothing makes it anything else"],
  ["an exporter", { image: "prom/redis_exporter" }, "app", "nothing"],
  ["what the user says", { build: true, explicit: "worker" }, "worker", "x-slipway.role says so"],
])("%s", (_what, facts, role, reason) => {
  const decided = roleOf({ ...FACTS, ...facts });
  expect(decided.role).toBe(role);
  expect(decided.reason).toContain(reason);
});

test.each([
  ["redis", "redis"],
  ["redis:7", "redis"],
  ["localhost:5000/a/b:1@sha256:ff", "b"],
])("program of %s is %s", (reference, name) => expect(repositoryName(reference)).toBe(name));

test("an override of the image does not change the role", () => {
  const { spec } = load(compose({}, { db: { image: "postgres:16" } }), {
    config: { images: { db: "registry.example/shop:1" } },
  });
  expect(spec.services.find((service) => service.name === "db")?.role).toBe("accessory");
});

test("the dependency's condition makes the task", () => {
  const depends_on = { migrate: { condition: "service_completed_successfully" } };
  const { spec } = load(compose({ depends_on }, { migrate: { image: "api:1" } }));
  expect(spec.services.find((service) => service.name === "migrate")?.role).toBe("task");
});
