import { ToolchainError, runMain } from "./fault";
import { groups } from "./part-table";
import { ensureParts, partsOnlyFor } from "./parts";
import { line } from "./progress";
import { readyEverything } from "./ready";

/** What `npm test` needs: all parts, a Docker engine and base images, and the groups that are given as arguments. Quick when all is there. */
runMain(async () => {
  const started = Date.now();
  const asked = process.argv.slice(2).map(groupNamed);
  const { engine } = await readyEverything();
  for (const group of asked) await ensureParts(partsOnlyFor(group).map(({ name }) => name));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  line(`toolchain, engine and base images are ready (${seconds} s; ${engine})`);
});

function groupNamed(name: string) {
  const group = groups.find((candidate) => candidate === name);
  if (group) return group;
  throw new ToolchainError(
    `there is no group of parts "${name}"`,
    `Choose from: ${groups.join(", ")}.`,
  );
}
