import { existsSync, readFileSync } from "fs";
import { join } from "path";
import Ajv from "ajv";
import { projectRoot } from "../../toolchain/paths";

/** Commands whose report is that of another one. */
const LIKE: Record<string, string> = { unlock: "lock" };

/** @throws where what a command printed with --json is not as its schema says */
export function checkReport(command: string, text: string): void {
  const schemaOf = (name: string) => join(projectRoot, `schemas/reports/${name}.json`);
  const own = schemaOf(LIKE[command] ?? command);
  const schema = JSON.parse(readFileSync(existsSync(own) ? own : schemaOf("deploy"), "utf8"));
  const check = new Ajv({ strict: false }).compile(schema);
  // A stream is an object a line.
  const reports = command === "logs" ? text.trim().split("\n") : [text];
  if (reports.every((report) => check(JSON.parse(report)))) return;
  const errors = check.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
  throw new Error(`slipway ${command} --json is not as its schema says:\n${errors.join("\n")}`);
}
