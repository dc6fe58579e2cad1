import { verify, type VerifyInputs } from "../../../provider/resources/verify";
import { context, deadContext, errorOf, FakePlatform, PLACE } from "../../helpers/fakePlatform";
import { service } from "../../helpers/spec";

const { image: _image, reason: _reason, ...tried } = service({ name: "api" });
const inputs = (more: Partial<VerifyInputs> = {}): VerifyInputs => ({
  ...PLACE,
  reference: "ghcr.io/acme/shop-api:0123",
  service: { ...tried, environment: {}, files: [] },
  timeout: 10,
  logins: [],
  secrets: ["s3cret-value"],
  ...more,
});
const STAGED = "stageImage ghcr.io/acme/shop-api:0123 staging-0123";
const MADE = "makeThrowaway ghcr.io/acme/shop-api:0123 api";
const REMOVED = "removeUnits throwaway-api";

let platform: FakePlatform;
beforeEach(() => (platform = new FakePlatform()));

test("it is staged, started once, and removed", async () => {
  platform.units["throwaway-api"] = [{ health: "starting" }, { health: "healthy" }];
  await verify.create(inputs(), context(platform));
  expect(platform.writes).toEqual([STAGED, MADE, REMOVED]);
});

test("without a registry there is nothing to stage", async () => {
  platform.units["throwaway-api"] = [{ health: "healthy" }];
  await verify.create(inputs({ reference: "shop-api:0123" }), context(platform));
  expect(platform.writes).toEqual(["makeThrowaway shop-api:0123 api", REMOVED]);
});

test("nobody is asked from outside: a check by HTTP counts as none", async () => {
  await verify.create(inputs(), context(platform));
  expect(platform.writes).toContain(REMOVED);
});

test("one that ends is refused with its last lines, secrets masked, and removed", async () => {
  platform.units["throwaway-api"] = [{ state: "exited", exitCode: 3 }];
  platform.written["throwaway-api"] = "no database at s3cret-value";
  const error = await errorOf(verify.create(inputs(), context(platform)));
  expect(error).toContain("ghcr.io/acme/shop-api:0123 was started once, and is not fit");
  expect(error).toContain('service "api": it ended with 3');
  expect(error).toContain("| no database at [secret]");
  expect(platform.writes).toEqual([STAGED, MADE, REMOVED]);
});

test("one that cannot be started is refused, and removed", async () => {
  platform.obstacles["throwaway-api"] = 'exec: "/app": no such file';
  const error = await errorOf(verify.create(inputs(), context(platform)));
  expect(error).toContain('service "api": it cannot be started: exec: "/app": no such file');
  expect(platform.writes).toEqual([STAGED, MADE, REMOVED]);
});

test("a run that has ended meanwhile starts nothing", async () => {
  await errorOf(verify.create(inputs(), deadContext(platform)));
  expect(platform.writes).toEqual([]);
});

test("what was tried is not tried again; what is built anew is", async () => {
  const differs = async (more: Partial<VerifyInputs>) =>
    (await verify.diff(inputs(), inputs(more), context(platform))).changes;
  expect(await differs({ timeout: 9 })).toBe(false);
  expect(await differs({ reference: "ghcr.io/acme/shop-api:4567" })).toBe(true);
  expect(await differs({ built: "now" })).toBe(true);
});
