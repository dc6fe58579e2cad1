// What the engine starts.
require("./loader.js");
module.exports = require("./index.ts");
