const { default: TestRunner } = require("jest-runner");

/** Runs test files one after the other: the scenarios share one engine. */
module.exports = class SerialRunner extends TestRunner {
  isSerial = true;
};
