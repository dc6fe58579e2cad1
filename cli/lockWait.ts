import { lockText } from "../spec/lock";
import type { Lock } from "../spec/types";

/** Milliseconds between two looks. */
const PAUSE = 2000;

/** Waits for a lock to go, as long as that. Returns the one that holds then; undefined: the way is free. */
export async function waitForLock(
  look: () => Promise<Lock | undefined>,
  seconds: number,
  say: (line: string) => void,
): Promise<Lock | undefined> {
  const end = Date.now() + seconds * 1000;
  let lock = await look();
  if (lock && seconds > 0) say(`locked by ${lockText(lock)}; waiting up to ${seconds} s`);
  while (lock && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(PAUSE, end - Date.now())));
    lock = await look();
  }
  return lock;
}
