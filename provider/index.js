// The engine starts this with plain node. tsx strips the types in milliseconds, where Pulumi's own
// ts-node would type-check the whole program on every run.
require("../late.js");
require("tsx/cjs");

// The address of the engine, first of all: what the resources say while they work goes there.
process.env.PULUMI_NODEJS_ENGINE ??= process.argv[2];
require("./server.ts");
