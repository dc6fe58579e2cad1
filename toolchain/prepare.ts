import { runMain } from "./fault";
import { line } from "./progress";
import { readyEverything } from "./ready";

/** What `npm test` needs: all parts, a Docker engine and base images. Quick when all is there. */
runMain(async () => {
  const started = Date.now();
  const { engine } = await readyEverything();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  line(`toolchain, engine and base images are ready (${seconds} s; ${engine})`);
});
