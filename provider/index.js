// The engine starts this folder with plain node. tsx strips the types in milliseconds, where Pulumi's
// own ts-node would type-check the whole program on every run.
require("tsx/cjs");
require("./server.ts");
