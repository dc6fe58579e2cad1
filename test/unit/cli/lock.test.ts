import { rmSync } from "node:fs";
import { hostname } from "node:os";

import { lock } from "../../../cli/lock";
import type { LockReport } from "../../../cli/lockLook";
import { unlock } from "../../../cli/unlock";
import { platformAt } from "../../../provider/places";
import { surroundings } from "../../helpers/command";
import { FakePlatform } from "../../helpers/fakePlatform";
import { folder } from "../../helpers/spec";

jest.mock("../../../provider/places");

const FILES = {
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "compose.yaml": 'services: { api: { image: "api:1", ports: ["80:80"] } }\n',
  "Pulumi.staging.yaml":
    'config:\n  slipway:name: shop\n  slipway:docker: { host: "unix:///one.sock" }\n',
};
const ANNS = { who: "Ann", why: "freeze", at: "2026-01-01T10:00:00.000Z" };

let cwd: string;
let platform: FakePlatform;
/** Without a git that knows a name, and with one that says Bob. */
const nobody = { PATH: "", USER: "bob" };
const bob = {
  PATH: process.env.PATH,
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "user.name",
  GIT_CONFIG_VALUE_0: "Bob",
};
beforeEach(() => {
  cwd = folder(FILES);
  platform = new FakePlatform();
  platform.claim = "ours";
  jest.mocked(platformAt).mockReturnValue(platform);
});
afterEach(() => rmSync(cwd, { recursive: true }));

async function run(
  command: typeof lock,
  argv: string[],
  {
    environment = bob as Record<string, string | undefined>,
    answer = undefined as string | undefined,
  } = {},
) {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return answer!;
  };
  const around = surroundings(cwd, { environment, ...(answer === undefined ? {} : { ask }) });
  const { output, code } = await command(["-e", "staging", ...argv], around);
  return { output, code, last: output.split("\n").pop(), asked };
}
const json = async (command: typeof lock, argv: string[]) =>
  JSON.parse((await run(command, [...argv, "--json"])).output) as LockReport;

describe("lock", () => {
  test("says who and why, and who is git's user", async () => {
    const { output, code } = await run(lock, ["--why", " the database moves "]);
    expect(code).toBe(0);
    expect(platform.lock).toMatchObject({ who: "Bob", why: "the database moves" });
    expect(output).toMatch(
      /^deploys to staging are locked by Bob, since 20\d\d-.*Z: the database moves$/,
    );
  });

  test("where git knows no name: user and machine", async () => {
    await run(lock, ["--why", "freeze"], { environment: nobody });
    expect(platform.lock).toMatchObject({ who: `bob@${hostname()}` });
  });

  test("as somebody else, in one JSON document", async () => {
    expect(await json(lock, ["--why", "freeze", "--who", "release team"])).toEqual({
      format: 1,
      stack: "staging",
      ok: true,
      application: "shop",
      host: "unix:///one.sock",
      lock: { who: "release team", why: "freeze", at: expect.any(String) },
      faults: [],
    });
  });

  test("is refused while another one holds, and says whose", async () => {
    platform.lock = ANNS;
    const { output, code, last } = await run(lock, ["--why", "me too"]);
    expect(code).toBe(2);
    expect(output).toContain("locked already by Ann, since 2026-01-01T10:00:00.000Z: freeze");
    expect(output).toContain("slipway unlock -e staging");
    expect(last).toBe("not locked anew: deploys to staging are locked already");
    expect(platform.writes).toEqual([]);
  });

  test("is refused when another one came at the same moment", async () => {
    platform.putLock = async () => ANNS;
    expect(await json(lock, ["--why", "me too"])).toMatchObject({ ok: false, lock: ANNS });
  });

  test("is refused where nothing is deployed", async () => {
    platform.claim = undefined;
    const { output, code } = await run(lock, ["--why", "freeze"]);
    expect(code).toBe(2);
    expect(output).toContain("shop is not deployed on unix:///one.sock");
    expect(platform.writes).toEqual([]);
  });

  test("that cannot be written is a failure", async () => {
    platform.putLock = async () => {
      throw new Error("disk full");
    };
    const { output, code, last } = await run(lock, ["--why", "freeze"]);
    expect(output).toContain("it could not be locked: disk full");
    expect({ code, last }).toEqual({ code: 1, last: "deploys to staging were not locked" });
  });

  test("on a platform that cannot be read is a failure", async () => {
    platform.readLock = async () => {
      throw new Error("no answer within 10 s");
    };
    const { output, code } = await run(lock, ["--why", "freeze"]);
    expect(code).toBe(1);
    expect(output).toContain("no answer within 10 s");
  });

  test("of a stack that there is not is refused, with the nearest one", async () => {
    const around = surroundings(cwd, { environment: bob });
    const { output, code } = await lock(["-e", "stagin", "--why", "freeze"], around);
    expect(code).toBe(2);
    expect(output).toContain("Did you mean staging?");
  });
});

describe("unlock", () => {
  beforeEach(() => (platform.lock = ANNS));

  test("of one's own lock asks nobody", async () => {
    platform.lock = { ...ANNS, who: "Bob" };
    const { code, last } = await run(unlock, []);
    expect({ code, last }).toEqual({
      code: 0,
      last: "deploys to staging are possible again; they were locked by Bob, since 2026-01-01T10:00:00.000Z: freeze",
    });
    expect(platform.lock).toBe(undefined);
  });

  test("of somebody else's is asked for", async () => {
    const refused = await run(unlock, [], { answer: "n" });
    expect(refused.code).toBe(2);
    expect(refused.asked).toEqual([
      "Ann, since 2026-01-01T10:00:00.000Z: freeze. Take this lock away? [y/N] ",
    ]);
    expect(platform.lock).toEqual(ANNS);
    expect((await run(unlock, [], { answer: "y" })).code).toBe(0);
    expect(platform.lock).toBe(undefined);
  });

  test("of somebody else's where nobody can be asked is refused, with the cure", async () => {
    const { output, code } = await run(unlock, []);
    expect(code).toBe(2);
    expect(output).toContain("slipway unlock -e staging --yes");
    expect(platform.lock).toEqual(ANNS);
  });

  test("of somebody else's with --yes, in one JSON document", async () => {
    const report = await json(unlock, ["--yes"]);
    expect(report).toMatchObject({ ok: true, removed: ANNS });
    expect(report).not.toHaveProperty("lock");
  });

  test("where nothing is locked it is as wanted", async () => {
    platform.lock = undefined;
    const { code, last } = await run(unlock, []);
    expect({ code, last }).toEqual({ code: 0, last: "deploys to staging were not locked" });
    expect(platform.writes).toEqual([]);
  });

  test("that cannot be written is a failure", async () => {
    platform.removeLock = async () => {
      throw new Error("the holder is gone");
    };
    const { output, code } = await run(unlock, ["--yes"]);
    expect(code).toBe(1);
    expect(output).toContain("it could not be unlocked: the holder is gone");
  });
});
