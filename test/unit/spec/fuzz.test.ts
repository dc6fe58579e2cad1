import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { UserFaults } from "../../../spec/fault";
import { loadApplication } from "../../../spec/load";
import { FIXTURE_ENVIRONMENT, FIXTURES } from "../../helpers/fixtures";
import { folder, KEY } from "../../helpers/spec";

/** Milliseconds of the processor that one description may take. */
const PATIENCE = 10_000;

const texts = readdirSync(FIXTURES)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => readFileSync(join(FIXTURES, file), "utf8"));

const CONFIG = {
  name: "shop",
  version: "1.2",
  key: KEY,
  platform: "docker",
  profiles: ["debug"],
  images: { web: "shop/web:2" },
  mirrors: { "nginx:1.27-alpine": "mirror.local/nginx:1" },
  services: {
    web: { replicas: 2, env: { A: "${HOST_NAME}" }, resources: { cpus: 0.5, memory: "64m" } },
  },
  secrets: { S: "1" },
  strategy: { retain: 3, deployTimeout: 30, drainTimeout: 5 },
  docker: { host: "unix:///var/run/docker.sock", ports: [80], bind: "127.0.0.1" },
};

/** mulberry32: the same numbers on every machine, so that a failure can be looked at again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What people and generators write by mistake, and what attackers write on purpose. */
const JUNK = [
  "null", "~", "[]", "{}", "[[[]]]", "-1", "1e999", "0x7f", ".nan", "''", '"', "'", "{", "[", "}", ":", "- -",
  "&a *a", "*nobody", "<<: *nobody", "!reset", "!override {}", "!!binary xyz", "!!js/function x", "!!set {a}",
  "${", "${}", "${A:?}", "${A:-${B:-${C}}}", "$$$", "${A:", "__proto__", "constructor", "toString: 1",
  "{__proto__: {polluted: yes}}", "__proto__: {polluted: yes}", "x".repeat(5000), "\u0000", "\t", "\ufeff",
  "2026-11-21", "0o17", "1:2:3", "1_000", "yes", "99999999999999999999", "../../../../etc/passwd", "/dev/zero",
  "/proc/self/mem", "./", "~/x", "é💥", "a".repeat(64) + ":", "? [a]\n: b", "---", "...", "%YAML 9.9", "|", ">-",
]; // prettier-ignore

type Pick = (below: number) => number;
const one = <T>(list: readonly T[], pick: Pick): T => list[pick(list.length)]!;

const MUTATIONS: ((lines: string[], pick: Pick) => string[])[] = [
  (lines, pick) => spliced(lines, pick(lines.length), 1),
  (lines, pick) => spliced(lines, pick(lines.length), 0, one(lines, pick)),
  (lines, pick) => changed(lines, pick, (line) => `  ${line}`),
  (lines, pick) => changed(lines, pick, (line) => line.replace(/^ {2}/, "")),
  (lines, pick) => changed(lines, pick, (line) => line.replace(/:.*$/, `: ${one(JUNK, pick)}`)),
  (lines, pick) =>
    changed(lines, pick, (line) => line.replace(/[\w-]+(?=:)/, () => one(JUNK, pick))),
  (lines, pick) =>
    spliced(lines, pick(lines.length), 0, `${" ".repeat(2 * pick(4))}${one(JUNK, pick)}`),
  (lines, pick) =>
    changed(lines, pick, (line) => line.slice(0, pick(line.length + 1)) + one(JUNK, pick)),
  (lines, pick) => lines.slice(0, pick(lines.length) + 1),
  (lines, pick) => [...lines, ...one(texts, pick).split("\n")],
  (lines, pick) =>
    changed(lines, pick, (line) => line.replace(/\w+/, (word) => [...word].reverse().join(""))),
];

const spliced = (lines: string[], at: number, removed: number, ...more: string[]) => [
  ...lines.slice(0, at),
  ...more,
  ...lines.slice(at + removed),
];

function changed(lines: string[], pick: Pick, change: (line: string) => string): string[] {
  const at = pick(lines.length);
  return spliced(lines, at, 1, change(lines[at]!));
}

function mutated(text: string, pick: Pick): string {
  let lines = text.split("\n");
  for (let times = 1 + pick(3); times > 0; times--) lines = one(MUTATIONS, pick)(lines, pick);
  return lines.join("\n");
}

