import { readdirSync } from "node:fs";
import { join } from "node:path";

import { readIfFile, statOf } from "../../spec/disk";
import { below } from "./paths";

/** Where coverage is measured, less than this fails; the project's own threshold goes before it. */
export const COVERAGE_PERCENT = 80;

/** A folder that an image is built from. */
export interface Code {
  /** From the repository's root, "." for itself. */
  folder: string;
  /** Services that are built from it. */
  services: string[];
  python?: Python;
  node?: Node;
}

export interface Python {
  version: string;
  /** Files of pip, the application's own first. */
  requirements: string[];
  /** What is configured there, or named among its dependencies. */
  tools: (typeof PYTHON_TOOLS)[number][];
  /** Its own configuration says how much has to be covered by tests. */
  threshold: boolean;
  /** Its own configuration says how ruff formats. */
  formats: boolean;
}

export interface Node {
  version: string;
  locked: boolean;
  /** Commands in the order in which they are worth running: the cheap ones first. */
  commands: string[];
}

/** What the languages of a folder are, and what is configured for them. */
export function codeIn(root: string, folder: string, dockerfile: string, services: string[]): Code {
  const image = readIfFile(dockerfile) ?? "";
  const python = pythonIn(folder, baseVersion(image, "python"));
  const node = nodeIn(folder, baseVersion(image, "node"));
  return {
    folder: below(root, folder),
    services,
    ...(python && { python }),
    ...(node && { node }),
  };
}

/** Of `FROM python:3.12-slim`, also out of a mirror. */
const baseVersion = (dockerfile: string, image: string): string | undefined =>
  new RegExp(`^FROM\\s+(?:--\\S+\\s+)?(?:\\S*/)?${image}:(\\d+(?:\\.\\d+)?)`, "im").exec(
    dockerfile,
  )?.[1];

/** Tool -> files that only it reads. */
const FILES: Partial<Record<Python["tools"][number], string[]>> = {
  ruff: ["ruff.toml", ".ruff.toml"],
  isort: [".isort.cfg"],
  flake8: [".flake8"],
  mypy: ["mypy.ini", ".mypy.ini"],
  bandit: [".bandit"],
  pytest: ["pytest.ini", "conftest.py", "tests/conftest.py"],
};
const PYTHON_TOOLS = [
  "ruff",
  "black",
  "isort",
  "flake8",
  "mypy",
  "bandit",
  "pytest",
  "pytest-cov",
  "safety",
] as const;

function pythonIn(folder: string, version = "3.13"): Python | undefined {
  const requirements = namesIn(folder)
    .filter((name) => /^requirements.*\.txt$/.test(name))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const project = readIfFile(join(folder, "pyproject.toml"));
  if (requirements.length === 0 && project === undefined) return undefined;
  const read = (...files: string[]) =>
    files.map((file) => readIfFile(join(folder, file)) ?? "").join("\n");
  const named = read(...requirements);
  const setup = read("setup.cfg");
  const has = (tool: Python["tools"][number]) =>
    new RegExp(`^\\s*${tool}\\b(?!-)`, "im").test(named) ||
    new RegExp(`^\\[tool\\.${tool}\\b|^\\s*["']${tool}\\b(?!-)`, "m").test(project ?? "") ||
    new RegExp(`^\\[(tool:)?${tool}\\b`, "m").test(setup) ||
    (FILES[tool] ?? []).some((file) => statOf(join(folder, file))?.isFile());
  return {
    version,
    requirements,
    tools: PYTHON_TOOLS.filter(has),
    threshold: /fail_under/.test(read("pyproject.toml", "setup.cfg", ".coveragerc", "tox.ini")),
    formats:
      /^\[tool\.ruff\.format\]/m.test(project ?? "") ||
      /^\[format\]/m.test(read("ruff.toml", ".ruff.toml")),
  };
}

interface Package {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** What npm's own template says: it fails by design. */
const NO_TEST = "no test specified";

function nodeIn(folder: string, version = "22"): Node | undefined {
  const text = readIfFile(join(folder, "package.json"));
  if (text === undefined) return undefined;
  const { scripts = {}, dependencies, devDependencies } = JSON.parse(text) as Package;
  const known = { ...dependencies, ...devDependencies };
  const types = ["types", "typecheck", "type-check"].find((name) => scripts[name] !== undefined);
  const hasTest = scripts.test !== undefined && !scripts.test.includes(NO_TEST);
  const commands = [
    scripts.lint !== undefined ? "npm run lint" : "eslint" in known && "npx eslint .",
    types !== undefined ? `npm run ${types}` : "",
    hasTest
      ? `npm test${coverage(folder, text, known, " --")}`
      : "jest" in known && `npx jest${coverage(folder, text, known)}`,
  ].filter((command): command is string => typeof command === "string" && command !== "");
  const locked = statOf(join(folder, "package-lock.json"))?.isFile() ?? false;
  return { version, locked, commands };
}

/**
 * Where the project says that coverage is measured (a threshold of jest's, a package of vitest's), less than its own
 * threshold fails, or less than ours. Everybody has jest's without having asked for it.
 */
function coverage(folder: string, text: string, known: object, pass = ""): string {
  const files = namesIn(folder).filter((name) => /^(jest|vitest?|vite)\.config\./.test(name));
  const config = [text, ...files.map((name) => readIfFile(join(folder, name)) ?? "")].join("\n");
  if ("jest" in known) return /coverageThreshold/.test(config) ? `${pass} --coverage` : "";
  const isMeasured = "@vitest/coverage-v8" in known || "@vitest/coverage-istanbul" in known;
  if (!isMeasured) return "";
  const gate = /thresholds/.test(config) ? "" : ` --coverage.thresholds.lines=${COVERAGE_PERCENT}`;
  return `${pass} --coverage${gate}`;
}

/** Links to files, too: several folders may share one. */
function namesIn(folder: string): string[] {
  return statOf(folder)?.isDirectory() ? readdirSync(folder) : [];
}
