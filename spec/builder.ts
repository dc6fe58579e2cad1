import { homedir } from "node:os";
import { join } from "node:path";

import { filesIn, readIfFile } from "./disk";
import type { Findings } from "./findings";
import type { BuildSettings } from "./types";

/** Which of buildx's builders builds: one that is named, else one that can do what is asked for. */

export type Environment = Record<string, string | undefined>;

/** `needs`: keys of slipway:builds that the engine's own builder cannot do. */
export function findBuilder(
  named: string | undefined,
  needs: string[],
  environment: Environment,
  findings: Findings,
): Pick<BuildSettings, "builder" | "own"> {
  const folder = storeOf(environment);
  const known = buildersIn(folder);
  if (named !== undefined) {
    const own = !known.has(named);
    if (own && named !== "default") {
      findings.fault("slipway:builds.builder", "there is no such builder on this machine", {
        given: named,
        allowed: ["default", ...known].join(", "),
        cure: `docker buildx create --name ${named} --driver docker-container`,
      });
    } else if (own) refuse(needs, named, known, findings);
    return { builder: named, own };
  }
  // The standard variable of buildx: which builder this machine has (toolchain/env.ts sets it).
  const usual = environment.BUILDX_BUILDER || undefined;
  // The official plugin has no driver for the engine's own: it looks for another, or makes one.
  if (usual === undefined) return { own: false };
  if (known.has(usual)) return { builder: usual, own: false };
  if (needs.length === 0) return { builder: usual, own: true };
  const [other] = [...known];
  if (other === undefined) refuse(needs, usual, known, findings);
  return other === undefined ? { builder: usual, own: true } : { builder: other, own: false };
}

function refuse(
  needs: string[],
  given: string,
  known: ReadonlySet<string>,
  findings: Findings,
): void {
  for (const key of needs) {
    findings.fault(`slipway:builds.${key}`, "cannot be done by the engine's own builder", {
      given: `builder ${given}`,
      allowed: [...known].join(", ") || "this machine has no other builder",
      cure: "docker buildx create --name slipway --driver docker-container; where its image cannot be pulled: npm run toolchain -- buildkit",
    });
  }
}

function storeOf({ BUILDX_CONFIG, DOCKER_CONFIG, HOME }: Environment): string {
  return BUILDX_CONFIG || join(DOCKER_CONFIG || join(HOME || homedir(), ".docker"), "buildx");
}

/** Names of the builders that were made, the chosen one first. */
function buildersIn(folder: string): Set<string> {
  const names = filesIn(join(folder, "instances"));
  const current = /"Name":"([^"]*)"/.exec(readIfFile(join(folder, "current")) ?? "")?.[1];
  return new Set(names.sort((a, b) => Number(b === current) - Number(a === current)));
}
