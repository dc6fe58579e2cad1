import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

import { MARK, type Workflow } from "../../../cli/github/workflow";
import { workflows, type WorkflowsReport } from "../../../cli/workflows";
import { surroundings } from "../../helpers/command";
import { ACTION_INPUTS } from "../../helpers/actionInputs";
import { project } from "../../helpers/githubProject";
import { SYSTEMS } from "../../helpers/systems";

const isWorkflow = ({ path }: { path: string }) => path.includes("/workflows/");

/** Each job of each file: when it runs, what it may, and the commands that are its own. */
function told({ report }: { report: WorkflowsReport }, read: (name: string) => Workflow): string {
  const names = report.files.flatMap(({ path }) => /slipway-(.+)\.yml$/.exec(path)?.[1] ?? []);
  const quiet = /^(npm ci|npx playwright install|actions\/(checkout|setup-)|Dependencies|The way)/;
  return names
    .flatMap((name) => {
      const { on, jobs } = read(name);
      return [
        `${name}: ${Object.keys(on).join(", ")}`,
        ...Object.entries(jobs).flatMap(([id, job]) => [
          `  ${id}${job.needs ? ` after ${job.needs.join(", ")}` : ""}`,
          ...(job.if ? [`    if ${job.if}`] : []),
          ...(job.environment ? [`    in ${job.environment.name}`] : []),
          ...(job.permissions ? [`    may ${JSON.stringify(job.permissions)}`] : []),
          ...(job.uses ? [`    ${job.uses}`] : []),
          ...(job.steps ?? []).flatMap(({ name, run = "", uses = "" }) => {
            const lines = run.trimEnd().split("\n");
            const command = lines.find((one) => one.includes("npx")) ?? lines[0]!;
            const told = lines.length > 1 && name ? name : command || uses.split("@")[0]!;
            return quiet.test(told) ? [] : [`    - ${told}`];
          }),
        ]),
      ];
    })
    .join("\n");
}

describe("the systems", () => {
  test.each(Object.entries(SYSTEMS))("%s", (_name, files) => {
    const { run, workflow } = project(files);
    const made = run();
    expect(made).toMatchObject({ code: 0, report: { warnings: [], faults: [] } });
    expect(told(made, workflow)).toMatchSnapshot();
    expect(run("--check").code).toBe(0);
  });
});

describe("every workflow", () => {
  const all = Object.entries(SYSTEMS).flatMap(([system, files]) => {
    const { run, cwd } = project(files);
    const { report } = run();
    return report.files.filter(isWorkflow).map(({ path }) => {
      const text = readFileSync(join(cwd, path), "utf8");
      return [`${system} ${path.split("/").pop()}`, text, parse(text) as Workflow] as const;
    });
  });

  test.each(all)("%s keeps the rules", (_name, text, workflow) => {
    expect(text.startsWith(MARK)).toBe(true);
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const line of text.split("\n").filter((one) => /^\s*(- )?uses: [^.]/.test(one))) {
      expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d/);
    }
    for (const job of Object.values(workflow.jobs)) {
      if (job.uses === undefined) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
      if (job.environment)
        expect(job.concurrency).toMatchObject({ "cancel-in-progress": false, queue: "max" });
      // What others may write (names of branches, inputs) is no part of a script.
      for (const { run = "" } of job.steps ?? []) expect(run).not.toContain("${{");
    }
  });

  test.each(all)("%s: no action is given what it does not take", (_name, text, workflow) => {
    for (const { uses, with: given = {} } of Object.values(workflow.jobs).flatMap(
      ({ steps = [] }) => steps,
    )) {
      if (uses === undefined) continue;
      const version = new RegExp(`uses: ${uses} # (v[\\d.]+)`).exec(text)?.[1];
      const taken = ACTION_INPUTS[`${uses.split("@")[0]} ${version}`];
      expect(taken).toBeDefined();
      expect(taken).toEqual(expect.arrayContaining(Object.keys(given)));
    }
  });

  test.each(all)(
    "%s: what changes a repository has its token, and only that",
    (_n, _t, { jobs }) => {
      for (const { run = "", env = {} } of Object.values(jobs).flatMap(({ steps = [] }) => steps)) {
        const isUpdate = /npx slipway (deploy|promote|rollback|preview|status) /.test(run);
        expect("GITHUB_TOKEN" in env).toBe(isUpdate);
      }
    },
  );

  test("secrets of an environment stay out of pull requests, and forks get none at all", () => {
    const { run, workflow } = project(SYSTEMS.edenco);
    run();
    const { check, preview, comment } = workflow("preview").jobs;
    expect(JSON.stringify([check, comment])).not.toContain("secrets.");
    const ours =
      "github.event.pull_request.head.repo.full_name == github.repository && github.actor != 'dependabot[bot]'";
    expect([check.if, preview.if, comment.if]).toEqual([
      `\${{ !(${ours}) }}`,
      ours,
      `\${{ !cancelled() && ${ours} }}`,
    ]);
    expect(preview).not.toHaveProperty("environment");
  });
});

