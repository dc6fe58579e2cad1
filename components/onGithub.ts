import { resourceName } from "../spec/names";
import { placeOf } from "../spec/place";
import type { ApplicationSpec } from "../spec/types";
import type * as githubFolder from "./github";
import { bindSecrets } from "./secrets";

/** The repository, looked at, where the stack speaks of one. The SDK for it is loaded only then. */
export async function onGithub(
  spec: ApplicationSpec,
  secrets: Record<string, string>,
): Promise<githubFolder.Repository | undefined> {
  const { github } = spec;
  if (github === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when used
  const { Repository } = require("./github") as typeof githubFolder;
  const args = { github, place: placeOf(spec), secrets: bindSecrets(secrets, []) };
  const repository = new Repository(resourceName.github(), args);
  await repository.present;
  return repository;
}
