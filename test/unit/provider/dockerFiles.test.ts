import { close, deploy, readEntry } from "../../../provider/docker/proxy";
import { Records } from "../../../provider/docker/records";
import type { Transport } from "../../../provider/docker/transport";
import { releaseOf } from "../../../spec/release";
import { application } from "../../helpers/spec";
import type { Reach } from "../../../spec/types";

const STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory";

const { id, content } = releaseOf(application());
const CONTENT = `records/releases/${id}/content.json`;
const EVENTS = `records/releases/${id}/events`;
const whole = JSON.stringify({ created: "2026-01-01T10:00:00.000Z", content });
const served = JSON.stringify({
  kind: "served",
  at: "2026-01-01T10:01:00.000Z",
  detail: { slot: "blue" },
});

describe("the files of the records", () => {
  const records = (files: Record<string, string>) => {
    const readArchive = async (_container: string, path: string) =>
      new Map(Object.entries(files).filter(([name]) => `/${name}`.startsWith(path)));
    const docker = { listContainers: async () => [{ Id: "holder" }] };
    return new Records({ docker, readArchive } as unknown as Transport, "shop");
  };
  const half = whole.slice(0, 100);

  test("a release and what happened to it", async () => {
    const { records: found } = await records({
      [CONTENT]: whole,
      [`${EVENTS}/1-served.json`]: served,
    }).read();
    expect(found).toEqual([expect.objectContaining({ id, content, events: [JSON.parse(served)] })]);
  });

  test("an event that was not written to its end has not happened", async () => {
    for (const text of ["", served.slice(0, 20)]) {
      const { records: found } = await records({
        [CONTENT]: whole,
        [`${EVENTS}/1-served.json`]: served,
        [`${EVENTS}/2-gate-passed.json`]: text,
      }).read();
      expect(found[0]!.events).toEqual([JSON.parse(served)]);
    }
  });

  test("content that was not written to its end is not there, and is written again", async () => {
    const found = records({ [CONTENT]: half });
    expect((await found.read()).records).toEqual([]);
    expect(await found.has(id)).toBe(false);
  });

  test("damaged content of a release that has served is an error with its cure", async () => {
    const found = records({ [CONTENT]: half, [`${EVENTS}/1-served.json`]: served });
    await expect(found.read()).rejects.toThrow(
      `the record file ${CONTENT} is damaged (it is not JSON), and release ${id} has served`,
    );
  });

  test("a lock, until its file is empty", async () => {
    const lock = { who: "Ann", why: "freeze", at: "2026-01-01T10:00:00.000Z" };
    const locked = records({ "records/lock.json": JSON.stringify(lock), [CONTENT]: whole });
    expect(await locked.read()).toMatchObject({ lock, records: [{ id }] });
    expect(await locked.lock()).toEqual(lock);
    for (const free of [records({ "records/lock.json": "" }), records({})]) {
      expect(await free.read()).not.toHaveProperty("lock");
      expect(await free.lock()).toBe(undefined);
    }
  });

  test("an empty one of it means that it was removed", async () => {
    const found = records({ [CONTENT]: "", [`${EVENTS}/1-served.json`]: served });
    expect((await found.read()).records).toEqual([]);
  });
});

describe("what the proxy is told", () => {
  const told = async (reach: Reach) => {
    const asked: string[][] = [];
    const exec = async (_edge: string, command: string[]) => {
      asked.push(command);
      return { exitCode: 0, output: "" };
    };
    const table = { slot: "blue", release: "1", targets: ["a:80"], healthPath: "/up" } as const;
    await deploy({ exec } as unknown as Transport, "edge", "shop", {
      ...table,
      targets: [...table.targets],
      deployTimeout: 30,
      drainTimeout: 2,
      reach,
    });
    return asked[0]!.filter((word) => /host|tls|\.(b|d|crt|key)$|forward/.test(word));
  };
  const tls = { staging: false, redirect: true };

  test("any name, and a TLS proxy in front may say what it was asked", async () => {
    expect(await told({ hosts: [] })).toEqual(["--forward-headers=true"]);
  });

  test("names and https: clients say nothing about themselves", async () => {
    expect(await told({ hosts: ["a.b", "c.d"], tls })).toEqual(
      "--forward-headers=false --host a.b --host c.d --tls --tls-redirect=true".split(" "),
    );
  });

  test("trials, without a redirect yet", async () => {
    const trial = { staging: true, redirect: false };
    expect((await told({ hosts: ["a.b"], tls: trial })).slice(3)).toEqual(
      "--tls --tls-redirect=false --tls-staging".split(" "),
    );
  });

  test("where the user's own certificate is", async () => {
    const file = "/home/kamal-proxy/.config/kamal-proxy/own-certificates/0123";
    const words = await told({ hosts: ["a.b"], tls: { ...tls, certificate: "0123" } });
    expect(words.slice(5)).toEqual([
      ...["--tls-certificate-path", `${file}.crt`],
      ...["--tls-private-key-path", `${file}.key`],
    ]);
  });
});

