import { freeIn } from "../../../provider/docker/disk";
import { makePlan } from "../../../spec/plan";
import { releaseOf } from "../../../spec/release";
import type { ApplicationSpec, Disk, Observation } from "../../../spec/types";
import { bytesText } from "../../../spec/units";
import { complete, passed, record, served, serving, versioned } from "../../helpers/observation";
import { application } from "../../helpers/spec";

const GIB = 1024 ** 3;
const NEXT = application({ version: "2" });
const old = versioned("1");
const next = releaseOf(NEXT);

const planned = (disk: Disk | undefined, more: Partial<Observation> = {}, spec = NEXT) =>
  makePlan(spec, releaseOf(spec), serving(old, { ...(disk ? { disk } : {}), ...more }));
const warm: Partial<Observation> = {
  slots: { blue: complete("blue", old), green: complete("green", next) },
  records: [record(old, [served("blue", 2)]), record(next, [passed("green", 3)])],
};

test.each<[string, Disk | undefined]>([
  ["enough is free", { free: 2 * GIB }],
  ["it is not known", undefined],
])("%s: not a word", (_name, disk) => {
  expect(planned(disk)).toMatchObject({ kind: "deploy", warnings: [] });
});

test("little is free: it warns, with what a prune frees", () => {
  expect(planned({ free: GIB, prunable: 3_000_000 })).toMatchObject({
    kind: "deploy",
    warnings: [
      "1.1 GB are free for Docker on the host. slipway prune -e test --yes frees 3.0 MB or more; docker system df says what else there is",
    ],
  });
});

test.each<[number | undefined, string]>([
  [0, "slipway prune -e test would free nothing"],
  [undefined, "slipway prune -e test says what of this application can go"],
])("next to nothing is free: a deploy is refused (prunable: %s)", (prunable, words) => {
  const disk = { free: 0.4 * GIB, ...(prunable === undefined ? {} : { prunable }) };
  expect(planned(disk)).toMatchObject({
    kind: "refused",
    faults: [
      {
        path: "disk",
        what: "429 MB are free for Docker on the host",
        cure: expect.stringContaining(words),
      },
    ],
  });
});

describe("next to nothing is free, and nothing new is brought", () => {
  const disk = { free: 0 };
  const pinned = (spec: Partial<ApplicationSpec>) => ({ ...application(), ...spec });

  test("a flip to a release that runs goes on", () => {
    expect(planned(disk, warm)).toMatchObject({ kind: "flip", warnings: [] });
  });

  test("a steady run goes on", () => {
    const steady = application({ version: "1" });
    expect(planned(disk, {}, steady)).toMatchObject({ kind: "steady", warnings: [] });
  });

  test("traffic that is lost is restored", () => {
    const { serving: _serving, ...lost } = serving(old, { disk });
    expect(makePlan(NEXT, next, lost)).toMatchObject({ kind: "restore" });
  });

  test("a rollback from a record is warned of, not refused", () => {
    const records = [record(next, [served("green", 1)]), record(old, [served("blue", 2)])];
    const plan = planned(disk, { records }, pinned({ release: next.id }));
    expect(plan).toMatchObject({ kind: "deploy", warnings: [expect.stringMatching(/^0 B are/)] });
  });
});

test("what df says", () => {
  const output =
    "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 100 60 40 60% /\n";
  expect(freeIn(output)).toBe(40 * 1024);
  expect(freeIn("df: no such folder")).toBeUndefined();
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [999_900, "1.0 MB"],
  [12_345_678, "12 MB"],
  [9e15, "9000 TB"],
])("%d bytes are %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));
