import { accessSync, constants } from "fs";
import { delimiter, join } from "path";
import execa from "execa";
import { mask } from "./values";

/** Programs of the machine that runs this: cosign, trivy. */

const LINES = 8;

export function isOnPath(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

/** What it wrote. `secrets` are masked in what an error quotes. @throws with its last words */
export async function output(
  name: string,
  args: string[],
  env: Record<string, string>,
  secrets: readonly string[],
): Promise<string> {
  const result = await execa(name, args, { env, stdin: "ignore", reject: false });
  if (!result.failed) return result.stdout;
  const { stderr, message } = result as { stderr?: string; message?: string };
  const lines = (stderr?.trim() || message || "no word").trim().split("\n").slice(-LINES);
  throw new Error(mask(`${name} ${args[0]}: ${lines.join("\n  ")}`, secrets));
}
