import { rmSync } from "node:fs";
import { Backend } from "../../../cli/backend";
import { doctor, type DoctorReport } from "../../../cli/doctor";
import { isAtLeast } from "../../../cli/doctorRow";
import { nodeRow } from "../../../cli/doctorTools";
import { platformAt } from "../../../provider/places";
import { surroundings } from "../../helpers/command";
import { FakePlatform } from "../../helpers/fakePlatform";
import { observation } from "../../helpers/observation";
import { folder, KEY } from "../../helpers/spec";

jest.mock("../../../provider/places");
jest.mock("../../../cli/backend");
const backend = jest.mocked(Backend).prototype;

const MARKER = "marker-of-a-secret-value";
const NO_CLI = new Error("the Pulumi CLI is not on the PATH");
const stackFile = (config: string) => `config:
  slipway:name: shop
  slipway:key: { secure: "v1:${KEY}" }
  slipway:secrets: { PASSWORD: { secure: "v1:x" } }
${config}`;
const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml": `services:
  api: { image: "api:1", ports: ["8000:8000"], environment: { PASSWORD: "\${PASSWORD:?}" } }
`,
  "Pulumi.staging.yaml": stackFile('  slipway:docker: { host: "unix:///one.sock" }\n'),
};

let cwd: string;
let platform: FakePlatform;
beforeEach(() => {
  cwd = folder(FILES);
  platform = new FakePlatform();
  platform.claim = "claim-1";
  platform.found = observation({ disk: { free: 50e9 } });
  jest.mocked(platformAt).mockReturnValue(platform);
  backend.version.mockResolvedValue("3.400.0");
  backend.whoami.mockResolvedValue({ user: "ann", url: "https://api.pulumi.com/ann" });
  backend.stacks.mockResolvedValue(["production", "staging"]);
  backend.secrets.mockResolvedValue({ PASSWORD: MARKER });
  backend.claim.mockResolvedValue({ id: "claim-1", engine: "engine-1" });
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** What a run says; never a secret. */
async function run(...argv: string[]) {
  const { output, code } = await doctor(argv, surroundings(cwd));
  expect(output).not.toContain(MARKER);
  return { output, code, last: output.split("\n").pop() };
}
const staging = () => run("-e", "staging");
/** The row that is not ok, and what it is about is alone in the last line. */
async function bad(what: string) {
  const { output, code } = await run("-e", "staging", "--json");
  const { rows, summary } = JSON.parse(output) as DoctorReport;
  expect({ code, summary }).toEqual({ code: 1, summary: `Not ready: ${what}` });
  return rows.find(({ ok }) => !ok)!;
}
const row = async (what: string) => {
  const { rows } = JSON.parse((await run("-e", "staging", "--json")).output) as DoctorReport;
  return rows.find((one) => one.what === what);
};

test("all is there", async () => {
  const { output, code } = await staging();
  expect(code).toBe(0);
  expect(output.replaceAll(cwd, "DIR").replace(process.versions.node, "NODE"))
    .toMatchInlineSnapshot(`
   "      what     wanted                               found
     ok  node     20.9+                                NODE
     ok  pulumi   3.259.0+                             3.400.0
     ok  project  Pulumi.yaml and Pulumi.staging.yaml  DIR
     ok  backend  a login                              https://api.pulumi.com/ann as ann (pulumi login)
     ok  stack    staging                              staging
     ok  secrets  can be opened                        1 is opened
     ok  config   no fault                             no fault
     ok  values   none missing                         none missing
     ok  engine   20.10+                               28.0.1 at unix:///one.sock
     ok  disk     2.1 GB free for Docker               50 GB free
     ok  claim    "shop" is this stack's               it is

   Ready: slipway deploy -e staging"
  `);
});

test("without a stack: tools, project, and the stacks that there are", async () => {
  const { output, code, last } = await run();
  expect(output).toMatch(/^  ok  stacks +one or more +production, staging$/m);
  expect(output).not.toContain("engine");
  expect({ code, last }).toEqual({
    code: 0,
    last: "Ready: slipway doctor -e STACK looks at a stack",
  });
});

describe("not ready", () => {
  test("no Pulumi CLI: the rest says that it waits for it", async () => {
    for (const ask of ["version", "whoami", "stacks", "secrets", "claim"] as const) {
      backend[ask].mockRejectedValue(NO_CLI);
    }
    const { output, last } = await staging();
    expect(output).toContain("-> install Pulumi");
    expect(output).toContain("-> get the Pulumi CLI first");
    expect(last).toBe("Not ready: pulumi, backend, stack, secrets, claim");
  });

  test("nobody is logged in", async () => {
    backend.whoami.mockRejectedValue(new Error("pulumi whoami: PULUMI_ACCESS_TOKEN must be set"));
    expect(await bad("backend")).toMatchObject({ cure: expect.stringContaining("pulumi login") });
  });

  test("a stack that has a file, and is not in the backend", async () => {
    backend.stacks.mockResolvedValue(["production"]);
    expect(await bad("stack")).toMatchObject({
      found: "production",
      cure: "pulumi stack init staging",
    });
  });

  test("a wrong passphrase: what is described is told all the same", async () => {
    backend.secrets.mockRejectedValue(new Error("pulumi config: incorrect passphrase"));
    expect(await bad("secrets")).toMatchObject({
      found: "pulumi config: incorrect passphrase",
      cure: expect.stringContaining("PULUMI_CONFIG_PASSPHRASE"),
    });
    expect(await row("config")).toMatchObject({ ok: true });
  });

  test("a secret that the description wants and nobody has set", async () => {
    backend.secrets.mockResolvedValue({ OTHER: MARKER });
    const { output, last } = await staging();
    expect(output).toContain("missing: PASSWORD");
    expect(output).toContain("-> pulumi config set --secret --path slipway:secrets.PASSWORD");
    expect(last).toBe("Not ready: config, values");
  });

  const having = (files: Record<string, string>) => {
    rmSync(cwd, { recursive: true });
    cwd = folder({ ...FILES, ...files });
  };

  test("faults of the description are counted, and the first is told", async () => {
    having({ "compose.yaml": "services: { api: { image: 1, nonsense: 2 } }\n" });
    expect(await bad("config")).toMatchObject({
      found: expect.stringMatching(/^2 faults: services/),
      cure: "slipway check --stack staging tells all of them",
    });
  });

  test("a stack without secrets lacks none", async () => {
    having({
      "compose.yaml": 'services: { api: { image: "api:1", ports: ["80:80"] } }\n',
      "Pulumi.staging.yaml": "config:\n  slipway:name: shop\n",
    });
    backend.secrets.mockResolvedValue({});
    expect((await staging()).code).toBe(0);
  });

  test("a host that is none is not asked", async () => {
    having({ "Pulumi.staging.yaml": stackFile("  slipway:docker: { host: nowhere }\n") });
    const { output, last } = await staging();
    expect(output).toMatch(
      /no  config +no fault +1 fault: slipway:docker.host must be the address/,
    );
    expect(last).toBe("Not ready: config, engine");
  });

  test("an engine that does not answer", async () => {
    platform.about = async () => {
      throw new Error("connect ENOENT /one.sock");
    };
    expect(await bad("engine")).toMatchObject({ found: "connect ENOENT /one.sock" });
  });

  test("ssh that lets nobody in has its own cure", async () => {
    platform.about = async () => {
      throw new Error(
        "ssh to a@b: no key was accepted for a. Load the key (ssh-add) (ssh said: no)",
      );
    };
    const { output, last } = await staging();
    expect(output).toMatch(/no  ssh +no question +ssh to a@b: no key was accepted for a$/m);
    expect(output).toContain("-> Load the key (ssh-add)");
    expect(last).toBe("Not ready: ssh, engine");
  });

  test("an engine that is too old", async () => {
    platform.version = "19.3.1";
    expect(await bad("engine")).toMatchObject({ found: "19.3.1 at unix:///one.sock" });
  });

  test("a disk that is full", async () => {
    platform.found = observation({ disk: { free: 1e8 } });
    expect(await bad("disk")).toMatchObject({ found: "100 MB free" });
  });

  test("another state's application", async () => {
    platform.claim = "claim-2";
    expect(await bad("claim")).toMatchObject({ found: "it is another's (claim claim-2)" });
  });

  test("another engine than the one of the last deploy", async () => {
    platform.engine = "engine-2";
    const { found } = await bad("claim");
    expect(found).toContain("id engine-2, in the state engine-1");
  });

  test("before the first deploy, a port that somebody listens on", async () => {
    platform.claim = undefined;
    backend.claim.mockResolvedValue(undefined);
    expect(await row("claim")).toMatchObject({ found: "free", ok: true });
    expect(await row("ports")).toMatchObject({ wanted: "8000 free", ok: true });
    platform.taken = [8000];
    expect(await bad("ports")).toMatchObject({ found: "taken: 8000" });
  });

  test("no project here", async () => {
    rmSync(cwd, { recursive: true });
    cwd = folder();
    const { output, last } = await run();
    expect(output).toContain("none here or above");
    expect(last).toBe("Not ready: project");
  });

  test("a stack that nobody knows, with the nearest one", async () => {
    const { output, code, last } = await run("-e", "stagin");
    expect(output).toContain("-> Did you mean staging?");
    expect({ code, last }).toEqual({ code: 1, last: "Not ready: project" });
  });
});

describe("advice", () => {
  test("an older Pulumi may do", async () => {
    backend.version.mockResolvedValue("3.9.0");
    expect(await row("pulumi")).toMatchObject({
      ok: true,
      cure: expect.stringMatching(/^it may do/),
    });
  });

  test("variables that are taken as empty", async () => {
    rmSync(cwd, { recursive: true });
    const environment = "{ PASSWORD: $PASSWORD, MODE: $MODE }";
    const api = `services: { api: { image: "api:1", ports: ["80:80"], environment: ${environment} } }\n`;
    cwd = folder({ ...FILES, "compose.yaml": api });
    expect(await row("values")).toMatchObject({ found: "not set, taken as empty: MODE", ok: true });
  });

  test("little room, and a disk that cannot be asked", async () => {
    platform.found = observation({ disk: { free: 1e9 } });
    expect(await row("disk")).toMatchObject({ ok: true, cure: expect.stringContaining("prune") });
    platform.found = observation();
    expect(await row("disk")).toMatchObject({ ok: true, found: "not known" });
  });

  test("an emptied engine is begun with anew", async () => {
    platform.claim = undefined;
    expect(await row("claim")).toMatchObject({ ok: true, found: expect.stringContaining("anew") });
  });
});

test("a version is compared by its numbers", () => {
  expect(isAtLeast("20.10.24+dfsg1", "20.10")).toBe(true);
  expect(isAtLeast("20.9.0", "20.10")).toBe(false);
  expect(nodeRow("18.20.0")).toMatchObject({ ok: false, cure: "install Node 20.9 or newer" });
});
