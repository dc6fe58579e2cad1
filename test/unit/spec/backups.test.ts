import { backupName, backupNamed, databases } from "../../../spec/backups";
import { application, service } from "../../helpers/spec";

const accessory = (name: string, reference: string) =>
  service({ name, role: "accessory", image: { kind: "reference", reference } });

test("the name of a dump says whose it is and when it was made", () => {
  const name = backupName("db-2", "2026-01-31T02:03:04Z");
  expect(name).toBe("db-2-20260131T020304Z.dump");
  expect(backupNamed(name)).toEqual({ accessory: "db-2", at: "2026-01-31T02:03:04Z" });
});

test.each(["db", "db.dump", "20260131T020304Z.dump", "db-20260131T020304Z.dump.part"])(
  "%s is none",
  (name) => expect(backupNamed(name)).toBeUndefined(),
);

test("databases are the accessories that are PostgreSQL", () => {
  const services = [
    accessory("db", "registry:5000/team/postgres:16@sha256:0"),
    accessory("maps", "postgis/postgis:16"),
    accessory("cache", "redis:7"),
    accessory("mirrored", "mirror.example/pg:16"),
    service({ name: "postgres", image: { kind: "reference", reference: "postgres:16" } }),
  ];
  const mirrors = { "postgres:16": "mirror.example/pg:16" };
  expect(databases(application({ services, mirrors }))).toEqual(["db", "maps", "mirrored"]);
});
