import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { badVersions, type Said } from "../shared/badVersions";

const LOG = "its last log lines";

const SAID: Said = {
  "an unhealthy container": [/service "web": still starting: .*Startup probe failed: .*503/, LOG],
  "a crash loop": ['service "web": it crashes: ended with 1', LOG],
  "a failing smoke test": ["smoke test GET :8080/", 'answered without "no such text"', LOG],
  "a failing release task": ['task "web-release" failed: it ended with exit code 3', LOG],
  "one that never gets healthy": [/service "web": still starting: .*503/, "after 12 s"],
};

onCluster("a bad version in a cluster", () => {
  badVersions(async () => {
    const stack = await ClusterStack.createIn("k-failing");
    stack.set("strategy", { drainTimeout: 1, deployTimeout: 12 });
    return stack;
  }, SAID);
});
