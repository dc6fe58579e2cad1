import fs from "node:fs";
import path from "node:path";
import { cacheRoot } from "./paths";
import type { Report } from "./progress";

const pollMs = 500;

/**
 * Runs `work` while no other process on this machine does the same: two test runs that start at once
 * must not both build for minutes. A lock whose process is gone is taken over.
 */
export async function withLock<T>(
  name: string,
  report: Report,
  work: () => Promise<T>,
): Promise<T> {
  const folder = path.join(cacheRoot(), "locks");
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.pid`);
  while (!take(file)) {
    report("waiting for another process that does the same");
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (ownerIsAlive(file)) return false;
    fs.rmSync(file, { force: true });
    return false;
  }
}

function ownerIsAlive(file: string): boolean {
  try {
    const pid = Number(fs.readFileSync(file, "utf8"));
    // Just made and not yet written.
    if (!Number.isInteger(pid) || pid <= 0) return Date.now() - fs.statSync(file).mtimeMs < 5_000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
