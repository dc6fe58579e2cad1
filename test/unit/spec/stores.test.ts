import { storeOf } from "../../../spec/stores";

test.each<[string | undefined, number[], string | undefined, number | undefined]>([
  ["postgres:17", [], "PostgreSQL", 5432],
  ["registry.test:5000/bitnami/redis:7@sha256:0", [], "Redis", 6379],
  ["mysql:8", [33060, 3306], "MySQL", 3306],
  ["postgres:17", [5433], "PostgreSQL", 5433],
  ["acme/cache:1", [6379], "Redis", 6379],
  [undefined, [9000, 5432], "PostgreSQL", 5432],
  // Used by all kinds of programs.
  ["acme/files:1", [9000], undefined, undefined],
  ["acme/files:1", [], undefined, undefined],
])("%s with ports %j is %s at %s", (image, ports, name, port) => {
  expect(storeOf(image, ports)).toEqual(name === undefined ? undefined : { name, port });
});
