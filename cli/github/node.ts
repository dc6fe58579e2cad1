import { check, inside } from "./inside";
import type { Code, Node } from "./languages";
import { inFolder } from "./paths";
import { action, type Step } from "./workflow";

/** What is configured for the JavaScript of a folder; nothing where nothing is. */
export const nodeTests = (code: Code, node: Node): Step[] =>
  node.commands.length === 0
    ? []
    : [
        setupNode(code, node),
        inside(code, node.locked ? "npm ci" : "npm install", { name: "Dependencies" }),
        ...node.commands.map((command) => check(code, command)),
      ];

/** Known weaknesses of what the code depends on: of versions that are locked. */
export const nodeAudit = (code: Code, node: Node): Step[] =>
  node.locked ? [setupNode(code, node), inside(code, "npm audit --audit-level=high")] : [];

const setupNode = ({ folder }: Code, { version, locked }: Node): Step => ({
  uses: action("actions/setup-node"),
  with: {
    "node-version": version,
    ...(locked
      ? { cache: "npm", "cache-dependency-path": inFolder(folder, "package-lock.json") }
      : // It would look for a lock file by itself.
        { "package-manager-cache": false }),
  },
});
