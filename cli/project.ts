import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseDocument } from "yaml";

import { readIfFile } from "../spec/disk";
import { isMap, type Tree } from "../spec/field";
import type { Findings } from "../spec/findings";
import type { ConfigSource } from "../spec/load";
import { SEALED } from "../spec/names";
import { closest } from "../spec/units";
import { yamlFaults } from "../spec/yamlFaults";

/** The config of a stack as its files give it, without the Pulumi CLI. */
export interface Project extends ConfigSource {
  /** Folder of Pulumi.yaml. */
  directory: string;
  stack: string;
  /** File that each key comes from. */
  files: Record<string, string>;
  /** `slipway:secrets` is encrypted as a whole: not even its names are known. */
  namesSealed: boolean;
}

const PROJECT_FILE = "Pulumi.yaml";

/** Reads Pulumi.yaml and Pulumi.<stack>.yaml, of this folder or the nearest above. Undefined after a fault. */
export function readProject(cwd: string, name: string, findings: Findings): Project | undefined {
  const directory = projectFolder(cwd);
  if (directory === undefined) {
    return findings.fault("--stack", "there is no Pulumi.yaml here or above", {
      given: cwd,
      cure: "Run it in the project's folder",
    });
  }
  const stack = name.split("/").pop() ?? name;
  const project = readYaml(join(directory, PROJECT_FILE), findings);
  const own = readYaml(join(directory, `Pulumi.${stack}.yaml`), findings);
  if (own === undefined && findings.faults.length === 0) {
    const known = stacksOf(directory);
    const near = closest(stack, known);
    findings.fault("--stack", `there is no Pulumi.${stack}.yaml`, {
      given: name,
      allowed: known.length > 0 ? known.join(", ") : "none yet",
      cure: near === undefined ? `pulumi stack init ${stack}` : `Did you mean ${near}?`,
    });
  }
  if (project === undefined || own === undefined) return undefined;
  return { directory, stack, ...merged(project, own, `Pulumi.${stack}.yaml`) };
}

/** A key of the stack takes the project's place as a whole, as Pulumi has it. */
function merged(project: Tree, own: Tree, stackFile: string) {
  const namespace = typeof project.name === "string" ? project.name : "slipway";
  const values: Record<string, { value: unknown; file: string }> = {};
  for (const [key, value] of Object.entries(mapOf(project.config))) {
    const full = key.includes(":") ? key : `${namespace}:${key}`;
    const plain = projectValue(value);
    if (plain !== undefined) values[full] = { value: plain, file: PROJECT_FILE };
  }
  for (const [key, value] of Object.entries(mapOf(own.config))) {
    values[key] = { value, file: stackFile };
  }
  const entries = Object.entries(values);
  const sealed = new Set(entries.filter(([, { value }]) => isSealed(value)).map(([key]) => key));
  const secrets = values["slipway:secrets"]?.value;
  const namesSealed = isMap(secrets) && typeof secrets.secure === "string";
  return {
    all: Object.fromEntries(
      entries.map(([key, { value }]) => [
        key,
        key === "slipway:secrets" && namesSealed ? "{}" : raw(opened(value)),
      ]),
    ),
    files: Object.fromEntries(entries.map(([key, { file }]) => [key, file])),
    isSecret: (key: string) => sealed.has(key),
    namesSealed,
  };
}

const mapOf = (value: unknown): Tree => (isMap(value) ? value : {});

/** Pulumi.yaml declares a key (`type`, `default`, `value`), or just gives its value. */
function projectValue(declared: unknown): unknown {
  return isMap(declared) ? (declared.value ?? declared.default) : declared;
}

/** `{secure: <encrypted>}`, at any depth. */
function isSealed(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isSealed);
  if (!isMap(value)) return false;
  return typeof value.secure === "string" || Object.values(value).some(isSealed);
}

function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (!isMap(value)) return value;
  if (typeof value.secure === "string") return SEALED;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, opened(entry)]));
}

/** As Pulumi hands it over: structures as JSON, everything else as text. */
function raw(value: unknown): string {
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return value === null || value === undefined ? "" : String(value);
}

/** The folder of Pulumi.yaml: this one, or the nearest above. */
export function projectFolder(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (readIfFile(join(folder, PROJECT_FILE)) !== undefined) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Names of the stacks that have a file. */
export function stacksOf(directory: string): string[] {
  return readdirSync(directory)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

function readYaml(file: string, findings: Findings): Tree | undefined {
  const text = readIfFile(file);
  if (text === undefined) return undefined;
  const document = parseDocument(text, { prettyErrors: true, logLevel: "silent" });
  if (yamlFaults(file, text, document, findings)) return undefined;
  const content: unknown = document.toJS();
  return mapOf(content);
}
