import { BUILDER, startBuildkit } from "./buildkit";
import pc from "./colours";
import { runMain } from "./fault";
import { ensureParts, locate, partNamed, parts, shortPath } from "./parts";
import { line } from "./progress";

/** `npm run toolchain -- [part...]`: makes sure that the parts are there (all that a deploy needs by default). */
runMain(async () => {
  const asked = process.argv.slice(2);
  const chosen = asked.length > 0 ? asked.map(partNamed) : [...parts];
  await ensureParts(asked.length > 0 ? asked : undefined);
  for (const part of chosen) {
    const where = locate(part);
    const text = where ? shortPath(where) : pc.dim("not needed here");
    line(`${pc.green("✓")} ${part.name.padEnd(12)} ${part.version.padEnd(9)} ${text}`);
  }
  if (!asked.includes("buildkit")) return;
  const { pid } = await startBuildkit();
  const how = pid === undefined ? "runs already" : `was started (process ${pid})`;
  line(`${pc.green("✓")} it ${how}; builder "${BUILDER}" of buildx`);
});
