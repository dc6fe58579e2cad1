// What the engine starts, with plain node.
require("../loader.js");

// The address of the engine, first of all: what the resources say while they work goes there.
process.env.PULUMI_NODEJS_ENGINE ??= process.argv[2];
require("./server.ts");
