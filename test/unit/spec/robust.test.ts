import { UserFaults } from "../../../spec/fault";
import { KEY, load } from "../../helpers/spec";

/** A description that uses nearly every key. */
const DESCRIPTION = {
  config: {
    key: KEY,
    secrets: { S: "1" },
    strategy: { retain: 1 },
    docker: { ports: [80] },
    services: { api: { replicas: 1, env: { A: "1" }, resources: { cpus: 1, memory: "64m" } } },
    mirrors: { a: "b" },
  },
  compose: {
    services: {
      api: {
        build: { context: ".", args: { A: "1" }, target: "x" },
        command: "a b",
        environment: { A: "${S}", B: null },
        env_file: [{ path: "a.env", required: false }],
        ports: ["80:80", { target: 81, published: "82" }],
        expose: [1],
        volumes: ["d:/d", { type: "tmpfs", target: "/t" }],
        networks: { default: { aliases: ["q"] } },
        depends_on: { db: { condition: "service_healthy" } },
        healthcheck: { test: ["CMD", "curl", "http://localhost/"], interval: "1s" },
        deploy: { replicas: 1, resources: { limits: { cpus: 1, memory: "64m" } } },
        ulimits: { nofile: { soft: 1, hard: 2 } },
        labels: { a: "b" },
        extra_hosts: ["a:1.1.1.1"],
        secrets: [{ source: "s", target: "z", mode: "0400" }],
        configs: ["c"],
        profiles: [],
        "x-slipway": {
          role: "app",
          ingress: [{ path: "/", host: "a" }],
          health: { path: "/", port: 80 },
          release: "x",
          smoke: [{ path: "/" }],
        },
      },
      db: { image: "postgres:16", volumes: ["d:/d"], ports: ["5432:5432"] },
    },
    volumes: { d: {} },
    networks: { n: { internal: true } },
    secrets: { s: { environment: "S" } },
    configs: { c: { content: "a${S}" } },
  },
};

type Path = (string | number)[];

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== "object") return [path];
  const inner = Object.entries(value).flatMap(([key, entry]) =>
    pathsIn(entry, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...inner];
}

function replaced(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    Path[0],
    unknown
  >;
  copy[key] = replaced(copy[key], rest, other);
  return copy;
}

const PATHS = pathsIn(DESCRIPTION).filter((path) => path.length > 1);
const files = { Dockerfile: "FROM x", "a.env": "A=1" };

// Found so: a map taken for a text with secrets, a folder read as an env file, an infinite number.
test.each([
  ["nothing", null],
  ["a map", { x: { parts: "x" } }],
  ["a list of maps", [{}]],
  ["an empty text", ""],
  ["a text with a secret", "a${S}"],
  ["a long number", "1".repeat(400)],
  ["a negative number", -1.5],
])(
  "%s in any place is read, or refused as the user's fault",
  (_what, junk) => {
    for (const path of PATHS) {
      const { compose, config } = replaced(DESCRIPTION, path, junk) as typeof DESCRIPTION;
      try {
        const { spec } = load(compose, { config, files });
        expect(JSON.parse(JSON.stringify(spec))).toStrictEqual(spec);
      } catch (error) {
        if (error instanceof UserFaults) continue;
        throw new Error(`at ${path.join(".")}`, { cause: error });
      }
    }
  },
  120_000,
);