/** Some value of a structure replaced, or some key renamed. */
function disturbed(value: unknown, pick: Pick): unknown {
  if (value === null || typeof value !== "object" || pick(4) === 0) {
    return one([null, [], {}, "", -1, 1e300, true, "${S}", "x", { a: { b: [] } }, [[]]], pick);
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return { [one(JUNK, pick)]: 1 };
  const [key, inner] = one(entries, pick);
  const name = pick(5) === 0 ? one(JUNK, pick) : key;
  const others = entries.filter(([other]) => other !== key);
  const mixed = Object.fromEntries([...others, [name, disturbed(inner, pick)]]);
  return Array.isArray(value) ? Object.values(mixed) : mixed;
}

/** The faults of a description, undefined when it loads; anything else that is thrown is a mistake of ours. */
function faultsOf(directory: string, config: Record<string, unknown>) {
  const all = Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [
        `slipway:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
  );
  const isSecret = (key: string) => ["slipway:key", "slipway:secrets"].includes(key);
  const begin = process.cpuUsage();
  try {
    loadApplication({
      directory,
      stack: "test",
      config: { all, isSecret },
      environment: FIXTURE_ENVIRONMENT,
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof UserFaults)) throw error;
    return error.faults;
  } finally {
    const { user, system } = process.cpuUsage(begin);
    expect((user + system) / 1000).toBeLessThan(PATIENCE);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  }
}

/** Every fault says where and what, on one line of bearable length, without a trace of our code. */
function expectClear(faults: ReturnType<typeof faultsOf>): void {
  for (const { path, what } of faults ?? []) {
    expect(path).not.toBe("");
    expect(what).toMatch(/^.{3,}/);
    expect(what).not.toMatch(
      /undefined|\[object|\bat .*\.ts:|TypeError|RangeError|ENOENT|Cannot read/,
    );
  }
}

const ROUNDS = 10;
const FILES_A_ROUND = 70;
const CONFIGS_A_ROUND = 30;

describe("a thousand broken descriptions: each loads, or tells its faults", () => {
  let directory: string;
  beforeAll(() => {
    directory = folder();
    cpSync(FIXTURES, directory, { recursive: true });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test.each(Array.from({ length: ROUNDS }, (_, seed) => seed + 1))("seed %i", (seed) => {
    const pick = numbers(seed);
    let refused = 0;
    const attempt = (text: string, config: Record<string, unknown>) => {
      writeFileSync(join(directory, "fuzz.yaml"), text);
      try {
        const faults = faultsOf(directory, { ...config, compose: "fuzz.yaml" });
        expectClear(faults);
        if (faults) refused++;
      } catch (error) {
        const shown = `${JSON.stringify(config)}\n${text}`.slice(0, 4000);
        throw new Error(`${(error as Error).stack}\n\nfor\n${shown}`);
      }
    };
    for (let i = 0; i < FILES_A_ROUND; i++) {
      attempt(mutated(one(texts, pick), pick), { name: "shop", key: KEY });
    }
    for (let i = 0; i < CONFIGS_A_ROUND; i++) {
      attempt(one(texts, pick), disturbed(CONFIG, pick) as Record<string, unknown>);
    }
    // Otherwise the mutations would be too weak, or too strong, to say anything.
    expect(refused).toBeGreaterThan(20);
    expect(refused).toBeLessThan(FILES_A_ROUND + CONFIGS_A_ROUND);
  });
});

describe("bombs are bounded", () => {
  const image = '{image: "a:1", ports: [80]}';
  const levels = (n: number, level: (i: number) => string) =>
    Array.from({ length: n }, (_, i) => level(i)).join("\n");
  const BOMBS: [string, string][] = [
    [
      "a billion laughs",
      `x-0: &a0 [lol, lol]\n${levels(30, (i) => `x-${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`)}\nservices: {web: {image: "a:1", command: *a30}}`,
    ],
    [
      "a billion merged maps",
      `x-0: &a0 {a: 1}\n${levels(30, (i) => `x-${i + 1}: &a${i + 1} {b: {<<: *a${i}}, c: {<<: *a${i}}}`)}\nservices: {web: {image: "a:1", environment: *a30}}`,
    ],
    [
      "many small aliases of a large text",
      `x-a: &a ${"y".repeat(200_000)}\nservices: {web: {image: "a:1", command: [${"*a,".repeat(5000)} x]}}`,
    ],
    ["lists in lists", `services: {web: {command: ${"[".repeat(50_000)}`],
    [
      "closed lists in lists",
      `services: {web: {command: ${"[".repeat(20_000)}${"]".repeat(20_000)}}}`,
    ],
    ["maps in maps", `services: {web: ${"{a: ".repeat(20_000)}1${"}".repeat(20_000)}}`],
    [
      "maps in maps by indentation",
      `services:\n${levels(600, (i) => `${" ".repeat(i + 1)}a${i}:`)}`,
    ],
    ["an alias of itself", `services: &s {web: ${image}, more: *s}`],
    [
      "a variable in a variable",
      `services: {web: {image: "a:1", command: "${"${A:-".repeat(20_000)}x${"}".repeat(20_000)}"}}`,
    ],
    ["many dollars", `services: {web: {image: "a:1", command: "${"${A:-".repeat(50_000)}"}}`],
    ["many services", `services:\n${levels(4000, (i) => `  s${i}: ${image}`)}`],
    [
      "many keys",
      `services: {web: {${Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join(", ")}}}`,
    ],
    [
      "a long chain of services that wait",
      `services:\n${levels(3000, (i) => `  s${i}: {image: "a:1", depends_on: [s${i + 1}]}`)}`,
    ],
    [
      "a long chain of services that extend",
      `services:\n${levels(3000, (i) => `  s${i}: {extends: s${i + 1}}`)}`,
    ],
    ["more than a file may hold", `x: ${"y".repeat(2_000_000)}`],
    [
      "an endless file as a secret",
      `services: {web: {image: "a:1", secrets: [z]}}\nsecrets: {z: {file: /dev/zero}}`,
    ],
    [
      "an endless file as a config",
      `services: {web: {image: "a:1", configs: [z]}}\nconfigs: {z: {file: /dev/zero}}`,
    ],
    ["an endless env file", `services: {web: {image: "a:1", env_file: /dev/zero}}`],
    ["an endless file to include", "include: [/dev/zero]\nservices: {}"],
    ["a file that includes itself twice", "include: [fuzz.yaml, fuzz.yaml]\nservices: {}"],
  ];

  test.each(BOMBS)("%s", (_what, text) => {
    const directory = folder({ "fuzz.yaml": text });
    const faults = faultsOf(directory, { name: "shop", key: KEY, compose: "fuzz.yaml" });
    rmSync(directory, { recursive: true });
    expect(faults).toBeDefined();
    expectClear(faults);
  });
});

test("nothing in a file reaches the prototype of objects", () => {
  const text = `
__proto__: {polluted: yes}
x-a: &a {__proto__: {polluted: yes}}
services:
  __proto__: {image: "a:1", polluted: yes}
  web:
    <<: *a
    image: "a:1"
    ports: [80]
    environment: {__proto__: x, constructor: y, toString: z}
    labels: {__proto__: x, constructor: {prototype: {polluted: yes}}}
    sysctls: ["__proto__=1"]
    extends: __proto__
    networks: {__proto__: {aliases: [x]}}
volumes: {__proto__: {polluted: yes}}
`;
  const directory = folder({ "fuzz.yaml": text });
  const config = {
    name: "shop",
    compose: "fuzz.yaml",
    services: { web: { env: { ["__proto__"]: "x" } } },
  };
  expectClear(faultsOf(directory, config));
  rmSync(directory, { recursive: true });
});

test("names that every object has are variables as any other", () => {
  const text =
    'services: {web: {image: "a:1", ports: [80], environment: {constructor: a, toString: b, __proto__: c}}}';
  const directory = folder({ "compose.yaml": text });
  const { spec } = loadApplication({
    directory,
    stack: "test",
    config: { all: { "slipway:name": "shop" }, isSecret: () => false },
    environment: {},
  });
  rmSync(directory, { recursive: true });
  const { environment } = spec.services[0]!;
  expect(Object.entries(environment)).toEqual([
    ["__proto__", "c"],
    ["constructor", "a"],
    ["toString", "b"],
  ]);
});
