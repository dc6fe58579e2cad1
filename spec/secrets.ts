import { createHmac } from "node:crypto";
import { resolve } from "node:path";

import { KEY_COMMAND } from "./config";
import { readIfFile } from "./disk";
import type { Field } from "./field";
import type { Findings } from "./findings";
import { secretsIn, secretText, type Lookup } from "./interpolate";
import { knownKeys } from "./keys";
import { SECRET_KEYS } from "./topKeys";
import type { ServiceSpec, Text } from "./types";

/** The secrets of one run: those of the stack, and those that Compose's `secrets:` bring in. */
export class Secrets {
  private readonly added: Record<string, string> = {};

  constructor(
    private readonly stack: Record<string, string>,
    private readonly directory: string,
    private readonly lookup: Lookup,
  ) {}

  /** Name -> value. */
  get values(): Record<string, string> {
    return { ...this.added, ...this.stack };
  }

  /** What a Compose secret holds. The stack's secret of that name goes before file and environment. */
  mounted(name: string, definition: Field): Text | undefined {
    definition.checkKeys(knownKeys(SECRET_KEYS));
    const known = definition.at("name").text() ?? name;
    if (Object.hasOwn(this.stack, known)) return secretText(known);
    const variable = definition.at("environment");
    if (!variable.absent) return this.fromVariable(name, variable);
    const file = definition.at("file");
    if (!file.absent) return this.fromFile(name, file);
    return definition.findings.fault(definition.path, "has no value", {
      cure: setCommand(known),
      stack: true,
    });
  }

  private fromVariable(name: string, variable: Field): Text | undefined {
    const found = this.lookup(variable.text() ?? "");
    if (found === undefined)
      return variable.refuse("is not set", { cure: setCommand(name), stack: true });
    if ("secret" in found) return secretText(found.secret);
    this.added[name] = found.value;
    return secretText(name);
  }

  private fromFile(name: string, file: Field): Text | undefined {
    const content = readIfFile(resolve(this.directory, file.text() ?? ""));
    if (content === undefined)
      return file.refuse("cannot be read", { cure: setCommand(name), stack: true });
    this.added[name] = content;
    return secretText(name);
  }
}

const setCommand = (name: string): string =>
  `pulumi config set --secret --path slipway:secrets.${name}`;

/** Names of the secrets that a service uses, each once. */
export function secretsOf(service: Pick<ServiceSpec, "environment" | "files">): string[] {
  const texts = [
    ...Object.values(service.environment),
    ...service.files.map((file) => file.content),
  ];
  return [...new Set(texts.flatMap(secretsIn))].sort();
}

/** Tells one value of a secret from another without telling the value. */
export function fingerprint(key: string, name: string, value: string): string {
  return createHmac("sha256", key).update(`${name}\0${value}`).digest("hex").slice(0, 16);
}

/**
 * `used`: secrets of the services that make up a release, with their fingerprints. `available`: all
 * that there are; an older release may want them. Any use needs the key.
 */
export function fingerprints(
  services: ServiceSpec[],
  values: Record<string, string>,
  key: string | undefined,
  findings: Findings,
): { used: Record<string, string>; available: Record<string, string> } {
  const namesIn = (some: ServiceSpec[]) => [...new Set(some.flatMap(secretsOf))].sort();
  const all = namesIn(services);
  if (key === undefined) {
    if (all.length > 0) {
      findings.fault("slipway:key", "is needed, because secrets are in use", {
        given: all.join(", "),
        cure: KEY_COMMAND,
        stack: true,
      });
    }
    return { used: {}, available: {} };
  }
  const marked = (names: string[]) =>
    Object.fromEntries(names.map((name) => [name, fingerprint(key, name, values[name])]));
  const released = services.filter((service) => service.role !== "accessory");
  return { used: marked(namesIn(released)), available: marked(Object.keys(values).sort()) };
}
