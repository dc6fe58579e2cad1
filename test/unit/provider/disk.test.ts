import { statfsSync } from "fs";
import { hostname, tmpdir } from "os";
import { PassThrough } from "stream";
import { diskOf } from "../../../provider/docker/disk";
import { unneeded } from "../../../provider/docker/prune";
import { ssh } from "../../../provider/docker/ssh";
import type { Transport } from "../../../provider/docker/transport";

jest.mock("../../../provider/docker/prune");
jest.mock("../../../provider/docker/ssh");
const look = jest.mocked(unneeded);
const asked = jest.mocked(ssh);

/** What the host answers to the command that it is sent. */
const answer = (kibibytes: number) =>
  asked.mockImplementation(() => {
    const stream = new PassThrough();
    stream.write("Filesystem 1024-blocks Used Available Capacity Mounted on\n");
    stream.write(`/dev/a 9 9 ${kibibytes} 9% /\n`);
    return stream;
  });

/** An engine that calls its machine so. */
const engine = (host: string, Name: string, DockerRootDir = tmpdir()) =>
  ({ host, docker: { info: async () => ({ DockerRootDir, Name }) } }) as unknown as Transport;

beforeEach(() => {
  asked.mockReset();
  look.mockReset().mockResolvedValue({ images: [], frees: 7, kept: 0 });
});

test("of an engine on this machine its folder's disk is looked at", async () => {
  const { bavail, bsize } = statfsSync(tmpdir());
  const disk = await diskOf(engine("unix:///d", hostname()), "shop");
  expect(Math.abs(disk!.free - bavail * bsize)).toBeLessThan(1e9);
});

test("a socket that leads to another machine says nothing of its disk", async () => {
  expect(await diskOf(engine("unix:///d", "docker-desktop"), "shop")).toBeUndefined();
});

test("a host over ssh is asked by df; with enough free nothing else is looked at", async () => {
  answer(4_000_000);
  const disk = await diskOf(engine("ssh://u@h", "h", "/var/o'docker"), "shop");
  expect(disk).toEqual({ free: 4_096_000_000 });
  expect(asked).toHaveBeenCalledWith("ssh://u@h", ["df", "-Pk", "'/var/o'\\''docker'"]);
  expect(look).not.toHaveBeenCalled();
});

test("with little free it also says what a prune frees, where that can be read", async () => {
  answer(1_000);
  const scarce = () => diskOf(engine("ssh://u@h", "h"), "shop");
  expect(await scarce()).toEqual({ free: 1_024_000, prunable: 7 });
  look.mockRejectedValue(new Error("a record is damaged"));
  expect(await scarce()).toEqual({ free: 1_024_000 });
});

test("a host that does not say it keeps no run from going on", async () => {
  asked.mockImplementation(() => new PassThrough().destroy(new Error("ssh to h: no")));
  expect(await diskOf(engine("ssh://u@h", "h"), "shop")).toBeUndefined();
});
