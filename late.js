// Half of what the SDK loads at start (the TypeScript compiler, npm's arborist) only serves functions that
// are sent into the cloud, which we have none of. Loaded at first use, it costs no run 0.7 s and 80 MB, twice:
// in the program and in the provider (docs/performance.md).
const Module = require("module");

const LATER = new Set(["typescript", "@npmcli/arborist"]);
const load = Module._load;

Module._load = function (request, ...rest) {
  if (!LATER.has(request)) return load.call(this, request, ...rest);
  let loaded;
  // `__esModule` is what the SDK's import helper asks; without it the helper would copy every key at once.
  const get = (_target, key) =>
    key === "__esModule" ? true : (loaded ??= load.call(this, request, ...rest))[key];
  return new Proxy({}, { get });
};
