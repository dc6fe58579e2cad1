import { readTargets } from "../../../provider/docker/proxy";
import { Records } from "../../../provider/docker/records";
import type { Transport } from "../../../provider/docker/transport";
import { releaseOf } from "../../../spec/release";
import { application } from "../../helpers/spec";

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

  test("an empty one of it means that it was removed", async () => {
    const found = records({ [CONTENT]: "", [`${EVENTS}/1-served.json`]: served });
    expect((await found.read()).records).toEqual([]);
  });
});

describe("the proxy's table", () => {
  const LISTED = [
    "\x1b[3;94mService\x1b[0m  \x1b[3;94mHost\x1b[0m  \x1b[3;94mPath\x1b[0m  \x1b[3;94mTarget\x1b[0m",
    "\x1b[1;34mother\x1b[0m    \x1b[m*\x1b[0m     \x1b[m/\x1b[0m     \x1b[mz:80\x1b[0m       \x1b[mrunning\x1b[0m  \x1b[mno\x1b[0m",
    "\x1b[1;34mshop\x1b[0m     \x1b[m*\x1b[0m     \x1b[m/\x1b[0m     \x1b[ma:80,b:80\x1b[0m  \x1b[mrunning\x1b[0m  \x1b[mno\x1b[0m",
  ].join("\n");
  const targets = (file: string | undefined, { running = true, output = LISTED } = {}) =>
    readTargets(
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
    expect(await targets('[{"name":"shop","active_targets":["c:80"]}]')).toEqual(["c:80"]);
    expect(await targets(undefined)).toEqual([]);
  });

  test("is asked of the proxy itself where the file is damaged", async () => {
    expect(await targets("")).toEqual(["a:80", "b:80"]);
    expect(await targets('[{"name":')).toEqual(["a:80", "b:80"]);
  });

  test("is lost with the file when the proxy does not run", async () => {
    expect(await targets("", { running: false })).toEqual([]);
  });

  test("is never taken for empty when the proxy does not answer", async () => {
    await expect(targets("", { output: "" })).rejects.toThrow("table cannot be read");
  });
});
