import { differences } from "../../../spec/differences";
import { makePlan } from "../../../spec/plan";
import { releaseOf } from "../../../spec/release";
import type { ApplicationSpec, ServiceSpec } from "../../../spec/types";
import { frozen, serving, untouched, versioned } from "../../helpers/observation";
import { application, service } from "../../helpers/spec";

const contentOf = (overrides: Partial<ApplicationSpec> = {}) =>
  frozen(releaseOf(application(overrides)).content);
const between = (before: Partial<ServiceSpec>, after: Partial<ServiceSpec>) =>
  differences(
    contentOf({ services: [service(before)] }),
    contentOf({ services: [service(after)] }),
  );
const ofSpec = (after: Partial<ApplicationSpec>) => differences(contentOf(), contentOf(after));

test("nothing differs", () => expect(ofSpec({})).toEqual([]));

describe("of a service", () => {
  test("it is new", () => {
    expect(ofSpec({ services: [service(), service({ name: "web" })] })).toEqual(["web: new"]);
  });

  test("it is dropped", () => {
    expect(ofSpec({ services: [service({ name: "web" })] })).toEqual(["api: dropped", "web: new"]);
  });

  test("its image", () => {
    expect(between({}, { image: { kind: "reference", reference: "api:2" } })).toEqual([
      "api: image api:1 -> api:2",
    ]);
  });

  test("variables that are new, changed and gone, by name", () => {
    const before = { environment: { GONE: "1", CHANGED: "1", SAME: "1" } };
    const after = { environment: { CHANGED: "2", NEW: "1", SAME: "1" } };
    expect(between(before, after)).toEqual(["api: environment CHANGED GONE NEW"]);
  });

  test("a number, with both values", () => {
    expect(between({}, { replicas: 3 })).toEqual(["api: replicas 1 -> 3"]);
  });

  test("a text that was not there", () => {
    expect(between({}, { user: "app" })).toEqual(["api: user (none) -> app"]);
  });

  test("a structure, by its name only", () => {
    expect(between({}, { health: undefined, command: ["serve"] })).toEqual([
      "api: command, health",
    ]);
  });

  test("several at once on one line", () => {
    const image = { kind: "reference" as const, reference: "api:2" };
    expect(between({}, { image, replicas: 2 })).toEqual([
      "api: image api:1 -> api:2, replicas 1 -> 2",
    ]);
  });

  test("why it has its role is no difference", () => {
    expect(between({}, { reason: "said by hand" })).toEqual([]);
  });
});

describe("of the application", () => {
  test.each<[string, Partial<ApplicationSpec>]>([
    ["version: (none) -> 2", { version: "2" }],
    ["secrets changed: TOKEN", { secrets: { TOKEN: "0123456789abcdef" } }],
    [
      "accessories changed: db",
      { services: [service(), service({ name: "db", role: "accessory" })] },
    ],
    ["ingress rules changed", { ingress: [] }],
    ["networks changed", { networks: [{ name: "default", internal: true }] }],
    [
      "router image nginx:1.28-alpine -> nginx:2",
      { docker: { ...application().docker, routerImage: "nginx:2" } },
    ],
  ])("%s", (line, after) => expect(ofSpec(after)).toEqual([line]));

  test("how it is rendered", () => {
    const content = contentOf();
    expect(differences(content, { ...content, renderer: content.renderer + 1 })).toEqual([
      "rendered by a newer Slipway",
    ]);
  });
});

describe("no line holds a value that may be confidential", () => {
  const planted = "planted-8f2c";
  const text = { parts: [`user:${planted}@`, { secret: "TOKEN" }] };

  test.each<[string, Partial<ServiceSpec>]>([
    ["a variable", { environment: { URL: planted } }],
    ["a variable with a secret", { environment: { URL: text } }],
    ["a file", { files: [{ path: "/a", content: planted, mode: "0444" }] }],
    ["a command", { command: ["--password", planted] }],
    ["a release command", { release: [planted] }],
    ["a health check", { health: { ...service().health!, test: ["CMD", planted] } }],
    ["a label", { labels: { note: planted } }],
  ])("%s", (_what, after) => {
    expect(between({}, after).join("\n")).not.toContain(planted);
    expect(between(after, {}).join("\n")).not.toContain(planted);
  });

  test("the summary of a deploy", () => {
    const services = [service({ environment: { URL: planted } })];
    const wanted = versioned("2", { services });
    const plan = makePlan(application({ version: "2", services }), wanted, serving(versioned("1")));
    expect(JSON.stringify(plan.kind === "refused" ? plan : plan.summary)).not.toContain(planted);
  });
});

describe("the summary", () => {
  const lines = (
    found = serving(versioned("1")),
    config: Partial<ApplicationSpec> = { version: "2" },
  ) => {
    const spec = application(config);
    const plan = makePlan(spec, releaseOf(spec), found);
    if (plan.kind === "refused") throw new Error(JSON.stringify(plan.faults));
    return plan.summary;
  };

  test("of a first deploy: the release and its slot", () => {
    const { id } = versioned("2");
    expect(lines(untouched())).toEqual([
      `first deploy: release 2 (${id}) into blue, then it gets the traffic`,
    ]);
  });

  test("of a deploy: the way of the traffic, and what differs", () => {
    const { id } = versioned("2");
    expect(lines()).toEqual([
      `deploy: release 2 (${id}) into green; the traffic moves blue -> green after its gate`,
      "  version: 1 -> 2",
    ]);
  });

  test("of a steady run: that there is nothing to do", () => {
    expect(lines(serving(versioned("1")), { version: "1" })).toEqual([
      `steady: release 1 (${versioned("1").id}) serves from blue; nothing to deploy`,
    ]);
  });

  test("a release without a version is named by its id", () => {
    const { id } = releaseOf(application());
    expect(lines(untouched(), {})[0]).toContain(`release ${id} into blue`);
  });
});
