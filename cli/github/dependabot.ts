import type { Facts } from "./facts";
import { FOLDER, PREFIX } from "./paths";

/** As far as ours goes. */
export interface Dependabot {
  version: 2;
  updates: Update[];
}

interface Update {
  "package-ecosystem": string;
  directories: string[];
  schedule: { interval: "weekly" };
  groups: Record<string, { patterns: string[] }>;
  "exclude-paths"?: string[];
}

/** Once a week, one pull request for each ecosystem: each is a preview, and a deploy when it is merged. */
export function dependabot({ ecosystems }: Facts): Dependabot {
  const found = Object.entries(ecosystems).filter(([, folders]) => folders.length > 0);
  return {
    version: 2,
    updates: [
      ...found.map(([ecosystem, folders]) => update(ecosystem, folders)),
      {
        ...update("github-actions", ["."]),
        // Their commits are Slipway's, and come with a newer one: a file that was changed is stale.
        "exclude-paths": [`${FOLDER}/${PREFIX}*.yml`],
      },
    ],
  };
}

const update = (ecosystem: string, folders: readonly string[]): Update => ({
  "package-ecosystem": ecosystem,
  directories: folders.map((folder) => (folder === "." ? "/" : `/${folder}`)),
  schedule: { interval: "weekly" },
  groups: { [ecosystem]: { patterns: ["*"] } },
});
