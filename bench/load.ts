import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import execa from "execa";
import { cacheRoot } from "../toolchain/paths";
import { atEnd, sleep } from "./progress";
import { figuresOf, type LoadFigures, parseSamples } from "./stats";

export const RATE = 500;
/** Seconds after which a load ends by itself, whatever happens to the bench. */
const LIMIT = 900;
/** Milliseconds of load before and after what is looked at. */
const MARGIN = 1000;

let built: Promise<string> | undefined;

/** A process of its own, so that what the bench does meanwhile disturbs neither pace nor clock. */
function generator(): Promise<string> {
  built ??= (async () => {
    const source = path.join(__dirname, "load");
    const key = createHash("sha256").update(fs.readFileSync(path.join(source, "main.go")));
    const target = path.join(cacheRoot(), `load-${key.digest("hex").slice(0, 12)}`, "load");
    if (!fs.existsSync(target)) {
      const env = { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" };
      await execa("go", ["build", "-o", target, "."], { cwd: source, env });
    }
    return target;
  })();
  return built;
}

export interface LoadOptions {
  rate?: number;
  /** Put before the command, to run it in another network. */
  prefix?: string[];
}

/** The figures of a constant load on an address while `work` is done. */
export async function underLoad(
  url: string,
  work: () => Promise<unknown>,
  { rate = RATE, prefix = [] }: LoadOptions = {},
): Promise<LoadFigures> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "slipway-load-"));
  const file = path.join(folder, "samples");
  const options = { rate, seconds: LIMIT, url, out: file };
  const args = Object.entries(options).flatMap(([key, value]) => [`-${key}`, String(value)]);
  const [command, ...rest] = [...prefix, await generator(), ...args];
  const child = execa(command!, rest, { reject: false });
  atEnd(() => void child.kill("SIGTERM"));
  try {
    await sleep(MARGIN);
    await work();
    await sleep(MARGIN);
  } finally {
    child.kill("SIGTERM");
    await child;
  }
  const figures = figuresOf(parseSamples(fs.readFileSync(file, "utf8")));
  fs.rmSync(folder, { recursive: true });
  return figures;
}
