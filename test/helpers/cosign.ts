import { mkdirSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";
import { withLock } from "../../toolchain/lock";
import { cacheRoot, isExecutable, onPath } from "../../toolchain/paths";

const VERSION = "v2.4.3";

/** The folder with a real cosign: of this machine, else built from Go modules (once; minutes on an idle machine). */
export async function cosignFolder(): Promise<string> {
  const there = onPath("cosign");
  if (there) return join(there, "..");
  const folder = join(cacheRoot(), `cosign-${VERSION}`);
  return withLock(
    "cosign",
    () => {},
    async () => {
      if (isExecutable(join(folder, "cosign"))) return folder;
      mkdirSync(folder, { recursive: true });
      const name = `github.com/sigstore/cosign/v2/cmd/cosign@${VERSION}`;
      const env = { GOBIN: folder, GOFLAGS: "-mod=mod", GOWORK: "off" };
      await execa("nice", ["-n", "19", "go", "install", name], { env });
      return folder;
    },
  );
}

/** A pair of keys, made by cosign itself in this folder. */
export async function keyPair(cosign: string, folder: string, password: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const env = { COSIGN_PASSWORD: password };
  await execa(join(cosign, "cosign"), ["generate-key-pair"], { cwd: folder, env, stdin: "ignore" });
}
