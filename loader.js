// What runs before our own files, in the program, in the provider and in each command: how they are loaded, and what
// libraries do at start or for each resource that nobody here needs (figures: docs/performance.md).
const Module = require("module");

// 1. Loaded at first use instead of at start, which is never. What -> by whom.
const LATER = new Map([
  // Functions that are sent into the cloud: the TypeScript compiler, and npm's look at what is installed.
  ["typescript", "/@pulumi/"],
  ["@npmcli/arborist", "/@pulumi/"],
  ["normalize-package-data", "/@pulumi/"],
  // Messages in forty languages.
  ["../locales/index.cjs", "/zod/"],
  // Its own ssh, where we use the machine's; and its sessions with BuildKit.
  ["./ssh", "/docker-modem/"],
  ["@grpc/proto-loader", "/dockerode/"],
]);
const load = Module._load;

Module._load = function (request, parent, isMain) {
  const isLate = parent?.filename?.includes(LATER.get(request) ?? "\0");
  if (!isLate) return load.call(this, request, parent, isMain);
  let loaded;
  const real = () => (loaded ??= load.call(this, request, parent, isMain));
  return new Proxy(function () {}, {
    // `__esModule` is what the compiler's import helpers ask; without it they would copy every key at once.
    get: (_target, key) => {
      if (key === "__esModule") return true;
      return key === "default" && !real().__esModule ? real() : real()[key];
    },
    apply: (_target, self, given) => Reflect.apply(real(), self, given),
  });
};

// 2. The SDK notes a stack trace for each resource, and for each property of each, and its language host has every frame
// of them translated: four fifths of the time of a program with many resources. They serve its search for leaked
// promises, and a line in the state that tells where a resource was made. Only the program has the SDK by now.
const noting = require.resolve("@pulumi/pulumi/runtime/debuggable");

if (require.cache[noting] && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
  const debuggable = require(noting);
  const note = debuggable.debuggablePromise;
  debuggable.debuggablePromise = (...given) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return note(...given);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
  require("@pulumi/pulumi/resource").Resource.callsites = () => [];
}

// 3. tsx strips the types of our own files in milliseconds, where Pulumi's ts-node would check the whole program on
// every run (`npm run types` does that). It also looks into each file of each library: that is set back, for
// they are JavaScript already, and it is half of the time that a start takes.
const plain = Module._extensions[".js"];
const resolve = Module._resolveFilename;
require("tsx/cjs");
Module._extensions[".js"] = plain;
Module._resolveFilename = resolve;
