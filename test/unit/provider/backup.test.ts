import { backup, type BackupInputs } from "../../../provider/resources/backup";
import { context, deadContext, errorOf, FakePlatform, PLACE } from "../../helpers/fakePlatform";

const inputs: BackupInputs = {
  ...PLACE,
  deploy: "attempt-2",
  databases: [{ accessory: "db", unit: "db-1" }],
  keep: 3,
  secrets: ["hunter22"],
};
const { deploy: _deploy, ...steady } = inputs;

let platform: FakePlatform;
beforeEach(() => {
  platform = new FakePlatform();
});

describe("it differs", () => {
  test.each<[string, BackupInputs, BackupInputs, boolean]>([
    ["for another deploy", { ...inputs, deploy: "attempt-1" }, inputs, true],
    ["for the first deploy", steady, inputs, true],
    ["not for a refresh of the same", inputs, inputs, false],
    ["not in a run that deploys nothing", inputs, steady, false],
    ["not for other settings", steady, { ...steady, keep: 9, databases: [] }, false],
  ])("%s", async (_what, olds, news, changes) => {
    expect(await backup.diff(olds, news, context(platform))).toEqual({ changes });
  });
});

test("it dumps each database, and says so", async () => {
  const run = context(platform);
  await backup.update!(steady, inputs, run);
  expect(platform.writes).toEqual(["backUp db db-1 3"]);
  expect(run.said).toEqual(["backup db-20260101T100000Z.dump, 2.0 kB"]);
});

test("made in a run that deploys nothing, it dumps nothing", async () => {
  await backup.create(steady, context(platform));
  expect(platform.writes).toEqual([]);
});

test("a database that does not run is told, and the others are dumped", async () => {
  const databases = [{ accessory: "old" }, ...inputs.databases];
  const run = context(platform);
  await backup.create({ ...inputs, databases }, run);
  expect(run.said[0]).toMatch(/^warning: "old" does not run: .*without a backup/);
  expect(platform.writes).toEqual(["backUp db db-1 3"]);
});

test("its failure says that nothing was changed, with secrets masked", async () => {
  platform.backupFault = "pg_dump: password hunter22 is wrong";
  expect(await errorOf(backup.create(inputs, context(platform)))).toBe(
    'nothing was changed: the backup of "db" before this deploy failed.\npg_dump: password [secret] is wrong',
  );
});

test("a run that has ended dumps nothing", async () => {
  await errorOf(backup.create(inputs, deadContext(platform)));
  expect(platform.writes).toEqual([]);
});
