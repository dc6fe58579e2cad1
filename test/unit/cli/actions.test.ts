import { readFileSync } from "node:fs";
import { join } from "node:path";
import { annotations, summarize } from "../../../cli/actions";
import { notTried, type EffectReport } from "../../../cli/effect";
import { folder } from "../../helpers/spec";

const FAULT = { path: "services.api, x", what: "100 % broken\nsecond line", cure: "Mend it" };

test("in GitHub Actions each fault is an annotation, on one line", () => {
  expect(annotations([FAULT], { GITHUB_ACTIONS: "true" })).toEqual([
    "::error title=services.api%2C x::100 %25 broken%0Asecond line%0AMend it",
  ]);
  expect(
    annotations([{ ...FAULT, file: "a.yaml", line: 3, column: 5 }], { GITHUB_ACTIONS: "true" })[0],
  ).toMatch(/^::error title=services.api%2C x,file=a.yaml,line=3,col=5::/);
  expect(annotations([FAULT], {})).toEqual([]);
});

test("the job's summary gets what was and what is", () => {
  const file = join(folder({ "summary.md": "before\n" }), "summary.md");
  const report: EffectReport = {
    ...notTried("deploy", "production", [FAULT]),
    tried: true,
    before: { slot: "blue", release: "a", version: "1.0" },
    after: { slot: "blue", release: "a", version: "1.0" },
    seconds: 12.3,
  };
  summarize(report, { GITHUB_STEP_SUMMARY: file });
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(/^before\n### ❌ deploy production\n/);
  expect(text).toContain("| before | 1.0 (blue) |\n| now | 1.0 (blue) |\n| traffic | not moved |");
  expect(text).toContain("second line");
});

test("elsewhere there is no summary", () => {
  expect(() => summarize(notTried("deploy", "production", []), {})).not.toThrow();
});
