import { ROUTER_IMAGE } from "../../spec/defaults";
import { ClusterStack } from "../helpers/clusterStack";
import { onCluster } from "../helpers/onCluster";
import { severalServices } from "../shared/severalServices";

onCluster("an application of several services in a cluster", () => {
  severalServices({
    create: async () => {
      const stack = await ClusterStack.createIn("k-several");
      await stack.loadImages(ROUTER_IMAGE);
      return stack;
    },
    apiPort: async () => 8081,
    badWorker: {
      keys: { image: "slipway.local/no-such-image:1" },
      said: /worker "jobs" cannot be started: (ErrImagePull|ImagePullBackOff).*no-such-image/,
    },
    changed: [
      "components/kubernetes/pod.ts",
      [
        ["enableServiceLinks: false", "enableServiceLinks: true"],
        ["labels: args.labels, ...", 'labels: { ...args.labels, "slipway.renderer": "77" }, ...'],
      ],
    ],
  });
});
