import { hostname } from "node:os";
import execa from "execa";

import type { Surroundings } from "./run";

/** Who is at work here, for others to ask: who started the pipeline, git's user.name, or user@machine. */
export async function whoAmI({ cwd, environment }: Surroundings): Promise<string> {
  if (environment.GITHUB_ACTOR) return environment.GITHUB_ACTOR;
  const asked = await execa("git", ["config", "user.name"], {
    cwd,
    env: environment as NodeJS.ProcessEnv,
    extendEnv: false,
    stdin: "ignore",
    reject: false,
  });
  const name = asked.exitCode === 0 ? asked.stdout.trim() : "";
  return name === "" ? `${environment.USER ?? "somebody"}@${hostname()}` : name;
}
