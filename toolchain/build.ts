import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import { ToolchainError } from "./fault";
import { withLock } from "./lock";
import type { Part } from "./parts";
import { cacheRoot, goRoot, isExecutable } from "./paths";
import type { Report } from "./progress";

/** Characters of the content hash in folder names. */
const keyLength = 12;
/** Lines of the compiler's output that an error shows. */
const errorLines = 12;
/** Without a word about downloads for this long, Go is taken to compile. */
const silenceMs = 5000;

let goVersionOnce: Promise<string | undefined> | undefined;

/** "go1.26.8"; `undefined` when there is no Go. Asked once per run. */
export function goVersion(): Promise<string | undefined> {
  goVersionOnce ??= execa("go", ["env", "GOVERSION"], { cwd: goRoot, timeout: 10_000 })
    .then((result) => result.stdout.trim())
    .catch(() => undefined);
  return goVersionOnce;
}

/** Changes with each file of the part's Go module, with its version and with the way it is built. */
export function contentKey(part: Part): string {
  const hash = createHash("sha256");
  const folder = path.join(goRoot, part.name);
  for (const file of filesBelow(folder)) {
    hash
      .update(`${path.relative(folder, file)}\0`)
      .update(fs.readFileSync(file))
      .update("\0");
  }
  // Not the estimate: a better guess is no reason to build again.
  const { package: main, binary, stamp, static: isStatic } = part.go;
  const recipe = { package: main, binary, stamp, static: isStatic };
  hash.update(JSON.stringify([part.version, recipe, process.platform, process.arch]));
  return hash.digest("hex").slice(0, keyLength);
}

/** The built binary, when it is in the cache already. */
export function cachedBuild(part: Part): string | undefined {
  const file = path.join(buildFolder(part), part.go.binary);
  return isExecutable(file) ? file : undefined;
}

/** Builds the part from its Go module into the cache and returns the binary. */
export async function buildPart(part: Part, report: Report): Promise<string> {
  return withLock(part.name, report, async () => {
    const done = cachedBuild(part);
    if (done) return done;
    const target = buildFolder(part);
    fs.mkdirSync(cacheRoot(), { recursive: true });
    const scratch = fs.mkdtempSync(path.join(cacheRoot(), `${part.name}-building-`));
    try {
      await compile(part, path.join(scratch, part.go.binary), report);
      fs.rmSync(target, { recursive: true, force: true });
      // mkdtemp makes folders for the owner alone.
      fs.chmodSync(scratch, 0o755);
      // A rename is all or nothing: an interrupted build leaves no half binary behind.
      fs.renameSync(scratch, target);
    } finally {
      fs.rmSync(scratch, { recursive: true, force: true });
    }
    return path.join(target, part.go.binary);
  });
}

async function compile(part: Part, output: string, report: Report): Promise<void> {
  const stamp = part.go.stamp ? ` -X ${part.go.stamp}` : "";
  const args = ["build", "-trimpath", "-ldflags", `-s -w${stamp}`, "-o", output, part.go.package];
  const run = execa("go", args, {
    cwd: path.join(goRoot, part.name),
    // A go.work of the user's own would mix in other modules.
    env: { GOWORK: "off", ...(part.go.static ? { CGO_ENABLED: "0" } : {}) },
    all: true,
    reject: false,
  });
  // Go fetches what it needs first (and says so), then compiles in silence.
  report("compiling");
  let idle: NodeJS.Timeout | undefined;
  run.stderr?.on("data", (chunk: Buffer) => {
    if (!chunk.toString().includes("go: downloading ")) return;
    report("fetching Go modules");
    clearTimeout(idle);
    idle = setTimeout(() => report("compiling"), silenceMs);
  });
  const result = await run;
  clearTimeout(idle);
  if (result.exitCode === 0) return;
  // After a fault of execa itself there is no output, but a message.
  const said = result.all || String((result as { message?: string }).message ?? "no output");
  const tail = said.trim().split("\n").filter(isTelling).slice(-errorLines).join("\n  ");
  throw new ToolchainError(
    `building ${part.title} ${part.version} failed:\n  ${tail}`,
    `Try it by hand: cd toolchain/go/${part.name} && go build -o /dev/null ${part.go.package}`,
  );
}

function isTelling(text: string): boolean {
  return !text.startsWith("go: downloading ");
}

function buildFolder(part: Part): string {
  return path.join(cacheRoot(), `${part.name}-${contentKey(part)}`);
}

function filesBelow(folder: string): string[] {
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
  return nested.flat().sort();
}
