import { runMain } from "./fault";
import { builtBinary, ensureParts, kubernetesParts, tools } from "./parts";
import { line } from "./progress";
import { readyEverything } from "./ready";

/** What `npm test` needs: all parts, a Docker engine and base images; with `tools` or `kubernetes` as an argument those too. Quick when all is there. */
runMain(async () => {
  const started = Date.now();
  const { engine } = await readyEverything();
  if (process.argv.includes("tools")) {
    for (const { name } of tools) await builtBinary(name);
  }
  if (process.argv.includes("kubernetes")) {
    await ensureParts(kubernetesParts.map(({ name }) => name));
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  line(`toolchain, engine and base images are ready (${seconds} s; ${engine})`);
});