describe("what is there already", () => {
  test("a file of somebody's own stays as it is, and is told", () => {
    const { run, file } = project({
      ...SYSTEMS["melk-ai"],
      ".github/workflows/slipway-ci.yml": "name: mine\n",
      ".github/workflows/slipway-own.yml": "name: mine\n",
    });
    const { code, report } = run();
    expect(code).toBe(1);
    expect(readFileSync(file("ci"), "utf8")).toBe("name: mine\n");
    expect(report.files.filter(({ state }) => state === "foreign")).toHaveLength(1);
    expect(report.faults).toMatchObject([{ path: ".github/workflows/slipway-ci.yml" }]);
  });

  test("--check: stale, missing, no more of use; it writes nothing", () => {
    const { run, file, cwd } = project(SYSTEMS.edenco);
    run();
    writeFileSync(file("ci"), `${MARK}\nname: changed\n`);
    rmSync(file("rollback"));
    rmSync(join(cwd, "e2e"), { recursive: true });
    const { code, report } = run("--check");
    expect(code).toBe(1);
    const told = report.files
      .filter(isWorkflow)
      .map(({ path, state }) => `${/-(\w+)/.exec(path)![1]} ${state}`);
    expect(told).toEqual([
      "ci stale",
      "deploy stale",
      "e2e unused",
      "images current",
      "preview current",
      "rollback missing",
      "security current",
    ]);
    expect(readFileSync(file("ci"), "utf8")).toContain("changed");
    expect(run().report.files.map(({ state }) => state)).toContain("removed");
    expect(run("--check").code).toBe(0);
  });

  test("a project below the repository's root", () => {
    const below = Object.entries(SYSTEMS["melk-ai"]).map(([path, text]) => [`shop/${path}`, text]);
    const { cwd } = project({ ...Object.fromEntries(below), ".git": "" });
    rmSync(join(cwd, "shop/.git"));
    const { code } = workflows([], surroundings(join(cwd, "shop")));
    expect(code).toBe(0);
    const text = readFileSync(join(cwd, ".github/workflows/slipway-ci.yml"), "utf8");
    expect(parse(text)).toMatchObject({ defaults: { run: { "working-directory": "shop" } } });
    expect(text).toContain("working-directory: ${{ github.workspace }}/shop");
  });
});

test("no project, no stack: refused, with a cure", () => {
  const none = project({ "compose.yaml": "" }).run();
  expect(none).toMatchObject({ code: 2, report: { faults: [{ path: "Pulumi.yaml" }] } });
  const { "Pulumi.production.yaml": _, ...rest } = SYSTEMS["melk-ai"];
  expect(project(rest).run()).toMatchObject({
    code: 2,
    report: { faults: [{ cure: "pulumi stack init staging" }] },
  });
});

test("an engine of this machine is no place for a runner", () => {
  const files = { ...SYSTEMS["melk-ai"], "Pulumi.production.yaml": "config: {}\n" };
  expect(project(files).run().report.warnings).toEqual([
    expect.stringContaining("stack production deploys to the engine of the machine that runs it"),
  ]);
});

test("production cannot take images that stay on staging's host", () => {
  const onHost = (stack: string) =>
    `config:\n  slipway:docker: { host: "ssh://deploy@${stack}.example.com" }\n`;
  const files = {
    ...SYSTEMS.edenco,
    "Pulumi.staging.yaml": onHost("staging"),
    "Pulumi.production.yaml": onHost("production"),
  };
  expect(project(files).run().report.warnings).toEqual([
    expect.stringContaining("stack production takes the images of staging, which stay on its host"),
  ]);
  const same = { ...files, "Pulumi.production.yaml": onHost("staging") };
  expect(project(same).run().report.warnings).toEqual([]);
});
