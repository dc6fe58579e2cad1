import fs from "node:fs";
import path from "node:path";
import dockerBuild from "@pulumi/docker-build/package.json";
import { isBuiltPlugin } from "./place";
import { binFolder, isExecutable, offlineMarker } from "./paths";

/** The variables that a Pulumi process needs beyond the user's own. */
export function toolchainVariables(): Record<string, string> {
  const variables: Record<string, string> = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  const bin = binFolder();
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  if (
    isExecutable(path.join(bin, "pulumi")) ||
    isExecutable(path.join(bin, "pulumi-language-nodejs"))
  ) {
    variables.PATH = [bin, ...folders.filter((folder) => folder !== bin)].join(path.delimiter);
  }
  // Without this each run would try to download the plugins of all installed Pulumi packages.
  if (fs.existsSync(offlineMarker())) {
    variables.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION = "true";
  }
  // Our own build of docker-build has buildx's docker driver: the engine builds, with what it has.
  if (isBuiltPlugin("docker-build", dockerBuild.version)) variables.BUILDX_BUILDER = "default";
  for (const name of ["DOCKER_HOST", "PULUMI_HOME"]) {
    const value = process.env[name];
    if (value) variables[name] = value;
  }
  return variables;
}

/**
 * The environment for a Pulumi process: the caller's own with the toolchain in front of PATH.
 * Synchronous and cheap (no process, no network).
 */
export function toolchainEnv(): NodeJS.ProcessEnv {
  return { ...process.env, ...toolchainVariables() };
}