describe("an entry is closed", () => {
  const closed = async (isThere: boolean) => {
    const asked: string[] = [];
    let known = isThere;
    const exec = async (_edge: string, [, verb, , ...rest]: string[]) => {
      const hosts = rest.filter((_word, index) => rest[index - 1] === "--host");
      asked.push(
        [verb, ...hosts, ...rest.filter((word) => /^--(mess|drain-t.*=)/.test(word))].join(" "),
      );
      if (verb === "deploy") known = true;
      return known
        ? { exitCode: 0, output: "" }
        : { exitCode: 1, output: "Error: service not found" };
    };
    await close({ exec } as unknown as Transport, "edge", "shop", {
      slot: "blue",
      release: "1",
      targets: ["a:80"],
      healthPath: "/",
      deployTimeout: 30,
      drainTimeout: 2,
      reach: { hosts: ["a.b"], tls: { staging: false, redirect: true } },
      maintenance: "--soon",
    });
    return asked;
  };
  const stop = "stop --drain-timeout=2s --message=--soon";

  test("by one call", async () => {
    expect(await closed(true)).toEqual([stop]);
  });

  test("before it can be reached, where it is new", async () => {
    expect(await closed(false)).toEqual([stop, "deploy closed.invalid", stop]);
  });
});

describe("the proxy's table", () => {
  const LISTED = [
    "\x1b[3;94mService\x1b[0m  \x1b[3;94mHost\x1b[0m  \x1b[3;94mPath\x1b[0m  \x1b[3;94mTarget\x1b[0m",
    "\x1b[1;34mother\x1b[0m    \x1b[m*\x1b[0m     \x1b[m/\x1b[0m     \x1b[mz:80\x1b[0m       \x1b[mrunning\x1b[0m  \x1b[mno\x1b[0m",
    "\x1b[1;34mshop\x1b[0m     \x1b[m*\x1b[0m     \x1b[m/\x1b[0m     \x1b[ma:80,b:80\x1b[0m  \x1b[mrunning\x1b[0m  \x1b[mno\x1b[0m",
  ].join("\n");
  const entry = (file: string | undefined, { running = true, output = LISTED } = {}) =>
    readEntry(
      {
        readArchive: async () => new Map(file === undefined ? [] : [["kamal-proxy.state", file]]),
        docker: {
          getContainer: () => ({ inspect: async () => ({ State: { Running: running } }) }),
        },
        exec: async () => ({ exitCode: output === "" ? 1 : 0, output }),
      } as unknown as Transport,
      "edge",
      "shop",
    );

  test("is in its file", async () => {
    expect(await entry('[{"name":"shop","active_targets":["c:80"]}]')).toEqual({
      targets: ["c:80"],
      reach: { hosts: [] },
    });
    expect(await entry(undefined)).toEqual({ targets: [] });
  });

  test.each<[string, object, Reach]>([
    ["any name", { hosts: [""], tls_redirect: true }, { hosts: [] }],
    ["names", { hosts: ["a.b", "c.d"] }, { hosts: ["a.b", "c.d"] }],
    [
      "https",
      { hosts: ["a.b"], tls_enabled: true, tls_redirect: true, acme_directory: "" },
      { hosts: ["a.b"], tls: { staging: false, redirect: true } },
    ],
    [
      "https for trials, without a redirect",
      { hosts: ["a.b"], tls_enabled: true, acme_directory: STAGING },
      { hosts: ["a.b"], tls: { staging: true, redirect: false } },
    ],
    [
      "a certificate of the user's own",
      { hosts: ["a.b"], tls_enabled: true, tls_certificate_path: "/x/0123456789abcdef.crt" },
      { hosts: ["a.b"], tls: { staging: false, redirect: false, certificate: "0123456789abcdef" } },
    ],
  ])("says how the edge is reached: %s", async (_what, options, reach) => {
    const file = JSON.stringify([{ name: "shop", active_targets: ["c:80"], options }]);
    expect((await entry(file)).reach).toEqual(reach);
  });

  test.each<[string, object | null, string | undefined]>([
    ["open", { state: 0, stop_message: "", fail_after: 0 }, undefined],
    ["as an older proxy has it", null, undefined],
    ["paused", { state: 1, stop_message: "", fail_after: 1e9 }, "(paused by hand: requests wait)"],
    ["closed", { state: 2, stop_message: "soon", fail_after: 0 }, "soon"],
    ["closed without a message", { state: 2, stop_message: "", fail_after: 0 }, ""],
  ])("says whether the application is closed: %s", async (_what, control, maintenance) => {
    const shop = { name: "shop", active_targets: ["c:80"], pause_controller: control };
    expect((await entry(JSON.stringify([shop]))).maintenance).toBe(maintenance);
  });

  test("closed and damaged: it is closed anew, for the list has no message", async () => {
    const output = LISTED.replace(/(shop.*)running/, "$1stopped");
    expect(await entry("", { output })).toMatchObject({
      targets: ["a:80", "b:80"],
      maintenance: "",
    });
  });

  test("is asked of the proxy itself where the file is damaged", async () => {
    const listed = { targets: ["a:80", "b:80"], reach: { hosts: [] } };
    expect(await entry("")).toEqual(listed);
    expect(await entry('[{"name":')).toEqual(listed);
  });

  test("with https is not whole in the list, so that it is written anew", async () => {
    const output = LISTED.replace(/(shop.*)\*(.*)no/, "$1a.b,c.d$2yes");
    expect((await entry("", { output })).reach).toEqual({
      hosts: ["a.b", "c.d"],
      tls: { staging: false, redirect: false },
    });
  });

  test("is lost with the file when the proxy does not run", async () => {
    expect(await entry("", { running: false })).toEqual({ targets: [] });
  });

  test("is never taken for empty when the proxy does not answer", async () => {
    await expect(entry("", { output: "" })).rejects.toThrow("table cannot be read");
  });
});
