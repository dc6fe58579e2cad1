const swc = [
  "@swc/jest",
  {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
  },
];

const common = { rootDir: __dirname, testEnvironment: "node", transform: { "\\.tsx?$": swc } };

/** @type {import("jest").Config} */
module.exports = {
  // Connections to the engine may stay open for a while; nothing of a test does.
  forceExit: true,
  // A small machine has two processors; a scenario waits half of its time.
  maxWorkers: 2,
  // Of tests that say so (`test.concurrent`).
  maxConcurrency: 2,
  projects: [
    {
      ...common,
      displayName: "unit",
      testMatch: ["<rootDir>/test/unit/**/*.test.ts"],
    },
    {
      ...common,
      displayName: "scenarios",
      testMatch: ["<rootDir>/test/scenarios/**/*.test.ts"],
      setupFilesAfterEnv: ["<rootDir>/test/helpers/scenario.ts"],
    },
    {
      ...common,
      displayName: "kubernetes",
      testMatch: ["<rootDir>/test/kubernetes/**/*.test.ts"],
      setupFilesAfterEnv: ["<rootDir>/test/helpers/scenario.ts"],
    },
    {
      ...common,
      displayName: "github",
      testMatch: ["<rootDir>/test/github/**/*.test.ts"],
      setupFilesAfterEnv: ["<rootDir>/test/helpers/scenario.ts"],
    },
  ],
};
