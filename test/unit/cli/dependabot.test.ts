import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

import { MARK } from "../../../cli/github/workflow";
import { project } from "../../helpers/githubProject";
import { SYSTEMS } from "../../helpers/systems";

describe("Dependabot", () => {
  const SCHEMA = z.strictObject({
    version: z.literal(2),
    updates: z.array(
      z.strictObject({
        "package-ecosystem": z.enum(["npm", "pip", "docker", "github-actions"]),
        directories: z.array(z.string().startsWith("/")).min(1),
        schedule: z.strictObject({ interval: z.literal("weekly") }),
        groups: z.record(z.string(), z.strictObject({ patterns: z.array(z.string()).min(1) })),
        "exclude-paths": z.array(z.string()).optional(),
      }),
    ),
  });
  const FILE = ".github/dependabot.yml";

  test.each(Object.entries(SYSTEMS))("%s", (_name, files) => {
    const { run, cwd } = project(files);
    run();
    const { updates } = SCHEMA.parse(parse(readFileSync(join(cwd, FILE), "utf8")));
    const told = updates.map((one) => `${one["package-ecosystem"]}: ${one.directories.join(", ")}`);
    expect(told).toMatchSnapshot();
  });

  test.each([FILE, ".github/dependabot.yaml"])("%s of somebody's own is no fault", (file) => {
    const { run, cwd } = project({ ...SYSTEMS["melk-ai"], [file]: "version: 2\nupdates: []\n" });
    for (const { report, code } of [run(), run("--check")]) {
      expect(code).toBe(0);
      expect(report.faults).toEqual([]);
      expect(report.warnings).toEqual([`${file} was not made by Slipway, so it stays as it is`]);
      expect(report.files).toContainEqual({ path: file, state: "foreign" });
    }
    expect(existsSync(join(cwd, FILE))).toBe(file === FILE);
  });

  test("one of ours that is stale is", () => {
    const { run, cwd } = project(SYSTEMS["melk-ai"]);
    run();
    writeFileSync(join(cwd, FILE), `${MARK}\nversion: 2\n`);
    expect(run("--check")).toMatchObject({ code: 1 });
  });
});
