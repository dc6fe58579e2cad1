import { environment } from "../../helpers/mocks";
import {
  complete,
  container,
  observation,
  passed,
  record,
  served,
  SETTLED_EDGE,
  versioned,
} from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const db = service({
  name: "db",
  role: "accessory",
  image: { kind: "reference", reference: "postgres:16" },
  ports: [],
  volumes: [{ volume: "data", path: "/var/lib/postgresql/data", readOnly: false }],
});
const services = [service(), db];
const volumes = ["data"];
const backup = { keep: 3, beforeDeploy: true };
const spec = application({ version: "2", services, volumes, backup });
const old = versioned("1", { services, volumes });
const found = observation({
  serving: "blue",
  slots: { ...observation().slots, blue: complete("blue", old) },
  records: [record(old, [passed("blue", 1), served("blue", 2)])],
  accessories: [container()],
  settled: { ...SETTLED_EDGE, "accessory-db": "id-accessory-db" },
});

test("a deploy dumps what runs, before accessories, records and the slot", async () => {
  const made = await environment(spec, found);
  expect(made.plan.kind).toBe("deploy");
  expect(made.get("backup").inputs).toMatchObject({
    deploy: expect.any(String),
    databases: [{ accessory: "db", unit: "id-accessory-db" }],
    keep: 3,
  });
  expect(made.get("backup").waitsFor).toContain("ready-edge");
  for (const name of ["volume-data", `release-${made.plan.release.id}`, "network-green"]) {
    expect(made.get(name).waitsFor).toContain("backup");
  }
  expect(made.get("accessory-db").waitsFor).toContain("volume-data");
});

test("a run that deploys nothing declares it, and asks for none", async () => {
  const made = await environment({ ...spec, version: "1" }, found);
  expect(made.plan.kind).toBe("steady");
  expect(made.get("backup").inputs).not.toHaveProperty("deploy");
});

test("the orphan of a killed run is not taken for the database", async () => {
  const made = await environment(spec, { ...found, settled: SETTLED_EDGE });
  expect(made.get("backup").inputs["databases"]).toEqual([{ accessory: "db" }]);
});

test.each([
  ["nothing asks for it", { ...spec, backup: { ...backup, beforeDeploy: false } }],
  ["there is no database", { ...spec, services: [service()] }],
])("there is none when %s", async (_what, other) => {
  expect((await environment(other, found)).names()).not.toContain("backup");
});
