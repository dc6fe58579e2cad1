// Loaded as Slipway's own program is, so that the comparison is of what the programs do.
require("tsx/cjs");
module.exports = require("./index.ts");
