import { mkdirSync, readFileSync, writeFileSync } from "fs";
import { join } from "path";
import { DockerPlatform } from "../../provider/docker";
import { ensureProbeImage } from "../helpers/probeImage";
import { processesOf } from "../helpers/processes";
import { TestStack } from "../helpers/stack";
import { type FirstPart, killedAt, killedInFirst, type Phase, PHASES } from "../shared/killed";

const contextOf = ({ folder }: TestStack) => join(folder, "endless");

const IN_A_BUILD: Phase = {
  where: "in a build",
  moved: false,
  service: (stack) => ({ image: undefined, build: contextOf(stack) }),
  reached: async (stack) => processesOf(stack).some((pid) => commandOf(pid).startsWith("/probe")),
};

describe("kill -9 of the CLI", () => {
  killedAt([IN_A_BUILD, ...PHASES], async () => {
    const stack = await TestStack.create("killed");
    stack.set("strategy", { drainTimeout: 8, deployTimeout: 15 });
    // It is never done, and everybody can see whose it is.
    const context = contextOf(stack);
    mkdirSync(context);
    const lines = [
      `FROM ${await ensureProbeImage()}`,
      `ENV OF=${context}`,
      'RUN ["/probe", "worker"]',
    ];
    writeFileSync(join(context, "Dockerfile"), lines.join("\n"));
    return stack;
  });
});

const seen = async (stack: TestStack) =>
  (await new DockerPlatform(stack.engine.host, stack.name).observe()).observation;
const PARTS: FirstPart[] = [
  ["claim", async (stack) => (await seen(stack)).claim !== undefined],
  ["record", async (stack) => (await seen(stack)).records.length > 0],
  ["edge", async (stack) => (await stack.containers()).some((c) => c.role === "edge")],
  ["slot", async (stack) => (await stack.containers()).some((c) => c.slot === "blue")],
];

describe("kill -9 of the CLI in the first deploy", () => {
  killedInFirst(PARTS, ["app", "edge", "holder"], (part) => TestStack.create(`kill-${part}`));
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
