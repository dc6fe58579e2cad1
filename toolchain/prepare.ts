import { runMain } from "./fault";
import { builtBinary, tools } from "./parts";
import { line } from "./progress";
import { readyEverything } from "./ready";

/** What `npm test` needs: all parts, a Docker engine and base images; with `tools` as an argument those too. Quick when all is there. */
runMain(async () => {
  const started = Date.now();
  const { engine } = await readyEverything();
  if (process.argv.includes("tools")) {
    for (const { name } of tools) await builtBinary(name);
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  line(`toolchain, engine and base images are ready (${seconds} s; ${engine})`);
});
