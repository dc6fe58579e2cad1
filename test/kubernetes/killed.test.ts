import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { type FirstPart, killedAt, killedInFirst, PHASES } from "../shared/killed";

onCluster("kill -9 of the CLI that deploys to a cluster", () => {
  killedAt(PHASES, async () => {
    const stack = await ClusterStack.createIn("k-killed");
    // There is a drain only where the slot that is left goes. Killed as it writes a state, Pulumi itself may lose that.
    stack.set("strategy", { drainTimeout: 4, deployTimeout: 15, idle: "empty" });
    return stack;
  });
});

const has = (name: RegExp) => async (stack: ClusterStack) =>
  (await stack.remains()).some((object) => name.test(object));
const PARTS = [
  ["claim", has(/^configmap\/.*-claim$/)],
  ["record", has(/^configmap\/.*-release-/)],
  ["edge", has(/^service\//)],
  ["slot", has(/^deployment/)],
] as FirstPart[];

onCluster("kill -9 of the CLI in the first deploy to a cluster", () => {
  killedInFirst(PARTS, ["app"], (part) => ClusterStack.createIn(`k-kill-${part}`));
});
