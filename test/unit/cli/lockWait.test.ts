import { waitForLock } from "../../../cli/lockWait";

const lock = { who: "Ann", why: "freeze", at: "2026-01-01T10:00:00.000Z" };
beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Waits until the lock goes, `free` ms from now. */
async function waited(free: number, seconds: number) {
  const said: string[] = [];
  const begin = Date.now();
  const look = async () => (Date.now() - begin < free ? lock : undefined);
  const work = waitForLock(look, seconds, (line) => said.push(line)).then((holds) => ({
    holds,
    took: Date.now() - begin,
  }));
  await jest.advanceTimersByTimeAsync(60_000);
  return { ...(await work), said };
}

test("where nothing is locked, nobody waits", async () => {
  expect(await waited(0, 30)).toEqual({ holds: undefined, took: 0, said: [] });
});

test("it goes on when the lock has gone, and says whom it waits for", async () => {
  expect(await waited(5000, 30)).toEqual({
    holds: undefined,
    took: 6000,
    said: ["locked by Ann, since 2026-01-01T10:00:00.000Z: freeze; waiting up to 30 s"],
  });
});

test("it ends at its time with the lock that holds", async () => {
  expect(await waited(40_000, 3)).toMatchObject({ holds: lock, took: 3000 });
  expect(await waited(40_000, 0)).toEqual({ holds: lock, took: 0, said: [] });
});
