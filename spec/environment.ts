import { resolve } from "node:path";

import { readIfFile } from "./disk";
import { readDotenv } from "./dotenv";
import { isMap, type Field, sortedMap } from "./field";
import { interpolate, SecretText, type Lookup } from "./interpolate";
import type { Text } from "./types";

export interface EnvironmentContext {
  /** Folder of the first Compose file. */
  directory: string;
  lookup: Lookup;
  /** `slipway:services.<name>.env`, the last word. */
  overrides: Record<string, string>;
  /** Path of the overrides, for faults. */
  overridesPath: string;
}

/** The variables of a service: env files, then `environment`, then the stack's config. */
export function readEnvironment(service: Field, context: EnvironmentContext): Record<string, Text> {
  const environment: Record<string, Text> = {};
  for (const entry of service.at("env_file").list()) {
    Object.assign(environment, readEnvFile(entry, context));
  }
  for (const [name, entry] of service.at("environment").entries()) {
    if (!/^[^=\0]+$/.test(name)) entry.refuse("is no name of a variable", { given: name });
    const value = readValue(name, entry, context.lookup);
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  for (const [name, template] of Object.entries(context.overrides)) {
    const path = `${context.overridesPath}.${name}`;
    environment[name] = expanded(template, path, service, context.lookup);
  }
  for (const [name, value] of Object.entries(environment)) {
    if (typeof value === "string" && looksSecret(name, value)) {
      service
        .at("environment")
        .at(name)
        .warn(
          `is kept in plain text in each release: put it in slipway:secrets and write \${${name}}`,
        );
    }
  }
  return sortedMap(environment);
}

/** Whether a variable seems to hold what nobody should see. */
export function looksSecret(name: string, value: string): boolean {
  if (value === "") return false;
  return (
    /(PASSWORD|PASSWD|SECRET|SECRET_KEY|TOKEN|API_?KEY|PRIVATE_KEY)$/i.test(name) ||
    /:\/\/[^\s:@/]+:[^\s@/]+@/.test(value)
  );
}

function readValue(name: string, entry: Field, lookup: Lookup): Text | undefined {
  if (entry.absent) {
    const found = lookup(name);
    if (found === undefined) {
      entry.warn("is not set in the environment: the container does not get it");
      return undefined;
    }
    return "value" in found ? found.value : { parts: [found] };
  }
  if (entry.value instanceof SecretText) return entry.value.text;
  return typeof entry.value === "boolean" ? String(entry.value) : entry.text();
}

function expanded(template: string, path: string, service: Field, lookup: Lookup): Text {
  const { text, missing, errors } = interpolate(template, lookup);
  for (const name of missing) {
    service.findings.warn(path, `variable ${name} is not set: empty text taken`);
  }
  for (const error of errors) {
    service.findings.fault(path, error, { cure: "Write $$ for a plain $" });
  }
  return text;
}

const FILE_KEYS = {
  supported: ["path", "required"],
  refused: { format: "Leave it out: the file is read as Compose reads env files" },
};

function readEnvFile(entry: Field, context: EnvironmentContext): Record<string, Text> {
  const long = isMap(entry.value);
  if (long) entry.checkKeys(FILE_KEYS);
  const name = long ? entry.at("path").text() : entry.text();
  if (name === undefined) return entry.refuse("has no path") ?? {};
  const path = resolve(context.directory, name);
  const content = readIfFile(path);
  if (content === undefined) {
    if (long && entry.at("required").boolean() === false) return {};
    const cure = "Put the values into environment, slipway:services.<name>.env or slipway:secrets";
    return entry.refuse("no such file", { given: path, cure }) ?? {};
  }
  const variables: Record<string, Text> = {};
  for (const line of readDotenv(content, context.lookup)) {
    for (const missing of line.missing) {
      entry.warn(`variable ${missing} is not set: empty text taken`);
    }
    for (const error of line.errors) entry.refuse(`${line.name}: ${error}`, { given: name });
    const found = line.text === undefined ? context.lookup(line.name) : undefined;
    const value = found && ("value" in found ? found.value : { parts: [found] });
    const text = line.text ?? value;
    if (text !== undefined) variables[line.name] = text;
  }
  return variables;
}
