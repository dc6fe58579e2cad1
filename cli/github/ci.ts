import { jobName, type Facts } from "./facts";
import type { Code, Node, Python } from "./languages";
import { checkout, defaults, RUNNER, slipway } from "./steps";
import { action, type Job, type Step, type Workflow } from "./workflow";

/** Lint, types and tests of what is in the images, and whether each environment can be deployed. Needs no secret. */
export function ci(facts: Facts): Workflow {
  return {
    name: "slipway ci",
    on: { push: { branches: ["main", "develop", "feature/**"] }, pull_request: {} },
    permissions: { contents: "read" },
    concurrency: {
      group: "slipway-ci-${{ github.event.pull_request.number || github.ref }}",
      "cancel-in-progress": true,
    },
    defaults: defaults(facts),
    jobs: {
      description: {
        "runs-on": RUNNER,
        "timeout-minutes": 10,
        steps: [
          ...slipway(facts),
          { run: "npx slipway workflows --check" },
          ...facts.environments.map(({ name }) => ({
            if: "always()",
            run: `npx slipway check -e ${name}`,
          })),
        ],
      },
      ...jobsOf(facts, tests),
    },
  };
}

/** Where nothing is configured there is nothing to run. */
const tests = (code: Code): Record<string, Step[]> => {
  const python = code.python ? pythonSteps(code, code.python) : [];
  const node = code.node ? nodeSteps(code, code.node) : [];
  return {
    ...(python.length > 0 && { python: [...pythonReady(code, code.python!), ...python] }),
    ...(node.length > 0 && { node: [...nodeReady(code, code.node!), ...node] }),
  };
};

/** A job for each language of each folder. */
export function jobsOf(
  facts: Facts,
  steps: (code: Code) => Record<string, Step[]>,
): Record<string, Job> {
  return Object.fromEntries(
    facts.code.flatMap((code) =>
      Object.entries(steps(code)).map(([language, own]) => [
        jobName(`${language}_${code.folder === "." ? "root" : code.folder}`),
        {
          name: `${language} of ${code.services.join(", ")}`,
          "runs-on": RUNNER,
          "timeout-minutes": 20,
          steps: [checkout, ...own],
        } satisfies Job,
      ]),
    ),
  );
}

const below = (folder: string, file: string) => (folder === "." ? file : `${folder}/${file}`);

/** From the repository's root, wherever Pulumi.yaml is. */
const inside = ({ folder }: Code, run: string, rest: Step = {}): Step => ({
  ...rest,
  run,
  "working-directory": `\${{ github.workspace }}${folder === "." ? "" : `/${folder}`}`,
});

function pythonReady(code: Code, { version, requirements, tools }: Python): Step[] {
  const files = requirements.map((file) => `-r ${file}`);
  const commands = [
    ...(files.length > 0 ? [`pip install ${files.join(" ")}`] : ["pip install ."]),
    `pip install ${[...tools].join(" ")}`.trim(),
  ].filter((command) => command !== "pip install");
  return [
    setupPython(code, version, requirements),
    inside(code, `${commands.join("\n")}\n`, { name: "Dependencies" }),
  ];
}

const setupPython = ({ folder }: Code, version: string, requirements: string[]): Step => ({
  uses: action("actions/setup-python"),
  with: {
    "python-version": version,
    cache: "pip",
    "cache-dependency-path": (requirements.length > 0 ? requirements : ["pyproject.toml"])
      .map((file) => below(folder, file))
      .join("\n"),
  },
});

/** Each says its own faults: the ones after it run, too. */
function pythonSteps(code: Code, { tools }: Python): Step[] {
  const commands: Partial<Record<Python["tools"][number], string>> = {
    ruff: "ruff check --output-format github .",
    black: "black --check .",
    flake8: "flake8 .",
    mypy: "mypy .",
    bandit: "bandit -q -r . -x ./tests,./test",
    // A threshold of coverage is `fail_under` of the folder's own configuration.
    pytest: tools.includes("pytest-cov") ? "pytest --cov" : "pytest",
  };
  return tools.flatMap((tool) => {
    const command = commands[tool];
    return command === undefined ? [] : [inside(code, command, { if: "!cancelled()" })];
  });
}

const setupNode = ({ folder }: Code, { version, locked }: Node): Step => ({
  uses: action("actions/setup-node"),
  with: {
    "node-version": version,
    ...(locked
      ? { cache: "npm", "cache-dependency-path": below(folder, "package-lock.json") }
      : {}),
  },
});

const nodeReady = (code: Code, node: Node): Step[] => [
  setupNode(code, node),
  inside(code, node.locked ? "npm ci" : "npm install", { name: "Dependencies" }),
];

const nodeSteps = (code: Code, { commands }: Node): Step[] =>
  commands.map((command) => inside(code, command, { if: "!cancelled()" }));

/** Known weaknesses of what the code depends on. */
export function audits(code: Code): Record<string, Step[]> {
  const { python, node } = code;
  const files = (python?.requirements ?? []).map((file) => `-r ${file}`).join(" ");
  return {
    ...(python && {
      python: [
        setupPython(code, python.version, python.requirements),
        inside(code, `pip install pip-audit\npip-audit ${files || "."}\n`),
      ],
    }),
    ...(node?.locked && {
      node: [setupNode(code, node), inside(code, "npm audit --audit-level=high")],
    }),
  };
}
