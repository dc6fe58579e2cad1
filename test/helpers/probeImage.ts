import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import { Transport } from "../../provider/docker/transport";
import { goVersion } from "../../toolchain/build";
import { engineHost } from "../../toolchain/engine";
import {
  entriesOf,
  hasImage,
  importImage,
  keyOf,
  LOCAL_PREFIX,
  tarOf,
} from "../../toolchain/image-build";
import { withLock } from "../../toolchain/lock";
import { cacheRoot } from "../../toolchain/paths";

const source = path.join(__dirname, "..", "fixtures", "probe");

let known: Promise<string> | undefined;

/** The tag of the scenario tests' application, built and put into the engine when it is not there. */
export function ensureProbeImage(): Promise<string> {
  known ??= probeImage().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function probeImage(): Promise<string> {
  const docker = new Transport(engineHost()).docker;
  const { Arch } = await docker.version();
  const key = keyOf(entriesOf(source), Arch);
  const tag = `${LOCAL_PREFIX}/probe:${key}`;
  if (await hasImage(docker, tag)) return tag;
  return withLock(
    "probe",
    () => {},
    async () => {
      if (await hasImage(docker, tag)) return tag;
      const content = fs.readFileSync(await builtProbe(key, Arch));
      const layout = [
        { name: "probe", content, mode: 0o755 },
        // For tests that write files or run as another user.
        { name: "tmp", folder: true, mode: 0o1777 },
      ];
      await importImage(docker, tag, tarOf(layout), ['ENTRYPOINT ["/probe"]', "EXPOSE 8080"]);
      return tag;
    },
  );
}

async function builtProbe(key: string, arch: string): Promise<string> {
  const target = path.join(cacheRoot(), `probe-${key}`, "probe");
  if (fs.existsSync(target)) return target;
  if (!(await goVersion())) {
    throw new Error("the scenario tests deploy a small Go program: install Go 1.21 or newer");
  }
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  const args = ["build", "-trimpath", "-ldflags", "-s -w", "-o", unfinished, "."];
  const env = { CGO_ENABLED: "0", GOOS: "linux", GOARCH: arch, GOFLAGS: "", GOWORK: "off" };
  await execa("go", args, { cwd: source, env });
  fs.renameSync(unfinished, target);
  return target;
}
