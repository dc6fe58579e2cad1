import pc from "picocolors";

import type { PreviewReport } from "../../../cli/preview";
import { COMMENT_LIMIT, printedPreview } from "../../../cli/printPreview";

const report = (count: number, more: Partial<PreviewReport> = {}): PreviewReport => ({
  format: 1,
  stack: "staging",
  ok: true,
  plan: ["deploy: release 2.0 into green", "  api: image"],
  changes: { create: count },
  resources: Array.from({ length: count }, (_, index) => ({
    op: "create",
    type: "docker:index/container:Container",
    name: `api-${index}`,
  })),
  warnings: ["the host was not asked"],
  faults: [],
  ...more,
});

const comment = (one: PreviewReport, limit = COMMENT_LIMIT) =>
  printedPreview(one, pc.createColors(false), limit);

test("a comment: the plan first, resources collapsed", () => {
  expect(comment(report(1))).toMatchInlineSnapshot(`
   "### Slipway: staging

   \`\`\`
   deploy: release 2.0 into green
     api: image
   \`\`\`

   > ⚠️ the host was not asked

   <details><summary>1 resource changes: 1 create</summary>

   \`\`\`
   + create api-0 (docker:index/container:Container)
   \`\`\`
   </details>"
  `);
});

test("what differs of a resource is named, without its values", () => {
  const name = "github-environment";
  const update = { op: "update", type: "t", name, properties: ["reviewers", "waitTimer"] };
  const text = comment(report(1, { resources: [...report(2).resources, update] }));
  expect(text).toContain("3 resources change: 2 create, 1 update");
  expect(text).toContain("~ update github-environment (t) [reviewers, waitTimer]");
});

test.each([COMMENT_LIMIT, 32_500, 1000])(
  "a huge diff keeps to %p characters, and is closed",
  (limit) => {
    const text = comment(report(20_000), limit);
    expect(text.length).toBeLessThanOrEqual(limit);
    expect(text.length).toBeGreaterThan(limit - 200);
    expect(text).toContain("deploy: release 2.0 into green");
    expect(text).toContain("20000 resources change: 20000 create");
    expect(text).toMatch(/\(and more: it is longer than a comment may be\)\n```\n<\/details>$/);
  },
);

test("so does a fault that quotes a log", () => {
  const what = "x".repeat(100_000);
  const text = comment(report(1, { ok: false, faults: [{ path: "gate", what }] }), 5000);
  expect(text.length).toBeLessThanOrEqual(5000);
  expect(text).toMatch(/^### ❌ Slipway: staging/);
});
