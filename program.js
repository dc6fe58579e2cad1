// What the engine starts: tsx strips the types of index.ts in milliseconds, where Pulumi's own ts-node
// would type-check the whole program, SDKs and all, on every run. `npm run types` is what checks them.
require("./late.js");
require("./untraced.js");
require("tsx/cjs");
module.exports = require("./index.ts");
