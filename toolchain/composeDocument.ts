import type { KeyRule } from "../spec/keys";
import { SECTIONS, type Section } from "../spec/keyTables";

/** docs/compose.md: the tables that the loader goes by, for people. */

const HEADER = `# The Compose file, key by key

Made by \`npm run docs\` from the tables that the loader itself goes by (\`spec/*Keys.ts\`): do not edit.

**honoured**: read, and kept to. **warned**: read, told by name, without effect. **refused**: the run ends
before anything is registered, and says what to write instead. A key that is in no table is refused as unknown;
\`x-\` keys are free, and \`x-slipway\` under a service is ours ([README](../README.md)).
ECS is not built yet: its column says what is planned. What a remark has behind "elsewhere" is about Kubernetes and ECS.

Beside the keys:

- Several files merge as Compose merges them, with \`!reset\` and \`!override\`; the files are named by
  \`slipway:compose\`. Without it \`compose.yaml\`, \`compose.yml\`, \`docker-compose.yml\` or \`docker-compose.yaml\` is
  taken, and no override file: those are for development.
- Anchors, aliases and merge keys are YAML's own, up to a limit. Variables: \`$V\`, \`\${V}\`, \`\${V:-x}\`, \`\${V-x}\`,
  \`\${V:?m}\`, \`\${V?m}\`, \`\${V:+x}\`, \`\${V+x}\`, \`$$\`; from \`slipway:secrets\`, the environment, then \`.env\`.
- An included file has its paths, and its own \`.env\`, from its own folder. What this file says goes before it.
- A file that is bound read-only travels in the release; so does a read-only folder of few files. A source folder bound
  over code, an anonymous volume and a socket are refused.
`;

export function composeDocument(): string {
  return `${[HEADER, ...SECTIONS.map(section)].join("\n")}`;
}

const HEAD = ["key", "Docker", "Kubernetes", "ECS (planned)", "remarks"];

function section({ path, keys }: Section): string {
  const rows = Object.entries(keys)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, rule]) => [`\`${key}\``, rule.docker, rule.kubernetes, rule.ecs, remark(rule)]);
  return `## ${path === "" ? "Top level" : `\`${path}\``}\n\n${table([HEAD, ...rows])}`;
}

function remark({ why, elsewhere }: KeyRule): string {
  return [why, elsewhere && (why ? `(elsewhere: ${elsewhere})` : `elsewhere: ${elsewhere}`)]
    .filter((part) => part !== "")
    .join(" ")
    .replace(/[*<>|]/g, "\\$&");
}

/** Padded as prettier pads. */
function table(rows: string[][]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const [head, ...body] = rows;
  return `${[line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n")}\n`;
}
