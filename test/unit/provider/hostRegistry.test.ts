import { hostRegistry, type HostRegistryInputs } from "../../../provider/resources/hostRegistry";
import { context, deadContext, FakePlatform, PLACE } from "../../helpers/fakePlatform";

const SERVER = "127.0.0.1:24500";
const KEPT = { reference: `${SERVER}/shop-api:0123456789abcdef`, digest: `${SERVER}/shop-api@d` };
const inputs = (more: Partial<HostRegistryInputs> = {}): HostRegistryInputs => ({
  ...PLACE,
  server: SERVER,
  port: 24500,
  image: "registry:2.8",
  keeps: [],
  logins: [],
  ...more,
});

test("it is made and answers; which one it is stays in the state", async () => {
  const platform = new FakePlatform();
  const made = inputs({ make: "run-1" });
  expect(await hostRegistry.create(made, context(platform))).toBe(SERVER);
  expect(made.store).toBe("store-1");
  expect(platform.writes).toEqual([`ensureHostRegistry ${SERVER}`]);
});

test("a run that has ended makes nothing", async () => {
  const platform = new FakePlatform();
  await expect(hostRegistry.create(inputs(), deadContext(platform))).rejects.toThrow("has ended");
  expect(platform.writes).toEqual([]);
});

describe("it differs", () => {
  const diff = async (olds: Partial<HostRegistryInputs>, news: Partial<HostRegistryInputs>) =>
    (await hostRegistry.diff(inputs(olds), inputs(news), context(new FakePlatform()))).changes;

  test("not, while the same one runs", async () => {
    expect(await diff({ store: "a", keeps: [] }, { store: "a", keeps: [KEPT] })).toBe(false);
  });
  test("when it does not run", async () => {
    expect(await diff({ store: "a" }, { make: "run-2" })).toBe(true);
  });
  test("when it is another one, which is empty", async () => {
    expect(await diff({ store: "a" }, { store: "b" })).toBe(true);
  });
});

test.each([
  ["the same one, made anew, has it all", "store-1", []],
  ["another one gets the images of the kept releases", "lost", [KEPT.reference]],
])("%s", async (_name, before, pushed) => {
  const platform = new FakePlatform();
  const news = inputs({ make: "run-2", keeps: [KEPT] });
  await hostRegistry.update!(inputs({ store: before }), news, context(platform));
  const fills = platform.writes.filter((write) => write.startsWith("fill"));
  expect(fills).toEqual(pushed.map((reference) => `fillHostRegistry ${reference}`));
  expect(news.store).toBe("store-1");
});

describe("its port", () => {
  const check = (platform: FakePlatform, more: Partial<HostRegistryInputs>) =>
    hostRegistry.check!(inputs(more), {}, context(platform));

  test("taken by something else is told before anything is done", async () => {
    const platform = new FakePlatform();
    platform.taken = [24500];
    expect(await check(platform, { make: "run-1" })).toMatch(
      /^port 24500 .* is taken .* pulumi config set registry none$/,
    );
    expect(platform.writes).toEqual([]);
  });

  test("taken by one that another stack has made meanwhile is fine", async () => {
    const platform = new FakePlatform();
    platform.taken = [24500];
    platform.registry = { state: "running", kept: true };
    expect(await check(platform, { make: "run-1" })).toBeUndefined();
  });

  test("is not looked at while it runs", async () => {
    const platform = new FakePlatform();
    platform.listens = () => Promise.reject(new Error("it was asked"));
    expect(await check(platform, { store: "a" })).toBeUndefined();
  });
});
