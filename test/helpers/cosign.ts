import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import execa from "execa";
import { builtBinary } from "../../toolchain/parts";

/** The folder with a real cosign: one of the toolchain's tools, which `npm test` has built. */
export async function cosignFolder(): Promise<string> {
  return dirname(await builtBinary("cosign"));
}

/** A pair of keys, made by cosign itself in this folder. */
export async function keyPair(cosign: string, folder: string, password: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const env = { COSIGN_PASSWORD: password };
  await execa(join(cosign, "cosign"), ["generate-key-pair"], { cwd: folder, env, stdin: "ignore" });
}
