import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { type FirstPart, killedAt, killedInFirst, PHASES } from "../shared/killed";

/** Milliseconds in which a state is written. */
const WRITTEN = 300;

/**
 * A slot that stays has no drain. And what is done here takes no time: killed as it writes that down, Pulumi itself may
 * lose its state, which is not asked here.
 */
const phases = PHASES.filter(({ where }) => where !== "in the drain").map((phase) => ({
  ...phase,
  reached: async (...asked: Parameters<typeof phase.reached>) => {
    if (!(await phase.reached(...asked))) return false;
    await new Promise((resolve) => setTimeout(resolve, WRITTEN));
    return true;
  },
}));

onCluster("kill -9 of the CLI that deploys to a cluster", () => {
  killedAt(phases, async () => {
    const stack = await ClusterStack.createIn("k-killed");
    stack.set("strategy", { drainTimeout: 4, deployTimeout: 15 });
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
