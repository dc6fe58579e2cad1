import { check, inside } from "./inside";
import { COVERAGE_PERCENT, type Code, type Python } from "./languages";
import { inFolder } from "./paths";
import { action, type Step } from "./workflow";

/** What is configured for the Python of a folder; nothing where nothing is. */
export function pythonTests(code: Code, python: Python): Step[] {
  const commands = python.tools.flatMap((tool) => commandOf(tool, python) ?? []);
  return commands.length === 0
    ? []
    : [...pythonReady(code, python), ...commands.map((command) => check(code, command))];
}

/** Known weaknesses of what the code depends on. */
export function pythonAudit(code: Code, python: Python): Step[] {
  const files = python.requirements.map((file) => `-r ${file}`).join(" ");
  return [
    pythonOf(code, python),
    inside(code, `pip install pip-audit\npip-audit ${files || "."}\n`),
  ];
}

function pythonReady(code: Code, python: Python): Step[] {
  const { requirements, tools } = python;
  const files = requirements.map((file) => `-r ${file}`);
  // Safety's own scan wants an account; the audit asks for the same without one.
  const wanted = tools.filter((tool) => tool !== "safety");
  const commands = [
    files.length > 0 ? `pip install ${files.join(" ")}` : "pip install .",
    ...(wanted.length > 0 ? [`pip install ${wanted.join(" ")}`] : []),
  ];
  return [
    pythonOf(code, python),
    inside(code, `${commands.join("\n")}\n`, { name: "Dependencies" }),
  ];
}

const pythonOf = ({ folder }: Code, { version, requirements }: Python): Step =>
  setupPython(
    version,
    (requirements.length > 0 ? requirements : ["pyproject.toml"]).map((file) =>
      inFolder(folder, file),
    ),
  );

/** `files` name what is installed, from the repository's root. */
export const setupPython = (version: string, files: string[]): Step => ({
  uses: action("actions/setup-python"),
  with: {
    "python-version": version,
    ...(files.length > 0 && { cache: "pip", "cache-dependency-path": files.join("\n") }),
  },
});

/** Undefined for what only goes with another tool. */
function commandOf(tool: Python["tools"][number], python: Python): string | undefined {
  const { tools, threshold, formats } = python;
  switch (tool) {
    case "ruff":
      return `ruff check --output-format github .${formats ? "\nruff format --check .\n" : ""}`;
    case "black":
      return "black --check .";
    case "isort":
      return "isort --check-only .";
    case "flake8":
      return "flake8 .";
    case "mypy":
      return "mypy .";
    case "bandit":
      return "bandit -q -r . -x ./tests,./test";
    case "pytest":
      return tools.includes("pytest-cov") ? `pytest --cov${gate(threshold)}` : "pytest";
    case "pytest-cov":
    case "safety":
      return undefined;
  }
}

const gate = (threshold: boolean) => (threshold ? "" : ` --cov-fail-under=${COVERAGE_PERCENT}`);
