import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import { ToolchainError } from "./fault";
import { withLock } from "./lock";
import type { Part } from "./part-table";
import { cacheRoot, goRoot, isExecutable } from "./paths";
import type { Report } from "./progress";

/** Characters of the content hash in folder names. */
const keyLength = 12;
/** Lines of the compiler's output that an error shows. */
const errorLines = 12;
/** A go.work of the user's own would mix in other modules; without cgo, no C compiler is needed. */
const goEnv = { GOWORK: "off", CGO_ENABLED: "0" };

/**
 * Packages that are large, and idle in what Slipway does with these programs. Without optimisation
 * they take half the time to compile, and a cold build 6 minutes instead of 8 (ADR 0008).
 */
const idlePackages = [
  "cloud.google.com/go/...",
  "github.com/Azure/...",
  "github.com/alecthomas/chroma/...",
  "github.com/aws/...",
  "github.com/envoyproxy/...",
  "github.com/go-git/...",
  "github.com/google/...",
  "github.com/open-policy-agent/...",
  "github.com/pb33f/...",
  "github.com/pulumi/pulumi/pkg/v3/cmd/...",
  "github.com/pulumi/pulumi/pkg/v3/codegen/...",
  "go.opentelemetry.io/...",
  "google.golang.org/genproto/...",
  "k8s.io/...",
];

/** The linker drops the debugging information again. */
const commonFlags = ["-gcflags=all=-dwarf=false"];
const idleFlags = idlePackages.map((name) => `-gcflags=${name}=-dwarf=false -N -l`);

/** The same for as many parts as can be, so that each finds in Go's cache what an earlier one has compiled. */
const compilerFlags = ({ go }: Part) => (go.busy ? commonFlags : [...commonFlags, ...idleFlags]);

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
  const { package: main, binary, stamp } = part.go;
  const recipe = { package: main, binary, stamp, flags: compilerFlags(part) };
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
  const cwd = path.join(goRoot, part.name);
  report("fetching Go modules");
  // Fails where the build would fail, and the build says it better.
  await execa("go", ["list", "-deps", "-f", "", part.go.package], {
    cwd,
    env: goEnv,
    reject: false,
  });
  report("waiting for another build");
  const result = await inTurn(() => {
    report("compiling");
    const stamps = [part.go.stamp ?? []].flat().map((stamp) => ` -X ${stamp}`);
    const flags = ["-trimpath", ...compilerFlags(part), "-ldflags", `-s -w${stamps.join("")}`];
    const args = ["build", ...flags, "-o", output, part.go.package];
    return execa("go", args, { cwd, env: goEnv, all: true, reject: false });
  });
  if (result.exitCode === 0) return;
  // After a fault of execa itself there is no output, but a message.
  const said = result.all || String((result as { message?: string }).message ?? "no output");
  const tail = said.trim().split("\n").filter(isTelling).slice(-errorLines).join("\n  ");
  throw new ToolchainError(
    `building ${part.title} ${part.version} failed:\n  ${tail}`,
    `Try it by hand: cd toolchain/go/${part.name} && go build -o /dev/null ${part.go.package}`,
  );
}

let lastInTurn: Promise<unknown> = Promise.resolve();

/** One build at a time: a build uses all cores, and two at once compile what they share twice. */
function inTurn<T>(build: () => Promise<T>): Promise<T> {
  const run = lastInTurn.then(build);
  lastInTurn = run.catch(() => undefined);
  return run;
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
