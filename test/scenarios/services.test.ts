import { freePort, TestStack } from "../helpers/stack";
import { severalServices } from "../shared/severalServices";

describe("an application of several services", () => {
  severalServices({
    create: () => TestStack.create("several"),
    apiPort: freePort,
    badWorker: {
      keys: { entrypoint: ["/worcker"] },
      said: /worker "jobs" cannot be started: exec: "\/worcker"/,
    },
    changed: [
      "components/docker/container.ts",
      [
        ['"max-size": "10m"', '"max-size": "11m"'],
        ["[LABEL.role]: role,", '[LABEL.role]: role,\n    "slipway.renderer": "77",'],
      ],
    ],
  });
});
