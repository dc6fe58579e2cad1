import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import {
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  YAMLParseError,
  type Document,
  type ScalarTag,
} from "yaml";

import { COMPOSE_LIMIT_BYTES, YAML_ALIAS_LIMIT } from "./defaults";
import { statOf } from "./disk";
import { Field, isMap, type Tree } from "./field";
import type { Findings } from "./findings";
import { excessOf } from "./extent";
import { completed, type Place, type Source } from "./include";
import { formFaults } from "./form";
import { interpolate, SecretText, type Lookup } from "./interpolate";
import { knownKeys } from "./keys";
import { directivePath, merge, normalise, type Directives } from "./merge";
import { TOP_KEYS } from "./topKeys";
import { yamlFaults } from "./yamlFaults";

/** The Compose files as one tree: variables replaced, files merged. Absent after a fault in YAML. */
export function readCompose(
  files: string[],
  lookup: Lookup,
  findings: Findings,
): Field | undefined {
  const place: Place = {
    directory: dirname(files[0]),
    lookup,
    findings,
    chain: [],
    budget: { files: 0 },
    read: readSource,
  };
  let whole: unknown = {};
  for (const file of files) {
    const source = readSource(file, place);
    if (source === undefined) return undefined;
    whole = merge(whole, completed(source, place), source.directives);
  }
  return new Field(whole, "", findings);
}

/** One file by itself. */
function readSource(file: string, { lookup, findings }: Place): Source | undefined {
  const read = readOne(file, findings);
  if (read === undefined) return undefined;
  checkTopLevel(new Field(read.tree, "", findings));
  const written = expandTree(read.tree, lookup, findings);
  findings.form.push(...formFaults(written, read.directives));
  const tree = normalise(written);
  return { file, tree, directives: read.directives };
}

/** x-* at the top holds anchors and other tools' settings; one that looks like ours is a mistake. */
function checkTopLevel(top: Field): void {
  top.checkKeys(knownKeys(TOP_KEYS));
  const misplaced = top.at("x-slipway");
  if (!misplaced.absent) {
    misplaced.refuse("is not known at the top level", { cure: TOP_KEYS["x-slipway"].why });
  }
}

function readOne(
  file: string,
  findings: Findings,
): { tree: Tree; directives: Directives } | undefined {
  const text = readText(file, findings);
  if (text === undefined) return undefined;
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    merge: true,
    prettyErrors: true,
    // The library compares each key with each other one; a long file takes it minutes.
    uniqueKeys: false,
    lineCounter,
    customTags: (tags) => [OCTAL, ...tags],
  });
  document.errors.push(...duplicateKeys(document, lineCounter));
  const known = (message: string) => /!(reset|override)\b/.test(message);
  const warnings = document.warnings.filter((warning) => !known(warning.message));
  if (yamlFaults(file, text, { errors: document.errors, warnings }, findings)) return undefined;
  const directives = directivesOf(document);
  try {
    const tree: unknown = document.toJS({ maxAliasCount: YAML_ALIAS_LIMIT });
    if (!isMap(tree)) {
      return findings.fault(basename(file), "must be a map with `services`", {
        given: kindOf(tree),
        cure: 'Write services: {web: {image: NAME:TAG, ports: ["80:8080"]}}',
      });
    }
    const excess = excessOf(tree);
    return excess === undefined ? { tree, directives } : findings.fault(basename(file), ...excess);
  } catch (error) {
    return findings.fault(basename(file), `is no valid YAML: ${(error as Error).message}`);
  }
}

/** A whole file is not quoted: it may be anything. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return Array.isArray(value) ? "a list" : "a text";
}

function duplicateKeys(document: Document, lines: LineCounter): YAMLParseError[] {
  const errors: YAMLParseError[] = [];
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const [start, end] = key.range ?? [0, 0];
        const { line, col } = lines.linePos(start);
        const message = `Map keys must be unique at line ${line}, column ${col}`;
        if (seen.has(key.value)) {
          const error = new YAMLParseError([start, end], "DUPLICATE_KEY", message);
          error.linePos = [{ line, col }];
          errors.push(error);
        }
        seen.add(key.value);
      }
    },
  });
  return errors;
}

function readText(file: string, findings: Findings): string | undefined {
  const stat = statOf(file);
  if (!stat?.isFile()) {
    return findings.fault("slipway:compose", "no such file", {
      given: file,
      cure: "Paths are relative to the folder of Pulumi.yaml",
    });
  }
  if (stat.size > COMPOSE_LIMIT_BYTES) {
    const allowed = `${COMPOSE_LIMIT_BYTES} bytes`;
    return findings.fault(basename(file), "is too long", { given: `${stat.size} bytes`, allowed });
  }
  return readFileSync(file, "utf8");
}

/** Compose reads 0444 as octal, YAML 1.2 would not. */
const OCTAL: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^0[0-7]+$/,
  resolve: (text) => parseInt(text, 8),
};

/** Where the file says `!reset` (remove the earlier files' value) and `!override` (replace it). */
function directivesOf(document: Document): Directives {
  const directives: Directives = new Map();
  visit(document, {
    Node(_key, node, ancestors) {
      const tag = "tag" in node ? node.tag : undefined;
      if (tag !== "!reset" && tag !== "!override") return;
      const path = ancestors.filter(isPair).map((pair) => {
        return String(isScalar(pair.key) ? pair.key.value : pair.key);
      });
      directives.set(directivePath(path), tag === "!reset" ? "reset" : "override");
    },
  });
  return directives;
}

/** Places where a secret may stand: all that never becomes part of a release's plain content. */
const SECRET_PLACES = [/^services\.[^.]+\.environment\b/, /^configs\.[^.]+\.content$/];

/** The tree with its variables replaced; anchors and settings of other tools (x-*) are left out. */
function expandTree(tree: Tree, lookup: Lookup, findings: Findings): Tree {
  const visitValue = (value: unknown, path: string): unknown => {
    if (typeof value === "string") return expandText(value, path, lookup, findings);
    if (Array.isArray(value)) return value.map((entry, i) => visitValue(entry, `${path}[${i}]`));
    if (!isMap(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, visitValue(entry, `${path}.${key}`)]),
    );
  };
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([key]) => !key.startsWith("x-"))
      .map(([key, value]) => [key, visitValue(value, key)]),
  );
}

function expandText(template: string, path: string, lookup: Lookup, findings: Findings): unknown {
  if (!template.includes("$")) return template;
  const { text, missing, errors } = interpolate(template, lookup);
  for (const name of missing) findings.warn(path, `variable ${name} is not set: empty text taken`);
  for (const error of errors) {
    const syntax = error.endsWith("is no variable");
    const cure = syntax
      ? "Write $$ for a plain $"
      : `Set it in the environment, in .env, or with pulumi config set --secret --path slipway:secrets.${error.split(" ")[0]}`;
    findings.fault(path, error, { cure, ...(syntax ? {} : { stack: true }) });
  }
  if (typeof text === "string") return text;
  if (SECRET_PLACES.some((place) => place.test(path))) return new SecretText(text);
  findings.fault(path, "a secret cannot stand here: it would be kept in plain sight", {
    given: template,
    allowed: "environment values, config contents",
    cure: "Hand it over in an environment variable or as a Compose secret",
  });
  return template;
}
