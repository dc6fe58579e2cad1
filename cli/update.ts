import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import execa from "execa";
import { parseDocument } from "yaml";

import { eventLog } from "./eventLog";
import type { NamedStack } from "./subject";

export interface UpdateRequest {
  command: "up" | "preview" | "destroy" | "refresh";
  /** What `pulumi stack history` calls it. */
  message?: string;
  /** Config that stays in the stack's file, so that the next `up` knows it: `slipway:release`, `slipway:images.from`; undefined: it is taken out. */
  config?: Record<string, string | undefined>;
  /** Config of this run only. */
  once?: Record<string, unknown>;
  /** Variables of the environment, for this run only. */
  variables?: Record<string, string>;
  onEvent?(event: EngineEvent): void;
}

export interface Update {
  ok: boolean;
  /** Stopped by a signal that this process got. */
  interrupted: boolean;
  /** Errors that the engine and the program told, each once. */
  errors: string[];
  /** What Pulumi itself prints. */
  output: string;
  /** Resources by what was done to them: {create: 2, same: 20}. */
  changes: Record<string, number>;
  /** The stack's, as this run told them. */
  outputs: Record<string, unknown>;
  /** What the program said, plan first. */
  said: string[];
  warnings: string[];
  /** Milliseconds. */
  took: number;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Milliseconds between two looks at what the engine has written. */
const LOOK = 80;

/**
 * Runs one `pulumi` command for a stack, as a user could have typed it, and hands over its events. Not by the Automation
 * API's `Stack.up`, which asks for the outputs twice and for the history after each update (docs/adr/0026).
 */
export async function update(
  { name, project }: NamedStack,
  environment: Record<string, string | undefined>,
  request: UpdateRequest,
): Promise<Update> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-update-"));
  const file = join(project.directory, `Pulumi.${project.stack}.yaml`);
  const began = Date.now();
  try {
    if (request.config) setConfig(file, request.config);
    const log = join(folder, "events.json");
    const args = [request.command, "--stack", name, "--event-log", log, "--non-interactive"];
    args.push("--color=never");
    if (request.command !== "preview") args.push("--yes", "--skip-preview");
    if (request.message && request.command !== "preview") args.push("--message", request.message);
    if (request.once) {
      const once = join(folder, "config.yaml");
      writeFileSync(once, readFileSync(file));
      setConfig(once, request.once);
      args.push("--config-file", once);
    }
    const run = execa("pulumi", args, {
      cwd: project.directory,
      // The event log is a command of its debugging; the Automation API uses it the same way.
      env: {
        ...environment,
        PULUMI_DEBUG_COMMANDS: "true",
        ...request.variables,
      } as NodeJS.ProcessEnv,
      extendEnv: false,
      stdin: "ignore",
      all: true,
      reject: false,
      // In a group of its own, so that each signal reaches it once, by us: on a terminal, and from a runner that tells only us.
      detached: true,
    });
    let interrupted = false;
    // Whichever it was: this one ends an update at its next safe point, and a second one at once.
    const forward = () => {
      interrupted = true;
      run.kill("SIGINT");
    };
    SIGNALS.forEach((signal) => process.on(signal, forward));
    const read = eventLog(log);
    const told = new Told();
    const take = () => {
      for (const event of read()) {
        told.add(event);
        request.onEvent?.(event);
      }
    };
    const ended = run.then((result) => result);
    let result: Awaited<typeof ended> | undefined;
    void ended.then((value) => (result = value));
    while (result === undefined) {
      await Promise.race([sleep(LOOK), ended]);
      take();
    }
    SIGNALS.forEach((signal) => process.off(signal, forward));
    if ((result as Partial<NodeJS.ErrnoException>).code === "ENOENT") {
      throw new Error(
        "the Pulumi CLI is not on the PATH; slipway doctor tells what a deploy needs",
      );
    }
    const ok = result.exitCode === 0;
    const output = result.all ?? "";
    if (!ok && told.errors.length === 0) told.errors.push(lastError(output));
    return { ok, interrupted, output, took: Date.now() - began, ...told };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the events of one run told that is wanted at its end. */
class Told {
  readonly errors: string[] = [];
  readonly said: string[] = [];
  readonly warnings: string[] = [];
  changes: Record<string, number> = {};
  outputs: Record<string, unknown> = {};

  add({ diagnosticEvent, summaryEvent, resOutputsEvent }: EngineEvent): void {
    if (summaryEvent) this.changes = { ...summaryEvent.resourceChanges } as Record<string, number>;
    const { type, new: state } = resOutputsEvent?.metadata ?? {};
    if (type === "pulumi:pulumi:Stack") this.outputs = { ...state?.outputs };
    if (!diagnosticEvent || diagnosticEvent.ephemeral) return;
    const { info, warning, error } = {
      info: this.said,
      warning: this.warnings,
      error: this.errors,
    };
    const list = { info, warning, error, "info#err": info, debug: undefined }[
      diagnosticEvent.severity
    ];
    const text = plain(diagnosticEvent.message);
    // What is said of the run as a whole says nothing of why.
    if (/^(update|preview|destroy) failed$/.test(text) || list?.includes(text)) return;
    list?.push(text);
  }
}

/** Without the engine's marks of colour. */
export const plain = (text: string) => text.replace(/<\{%[^%]*%\}>/g, "").trim();

const lastError = (output: string) =>
  /error: ([\s\S]*)/.exec(output)?.[1]?.trim() ?? output.trim().split("\n").slice(-5).join("\n");

/** In the file of the stack, whose comments and order stay. */
function setConfig(file: string, values: Record<string, unknown>): void {
  const document = parseDocument(readFileSync(file, "utf8"));
  for (const [key, value] of Object.entries(values)) {
    const path = ["config", ...key.split(".")];
    if (value !== undefined) document.setIn(path, value);
    else if (document.hasIn(path)) document.deleteIn(path);
  }
  const text = document.toString({ lineWidth: 0 });
  if (text !== readFileSync(file, "utf8")) writeFileSync(file, text);
}
