// What the engine starts.
const { invoke } = require("@pulumi/pulumi/runtime/invoke");

module.exports = async () => {
  // Our provider is a process of its own, which takes as long to start as our own files take to load: side by side.
  // Whether it can start is told by the first real question.
  invoke("slipway-platform:index:awake", {}, {}).catch(() => {});
  // Loading holds everything up: until then the call is on its way.
  await new Promise((resolve) => setTimeout(resolve, 30));
  require("./loader.js");
  return require("./index.ts")();
};
