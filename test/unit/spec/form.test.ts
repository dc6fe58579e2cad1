import { compose, faults, load } from "../../helpers/spec";

const FORM = "has not the form that the Compose specification describes";

test.each([
  ["a text for a list", { cap_add: "FOO" }, "services.api.cap_add", "given: FOO; allowed: a list"],
  ["a list for a map", { deploy: [] }, "services.api.deploy", "a map"],
  [
    "what is written twice",
    { cap_drop: ["ALL", "ALL"] },
    "services.api.cap_drop",
    "a list in which nothing stands twice",
  ],
  [
    "a part that no reader looks at",
    { deploy: { placement: { constraints: "node" } } },
    "services.api.deploy.placement.constraints",
    "given: node; allowed: a list",
  ],
  [
    "one that is deep in a long form",
    {
      volumes: [{ type: "volume", source: "x", target: "/x", volume: { labels: 5 } }],
      "x-slipway": { role: "app" },
    },
    "services.api.volumes[0].volume.labels",
    "given: 5",
  ],
])("%s is told with its place", (_name, service, path, detail) => {
  const [fault, ...more] = faults(compose(service, {}, { volumes: { x: {} } }));
  expect(more).toEqual([]);
  expect(fault).toContain(`${path}: `);
  expect(fault).toContain(detail);
});

test("a reader's own words go before it", () => {
  const found = faults(compose({ ports: [{ target: "x" }], mem_limit: [], imagee: "a" }));
  expect(found.length).toBeGreaterThan(2);
  expect(found.filter((fault) => fault.includes(FORM))).toEqual([]);
});

test.each([
  ["a number for a text", { user: 1000, working_dir: 1 }],
  ["an empty key", { ports: null, environment: { A: null }, labels: null }],
  ["a secret in a text", { hostname: "${TOKEN}", environment: { A: "${TOKEN}" } }],
])("%s is fine", (_name, service) => {
  const config = { secrets: { TOKEN: "t" }, key: "k".repeat(44) };
  const found = faults(compose(service), { config });
  expect(found.filter((fault) => fault.includes(FORM))).toEqual([]);
});

test("what !reset takes away has no form", () => {
  const files = {
    Dockerfile: "FROM scratch\n",
    "more.yaml":
      "services:\n  api:\n    cap_add: !reset x\n    command: !override {}\n" +
      "    build: { args: { BASE: x }, additional_contexts: !reset null }\n",
  };
  const base = compose({ build: ".", cap_add: ["SYS_TIME"] });
  const config = { compose: ["compose.yaml", "more.yaml"] };
  expect(faults(base, { files, config }).filter((fault) => fault.includes(FORM))).toEqual([]);
});

test("a file that is extended or included is looked at too, and its place is there", () => {
  const files = { "base.yaml": "services:\n  web:\n    image: a:1\n    cap_add: FOO\n" };
  const found = faults(compose({ extends: { file: "base.yaml", service: "web" } }), { files });
  expect(found.join("\n")).toContain("cap_add");
  expect(load(compose()).spec.services).toHaveLength(1);
});
