import { ROUTER_IMAGE } from "../../spec/defaults";
import { ClusterStack } from "../helpers/clusterStack";
import { severalServices } from "../shared/severalServices";

describe("an application of several services in a cluster", () => {
  severalServices({
    create: async () => {
      const stack = await ClusterStack.createIn("k-several");
      await stack.loadImages(ROUTER_IMAGE);
      return stack;
    },
    apiPort: async () => 8081,
    changed: [
      "components/kubernetes/pod.ts",
      [
        ["enableServiceLinks: false", "enableServiceLinks: true"],
        ["labels: args.labels, ...", 'labels: { ...args.labels, "slipway.renderer": "77" }, ...'],
      ],
    ],
  });
});
