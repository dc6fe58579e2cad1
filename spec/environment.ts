import { resolve } from "node:path";

import { readIfFile } from "./disk";
import { readDotenv, readRaw } from "./dotenv";
import { isMap, type Field, sortedMap } from "./field";
import { interpolate, SecretText, type Lookup } from "./interpolate";
import { knownKeys } from "./keys";
import { ENV_FILE_KEYS } from "./partKeys";
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
  // A map: a variable may be called as something of every object is.
  const environment = new Map<string, Text>();
  for (const entry of service.at("env_file").list()) {
    for (const [name, text] of readEnvFile(entry, context)) environment.set(name, text);
  }
  for (const [name, entry] of service.at("environment").entries()) {
    if (!/^[^=\0]+$/.test(name)) entry.refuse("is no name of a variable", { given: name });
    const value = readValue(name, entry, context.lookup);
    if (value === undefined) environment.delete(name);
    else environment.set(name, value);
  }
  for (const [name, template] of Object.entries(context.overrides)) {
    const path = `${context.overridesPath}.${name}`;
    environment.set(name, expanded(template, path, service, context.lookup));
  }
  for (const [name, value] of environment) {
    if (typeof value === "string" && looksSecret(name, value)) {
      service
        .at("environment")
        .at(name)
        .warn(
          `is kept in plain text in each release: put it in slipway:secrets and write \${${name}}`,
        );
    }
  }
  return sortedMap(Object.fromEntries(environment));
}

/** Whether a variable seems to hold what nobody should see. */
export function looksSecret(name: string, value: string): boolean {
  // MYSQL_ALLOW_EMPTY_PASSWORD: "yes"
  if (/^(|1|0|yes|no|true|false)$/i.test(value)) return false;
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

type Places = Pick<EnvironmentContext, "directory" | "lookup">;

function readEnvFile(entry: Field, context: Places): [string, Text][] {
  const long = isMap(entry.value);
  if (!long) return readVariables(entry, context);
  entry.checkKeys(knownKeys(ENV_FILE_KEYS));
  const raw = entry.at("format").oneOf(["raw"]) === "raw";
  const optional = entry.at("required").boolean() === false;
  if (entry.at("path").absent) return entry.refuse("has no path") ?? [];
  return readVariables(entry.at("path"), context, { raw, optional, said: entry });
}

/** What a file of variables holds, line by line. */
export function readVariables(
  file: Field,
  context: Places,
  { raw = false, optional = false, said = file } = {},
): [string, Text][] {
  const name = file.text();
  if (name === undefined) return file.absent ? (said.refuse("has no path") ?? []) : [];
  const path = resolve(context.directory, name);
  const content = readIfFile(path);
  if (content === undefined) {
    if (optional) return [];
    const cure = "Put the values into environment, slipway:services.<name>.env or slipway:secrets";
    return said.refuse("no such file", { given: path, cure }) ?? [];
  }
  if (raw) return readRaw(content);
  return readDotenv(content, context.lookup).flatMap((line): [string, Text][] => {
    for (const missing of line.missing) {
      said.warn(`variable ${missing} is not set: empty text taken`);
    }
    for (const error of line.errors) said.refuse(`${line.name}: ${error}`, { given: name });
    const found = line.text === undefined ? context.lookup(line.name) : undefined;
    const value = found && ("value" in found ? found.value : { parts: [found] });
    const text = line.text ?? value;
    return text === undefined ? [] : [[line.name, text]];
  });
}
