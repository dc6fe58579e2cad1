import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createGenerator } from "ts-json-schema-generator";
import { projectRoot } from "./paths";

/**
 * What a command prints with --json: its name -> the type that describes it, in cli/. abort, clean, destroy, maintenance,
 * promote and rollback print what deploy prints, unlock what lock prints.
 */
const REPORTS: Record<string, string> = {
  backup: "BackupReport",
  check: "Report",
  config: "ConfigReport",
  deploy: "EffectReport",
  doctor: "DoctorReport",
  health: "HealthReport",
  history: "HistoryReport",
  init: "InitReport",
  lock: "LockReport",
  logs: "LogReport",
  preview: "PreviewReport",
  prune: "PruneReport",
  restore: "RestoreReport",
  status: "StatusReport",
  workflows: "WorkflowsReport",
};

/** JSON schemas of the reports, by file name, made from the types themselves. */
export function reportSchemas(): Record<string, string> {
  const generator = createGenerator({
    path: join(projectRoot, "cli/*.ts"),
    tsconfig: join(projectRoot, "tsconfig.json"),
    skipTypeCheck: true,
    additionalProperties: true,
    topRef: false,
  });
  const made = Object.entries(REPORTS).map(([command, type]) => {
    const schema = { title: `slipway ${command} --json`, ...generator.createSchema(type) };
    return [`${command}.json`, `${JSON.stringify(schema, undefined, 2)}\n`] as const;
  });
  return Object.fromEntries(made);
}

if (require.main === module) {
  const folder = join(projectRoot, "schemas/reports");
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(reportSchemas())) {
    writeFileSync(join(folder, file), text);
    console.log(`schemas/reports/${file}`);
  }
}
